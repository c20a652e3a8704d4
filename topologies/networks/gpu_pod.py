"""Machines of several GPUs with a fast network inside and rails outside."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx

from topologies.networks import Network
from topologies.ranges import check, check_choice
from topologies.size import TooFewHosts, check_size
from topologies.units import bytes_per_second, seconds


def gpu_pod(
    machines: int,
    gpus_per_machine: int,
    rails: int,
    bandwidth: float,
    latency: float,
    intra_bandwidth: float,
    intra_latency: float,
    in_network_reduction: bool = False,
) -> nx.Graph:
    """Return a pod of machines whose GPUs share a switch inside and network cards, one per rail, outside.

    A host of the graph is one GPU, where a rank lives; GPU ``g`` is number ``g % gpus_per_machine`` of machine
    ``g // gpus_per_machine``. It hangs on the machine's inner switch (NVLink or PCIe), ``"machine<m>"``, which has one
    link, a network card, to each rail switch ``"rail<r>"``. Rail ``r`` serves the GPUs whose number within the machine
    is ``r`` modulo the number of rails. With a rail for each GPU this is the rail design of GPU clusters [1]_.

    Parameters
    ----------
    machines
        Number of machines, >= 1.
    gpus_per_machine
        GPUs of each machine, >= 1.
    rails
        Network cards of each machine, >= 1 and at most `gpus_per_machine`.
    bandwidth
        Bandwidth of each network card in each direction (B/s), > 0 and finite.
    latency
        Latency of the link from a card to its rail switch (s), >= 0 and finite.
    intra_bandwidth
        Bandwidth of each GPU to its machine's inner switch, in each direction (B/s), > 0 and finite.
    intra_latency
        Latency of that link (s), >= 0 and finite.
    in_network_reduction
        Whether the inner switches add up what GPUs send, and hand it to several: nodes with ``reduces``.

    Returns
    -------
    networkx.Graph
        Annotated graph of ``machines * gpus_per_machine`` hosts, ``machines + rails`` switches and
        ``machines * (gpus_per_machine + rails)`` links. GPUs and rail switches carry the number of their ``rail``.

    Raises
    ------
    FieldError
        If an argument is out of range.

    Examples
    --------
    >>> G = gpu_pod(2, 4, 2, bandwidth=2.5e10, latency=2e-6, intra_bandwidth=3e11, intra_latency=1e-6)
    >>> list(G["machine1"])
    [4, 5, 6, 7, 'rail0', 'rail1']
    >>> [G.nodes[gpu]["rail"] for gpu in G["machine1"]]
    [0, 1, 0, 1, 0, 1]

    References
    ----------
    .. [1] W. Wang et al., "Rail-only: a low-cost high-performance network for training LLMs with trillion parameters",
       IEEE Symposium on High-Performance Interconnects, 2024, section 2.
    """
    check("machines", machines, "give the number of machines", at_least=1)
    check("gpus_per_machine", gpus_per_machine, "give the number of GPUs in each machine", at_least=1)
    check("rails", rails, "give the number of network cards of each machine", at_least=1, at_most=gpus_per_machine)
    check("bandwidth", bandwidth, "give the B/s of one network card and direction", above=0)
    check("latency", latency, "give the seconds of one link to a rail", at_least=0)
    check("intra_bandwidth", intra_bandwidth, "give the B/s of one GPU and direction within its machine", above=0)
    check("intra_latency", intra_latency, "give the seconds of one link within a machine", at_least=0)
    check_size(
        machines * gpus_per_machine,
        machines + rails,
        machines * (gpus_per_machine + rails),
        machines=machines,
        gpus_per_machine=gpus_per_machine,
    )
    gpus = range(machines * gpus_per_machine)
    graph = nx.Graph()
    graph.add_nodes_from((gpu, {"kind": "host", "rail": gpu % gpus_per_machine % rails}) for gpu in gpus)
    adds = {"reduces": True} if in_network_reduction else {}
    graph.add_nodes_from((f"machine{machine}" for machine in range(machines)), kind="switch", **adds)
    graph.add_nodes_from((f"rail{rail}", {"kind": "switch", "rail": rail}) for rail in range(rails))
    graph.add_edges_from(
        ((gpu, f"machine{gpu // gpus_per_machine}") for gpu in gpus),
        bandwidth=intra_bandwidth,
        latency=intra_latency,
        duplex="split",
        inside=True,
    )
    graph.add_edges_from(
        ((f"machine{machine}", f"rail{rail}") for machine in range(machines) for rail in range(rails)),
        bandwidth=bandwidth,
        latency=latency,
        duplex="split",
    )
    return graph


@dataclass
class GPUPod(Network):
    """Machines of several GPUs, each a host, with NVLink or PCIe inside and one or several rails outside.

    The defaults are those of eight A100 GPUs in a machine (NVIDIA DGX A100 data sheet: 600 GB/s of NVLink per GPU, both
    directions together; eight cards of 200 Gb/s); the latencies are assumed.

    Parameters
    ----------
    gpus_per_machine
        GPUs of each machine, >= 1; a rank lives on one GPU.
    machines
        Number of machines, >= 1; None: as many as needed.
    intra_bandwidth_gbps
        Bandwidth of a GPU in its machine in each direction (Gb/s), > 0; NVLink of an A100: 2400.
    intra_latency_us
        Latency from a GPU to its machine's inner switch (us), >= 0; paid twice between two GPUs.
    in_network_reduction
        Whether a machine's inner switch adds up what its GPUs send (NVLink SHARP); see collective ``hierarchical``.
    rails
        Network cards of a machine, >= 1; card i serves GPUs i modulo rails; None: one per GPU. There are at most
        gpus_per_machine.
    bandwidth_gbps
        Bandwidth of each network card in each direction (Gb/s), > 0.
    latency_us
        Latency from a card to its rail's switch (us), >= 0; paid twice between two machines.
    routing
        The card to another machine: rail (the one that serves the target), ecmp or shortest. By ``ecmp`` a hash of the
        pair chooses, by ``shortest`` it is always the first.
    """

    gpus_per_machine: int = 8
    machines: int | None = None
    intra_bandwidth_gbps: float = 2400.0
    intra_latency_us: float = 1.0
    in_network_reduction: bool = False
    rails: int | None = None
    bandwidth_gbps: float = 200.0
    latency_us: float = 2.0
    routing: str = "rail"

    def __post_init__(self) -> None:
        check("gpus_per_machine", self.gpus_per_machine, "give the number of GPUs in each machine", at_least=1)
        check("machines", self.machines, "give the number of machines, or null for as many as needed", at_least=1)
        check("intra_bandwidth_gbps", self.intra_bandwidth_gbps, "give the Gb/s of one GPU in its machine", above=0)
        check("intra_latency_us", self.intra_latency_us, "give the microseconds of one link", at_least=0)
        check(
            "rails",
            self.rails,
            f"give at most one network card for each of the {self.gpus_per_machine} GPUs, or null for just that",
            at_least=1,
            at_most=self.gpus_per_machine,
        )
        check("bandwidth_gbps", self.bandwidth_gbps, "give the Gb/s of one network card", above=0)
        check("latency_us", self.latency_us, "give the microseconds of one link", at_least=0)
        check_choice("routing", self.routing, ("rail", "ecmp", "shortest"))

    def graph(self, hosts: int) -> nx.Graph:
        """Annotated graph of `self.machines` full machines, or of as many as `hosts` fill; see `Network.graph`."""
        needed = -(-hosts // self.gpus_per_machine)
        machines = needed if self.machines is None else self.machines
        if machines < needed:
            raise TooFewHosts(
                "machines",
                hosts,
                f"{machines} x {self.gpus_per_machine} GPUs per machine "
                f"make {machines * self.gpus_per_machine}; give {needed} or more, or null for as many as needed",
            )
        graph = gpu_pod(
            machines,
            self.gpus_per_machine,
            self.gpus_per_machine if self.rails is None else self.rails,
            bytes_per_second(self.bandwidth_gbps),
            seconds(self.latency_us),
            intra_bandwidth=bytes_per_second(self.intra_bandwidth_gbps),
            intra_latency=seconds(self.intra_latency_us),
            in_network_reduction=self.in_network_reduction,
        )
        graph.graph["routing"] = self.routing
        return graph
