"""What every node does with what is not meant for it, so that each pair of hosts has its route of the config.

The route of a pair may depend on both of its hosts. Most of what a node does depends on the destination alone, though:
that is its table, in which each entry is what most pairs need; the pairs that need something else are its exceptions.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise, permutations
from typing import NamedTuple

from sim.lab.wires.layout import End, Layout
from topologies.routing import Edge
from topologies.routing.routes import Routes


class Hop(NamedTuple):
    """A step from one host to the next one of a route, over whatever switches.

    Attributes
    ----------
    out, to : End
        The card by which it leaves the one, and that by which it reaches the other.
    """

    out: End
    to: End


class Turn(NamedTuple):
    """What a switch does with the packets of one pair of hosts, which come in by one of its ports.

    Attributes
    ----------
    source, target : int
        The hosts.
    by, out : End
        The ports by which they come in and go out.
    """

    source: int
    target: int
    by: End
    out: End


@dataclass
class HostTable:
    """Where a host sends what is not meant for it.

    Parameters
    ----------
    routes
        By destination: what it sends itself, and what it passes on but for the exceptions.
    exceptions
        By source and destination: what it passes on elsewhere.
    """

    routes: dict[int, Hop] = field(default_factory=dict)
    exceptions: dict[tuple[int, int], Hop] = field(default_factory=dict)

    @property
    def forwards_by(self) -> list[Hop]:
        """The hops of the exceptions, each once."""
        return list(dict.fromkeys(self.exceptions.values()))


@dataclass
class SwitchTable:
    """Where a switch sends what it gets.

    Parameters
    ----------
    entries
        By the card of the next host.
    exceptions
        What goes elsewhere.
    """

    entries: dict[End, End] = field(default_factory=dict)
    exceptions: list[Turn] = field(default_factory=list)


class Forwarding:
    """The tables of all nodes.

    Parameters
    ----------
    layout
        The ends of all links.

    Attributes
    ----------
    hosts : dict of int to HostTable
    switches : dict of str to SwitchTable

    Raises
    ------
    FieldError
        If no path joins two of the hosts.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.hosts = {host: HostTable() for host in layout.hosts}
        self.switches = {switch: SwitchTable() for switch in layout.switches}
        self._passed_on: dict[int, dict[tuple[int, int], Hop]] = {host: {} for host in layout.hosts}
        self._turns: dict[str, dict[End, list[Turn]]] = {switch: {} for switch in layout.switches}
        routes = Routes(layout.graph)
        for source, target in permutations(layout.hosts, 2):
            self._follow(source, target, routes.route(source, target))
        for host, pairs in self._passed_on.items():
            table = self.hosts[host]
            table.exceptions = {pair: hop for pair, hop in pairs.items() if table.routes[pair[1]] != hop}
        for switch, turns in self._turns.items():
            for to, all_of_them in turns.items():
                out = Counter(turn.out for turn in all_of_them).most_common(1)[0][0]
                self.switches[switch].entries[to] = out
                self.switches[switch].exceptions += [turn for turn in all_of_them if turn.out != out]

    def _follow(self, source: int, target: int, route: list[Edge]) -> None:
        """Note what the nodes of a route do with the packets of its pair."""
        ends = self._layout.ends
        while route:
            length = next(number for number, (_, node) in enumerate(route, 1) if isinstance(node, int))
            leg, route = route[:length], route[length:]
            host, to = leg[0][0], ends[leg[-1][::-1]]
            assert isinstance(host, int)
            hop = Hop(ends[leg[0]], to)
            if host == source:
                self.hosts[host].routes[target] = hop
            else:
                self._passed_on[host][source, target] = hop
            for before, after in pairwise(leg):
                switch = after[0]
                assert isinstance(switch, str)
                turn = Turn(source, target, ends[before[::-1]], ends[after])
                self._turns[switch].setdefault(to, []).append(turn)
