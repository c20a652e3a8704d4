"""The wires of a network, for as long as a block lasts."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from sim.cluster.graphs import graph_of
from sim.lab.wires.apart import is_apart
from sim.lab.wires.available import machine
from sim.lab.wires.flow import PATIENCE
from sim.lab.wires.forwarding import Forwarding
from sim.lab.wires.iproute import LabError, batch, links
from sim.lab.wires.layout import Layout
from sim.lab.wires.nodes import Lines, be_fair, be_quiet, forward, host_lines, link, switch_lines
from sim.lab.wires.program import program
from sim.lab.wires.system_calls import die_with_parent, elsewhere, join_network, new_networks
from topologies.field_error import of_group
from topologies.networks import Network
from topologies.routing import Node


class Measurement(NamedTuple):
    """What one flow of TCP gets from one host to another that nobody else sends to.

    Attributes
    ----------
    bits_per_second : float
        Payload of one bulk flow, once it has found its rate (bits a second).
    round_trip : float
        Time from sending a byte until the answer to it is there (s), the median of many.
    framing : float
        Share of what the flow takes of a real link that is payload; the rest is headers, gaps, and what was sent again.
    """

    bits_per_second: float
    round_trip: float
    framing: float


class Wires:
    """The wires of a network; `wired` makes and ends them.

    Parameters
    ----------
    layout
        The ends of all links.
    namespaces
        An open file of the namespace of each node (number).
    without
        What the network has and the wires do not, in lines to say.

    Attributes
    ----------
    hosts : list of int
        All hosts.
    without : tuple of str
        As given.
    congestion : str
        How TCP on the hosts controls congestion where a program does not choose itself: Reno, or the kernel's default
        where that is refused.
    """

    def __init__(self, layout: Layout, namespaces: dict[Node, int], without: tuple[str, ...]) -> None:
        self._layout = layout
        self._namespaces = namespaces
        self.hosts = layout.hosts
        self.without = without
        with elsewhere(namespaces[layout.hosts[0]]):
            self.congestion = Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()

    def address(self, host: int) -> str:
        """The address of a host, which every other one reaches it by."""
        return self._layout.address(host)

    def card(self, host: int) -> str:
        """The name of the card that has the host's address."""
        return self._layout.of(host)[0].name

    def enter(self, host: int) -> Callable[[], None]:
        """What a process does before it runs a program on a host: ``subprocess.Popen(..., preexec_fn=...)``.

        The process is then in the host's namespace, and killed as soon as the thread that started it ends.
        """
        namespace = self._namespaces[host]

        def entering() -> None:
            die_with_parent()
            join_network(namespace)

        return entering

    def namespace(self, node: Node) -> int:
        """An open file (number) of the namespace of a host or a switch."""
        return self._namespaces[node]

    def measure(self, source: int, target: int, seconds: float = 1.0) -> Measurement:
        """Measure what one flow gets from one host to another, by two small programs.

        Parameters
        ----------
        source, target
            The hosts.
        seconds
            How long the flow sends (s), > 0.

        Raises
        ------
        LabError
            If nothing gets through.
        """
        with self._end(target, "serve", self.address(target)) as server:
            port = str(_said(server, "port")["port"])
            with self._end(source, "send", self.address(target), port, self.address(source), str(seconds)) as sender:
                received = _said(server, "measurement")
                sent = _said(sender, "measurement")
        return Measurement(8 * received["bytes_per_second"], sent["round_trip"], sent["framing"])

    @contextmanager
    def _end(self, host: int, *words: str) -> Iterator[subprocess.Popen[str]]:
        """One end of a measurement, which does not outlive the block."""
        command = program("sim.lab.wires.flow", *words)
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=self.enter(host))
        try:
            yield process
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired as error:
            raise LabError(f"a measurement from or to host {host} did not end") from error
        finally:
            process.kill()
            process.communicate()


def _said(process: subprocess.Popen[str], what: str) -> dict[str, float]:
    output: IO[str] | None = process.stdout
    line = output.readline() if output is not None else ""
    if not line:
        raise LabError(f"a measurement broke off before its {what}; the lines above say why")
    found: dict[str, float] = json.loads(line)
    return found


@contextmanager
def wired(network: Network, hosts: int) -> Iterator[Wires]:
    """The wires of a network for the block: a namespace for every host and every switch, and links between them.

    Parameters
    ----------
    network
        The option of a config.
    hosts
        How many hosts are needed, >= 1; the network may have more, which then have wires, too.

    Yields
    ------
    Wires
        The wires.

    Raises
    ------
    TooFewHosts, FieldError
        If the network has too few hosts, or is none that wires can be laid for.
    LabError
        If this process is not apart (`sim.lab.wires.apart`), or the machine refuses a part.
    """
    with of_group("network"):
        layout = Layout(graph_of(network, hosts))
        forwarding = Forwarding(layout)
    if not is_apart():
        raise LabError("wires are laid by a process that is apart only, so that they end with it")
    missing, delays = machine()
    if missing is not None:
        raise LabError(missing)
    nodes: list[Node] = [*layout.hosts, *layout.switches]
    try:
        made = new_networks(len(nodes))
    except OSError as error:
        raise LabError(f"{len(nodes)} network namespaces are refused ({error.strerror})") from error
    namespaces = dict(zip(nodes, made, strict=True))
    try:
        _lay(layout, namespaces)
        _set_up(layout, forwarding, namespaces, delays=delays)
        _await(layout, namespaces)
        yield Wires(layout, namespaces, _without(layout, delays=delays))
    finally:
        for namespace in made:
            os.close(namespace)


def _lay(layout: Layout, namespaces: dict[Node, int]) -> None:
    """Lay the links."""
    for namespace in namespaces.values():
        with elsewhere(namespace):
            be_quiet()
    for node, namespace in namespaces.items():
        others = {end: layout.ends[end.peer, node] for end in layout.of(node)}
        own = {end: other for end, other in others.items() if end.number < other.number}
        lines = [link(end, other, namespaces[other.node]) for end, other in own.items()]
        with elsewhere(namespace):
            batch("ip", lines, [namespaces[other.node] for other in own.values()])


def _set_up(layout: Layout, forwarding: Forwarding, namespaces: dict[Node, int], *, delays: bool) -> None:
    """Set up switches, and then hosts."""
    for switch, switch_table in forwarding.switches.items():
        with elsewhere(namespaces[switch]):
            _do(switch_lines(layout, switch, switch_table, delays=delays))
    for host, host_table in forwarding.hosts.items():
        with elsewhere(namespaces[host]):
            be_fair(layout, host)
            try:
                forward(layout, host)
            except OSError as error:
                why = f"/proc/sys cannot be written ({error.strerror})"
                raise LabError(f"host {host} would have to forward, and {why}") from error
            _do(host_lines(layout, host, host_table, delays=delays))


def _do(lines: Lines) -> None:
    batch("ip", lines.ip)
    batch("bridge", lines.bridge)
    batch("tc", lines.tc)


def _await(layout: Layout, namespaces: dict[Node, int]) -> None:
    """Wait until every card and every port passes packets: the kernel has it do so up to a second after it is up."""
    end = time.monotonic() + PATIENCE
    for node, namespace in namespaces.items():
        names = {card.name for card in layout.of(node)}
        program, sign, ready = ("ip", "operstate", "UP") if node in layout.hosts else ("bridge", "state", "forwarding")
        with elsewhere(namespace):
            while not names <= {link["ifname"] for link in links(program) if link.get(sign) == ready}:
                if time.monotonic() > end:
                    raise LabError(f"the links of {node} do not come up")
                time.sleep(0.02)


def _without(layout: Layout, *, delays: bool) -> tuple[str, ...]:
    """What the network has and the wires do not."""
    latencies = sorted({end.latency for end in layout.ends.values() if end.bandwidth is not None})
    if delays or not any(latencies):
        return ()
    span = " to ".join(f"{latency * 1e6:g}" for latency in dict.fromkeys((latencies[0], latencies[-1])))
    return (f"the latency of links ({span} us each) is not added: this kernel has no netem",)
