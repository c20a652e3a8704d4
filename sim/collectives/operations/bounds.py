"""What no collective operation can beat on given wires."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from sim.collectives.operations.operation import Kind, Operation


@dataclass(frozen=True)
class Bounds:
    """The least durations of an operation, however it is carried out by the switches that it goes through.

    Parameters
    ----------
    operation
        What it is, in words, for the message.
    latency
        Least time in which all ranks can have heard of all they need, were the links infinitely wide (s).
    bandwidth
        Least time in which the bytes that have to leave and reach each host can do so, and all of them together (s).
    after_last
        Least time from the last rank's entry to the end (s): the way of what it gives, or needs.
    """

    operation: str
    latency: float
    bandwidth: float
    after_last: float

    def check(self, first: float, last: float, end: float) -> None:
        """Refuse an operation that was faster than the wire.

        Parameters
        ----------
        first, last
            When the first and the last rank entered (s).
        end
            When the last rank left (s).

        Raises
        ------
        RuntimeError
            If it took less than a bound: an error in this program, not in its use.
        """
        # The clock may have rounded each of the two instants, and the engine each of many sums.
        slack = 4.0 * math.ulp(end)
        for name, start, least in (
            ("latency", first, self.latency),
            ("bandwidth", first, self.bandwidth),
            ("distance", last, self.after_last),
        ):
            if end - start < least * (1.0 - 1e-9) - slack:
                raise RuntimeError(
                    f"{self.operation} took {end - start} s, which beats the wire: the {name} of this network allows "
                    f"{least} s at best; this is an error in the simulator, please report it with the run's config"
                )


def bounds(operation: Operation, graph: nx.Graph | None, hosts: Sequence[int]) -> Bounds:
    """Return the bounds of an operation.

    With H hosts, each byte of an all-reduce has to be sent 2 (H - 1) times, of any other operation H - 1 times [1]_,
    by hosts that send no faster than their links. Each host has to send and receive at least what others need of it and
    it needs of others. Where a rank has k sends under way at once, what it knows reaches at most k times as many other
    ranks in the time of one latency, so that ``log(H) / log(k + 1)`` latencies are needed [2]_. Where switches add up,
    a host need not send what others have added, nor hand on what switches copy: how often a byte has to be sent is
    not bounded, but that each host's has to leave it, and the sum to reach it, is.

    Parameters
    ----------
    operation
        What is carried out.
    graph
        Annotated graph of the network (see `topologies.networks`); None for an ideal one, where nothing is bounded.
    hosts
        Host of each rank. Ranks of one host reach each other at once.

    References
    ----------
    .. [1] P. Patarasuk and X. Yuan, "Bandwidth optimal all-reduce algorithms for clusters of workstations", JPDC 2009.
    .. [2] J. Bruck et al., "Efficient algorithms for all-to-all communications in multiport message-passing systems",
       IEEE TPDS 8, 1997.
    """
    what = f"{operation.kind} of {operation.vector} B over {operation.ranks} ranks"
    ranks_on = Counter(hosts)
    if graph is None or len(ranks_on) == 1:
        return Bounds(what, latency=0.0, bandwidth=0.0, after_last=0.0)
    share = np.array(list(ranks_on.values())) / len(hosts)
    sent, received, repeats = _least_bytes(operation.kind, share, list(ranks_on).index(hosts[0]))
    out = np.array([_bandwidth(graph, host, "out") for host in ranks_on])
    into = np.array([_bandwidth(graph, host, "in") for host in ranks_on])
    everything = 0 if operation.through else repeats * (len(ranks_on) - 1)
    latency = _latency(graph, ranks_on.keys())
    return Bounds(
        what,
        latency=_rounds(len(ranks_on), operation.ports) * latency,
        bandwidth=operation.vector
        * float(max((sent / out).max(), (received / into).max(), everything / min(out.sum(), into.sum()))),
        after_last=max(latency, operation.vector / float(out.max())) if operation.kind == "all_reduce" else 0.0,
    )


def _least_bytes(
    kind: Kind, share: NDArray[np.float64], root: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Return what each host has to send and to receive, and how often everything is sent to each; in vectors.

    `share` is the share of the ranks, and so of the scattered vector, that each host has.
    """
    rest, whole = 1.0 - share, np.ones(len(share))
    if kind == "all_reduce":
        return whole, whole, 2
    if kind == "reduce_scatter":
        return rest, share, 1
    if kind == "all_gather":
        return share, rest, 1
    at_root = np.arange(len(share)) == root
    return whole * at_root, whole * ~at_root, 1


def _rounds(hosts: int, ports: int) -> int:
    """Return the least number of rounds in each of which every host that knows tells `ports` others."""
    rounds = 0
    while (ports + 1) ** rounds < hosts:
        rounds += 1
    return rounds


def _links(graph: nx.Graph, host: int, direction: str) -> list[tuple[int, dict[str, Any]]]:
    """Links from a host (``out``) or to it (``in``): the node at the other end, and the attributes."""
    if not graph.is_directed():
        return list(graph.adj[host].items())
    return list((graph.succ if direction == "out" else graph.pred)[host].items())


def _bandwidth(graph: nx.Graph, host: int, direction: str) -> float:
    """Bandwidth of all links of a host in one direction (B/s)."""
    return float(sum(link["bandwidth"] for _, link in _links(graph, host, direction)))


def _latency(graph: nx.Graph, hosts: Collection[int]) -> float:
    """Latency that no route between two of `hosts` can go below (s): that of a direct link, or of two links' ends."""
    leaving = [(other, link["latency"]) for host in hosts for other, link in _links(graph, host, "out")]
    arriving = [link["latency"] for host in hosts for _, link in _links(graph, host, "in")]
    direct = [latency for other, latency in leaving if other in hosts]
    return float(min([*direct, min(latency for _, latency in leaving) + min(arriving)]))
