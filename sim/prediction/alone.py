"""How long a collective operation takes that has the network to itself, wherever its ranks are."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from sim.collectives import Collective, LacksOperationError
from sim.collectives.hierarchical import Hierarchical
from sim.collectives.operations.form import Formed, NoClosedFormError
from sim.collectives.operations.site import Site
from sim.collectives.ring import Ring
from sim.fabric.wires import Wires
from sim.option_name import option_name
from sim.prediction.hops import Hops
from topologies.field_error import of_group

if TYPE_CHECKING:
    import networkx as nx

    from sim.collectives.operations.draft import Numbers
    from sim.collectives.operations.operation import Kind
    from sim.collectives.operations.route import Route
    from sim.transports import Transport

#: The hosts of rings, each in its order.
Rings = tuple[tuple[int, ...], ...]


class OnOneSwitch:
    """Operations of ranks that hang on one switch alike: the closed forms of the collectives.

    Parameters
    ----------
    collective
        Their algorithm.
    ranks
        Number of ranks, >= 1.
    route
        The way from one rank to another.

    Raises
    ------
    NoClosedFormError
        If the algorithm has none.
    """

    def __init__(self, collective: Collective, ranks: int, route: Route) -> None:
        if not isinstance(collective, Formed):
            said = f"{option_name(collective)} says of no operation how long it takes; use ring, or simulate it"
            raise NoClosedFormError("collective", said, full=True)
        self._collective = collective
        self._ranks = ranks
        self._route = route

    def seconds(self, kind: Kind, nbytes: float, *, together: bool = False) -> tuple[float, float]:
        """How long an operation on so many bytes takes, and without any bytes: its latencies (s).

        Parameters
        ----------
        kind
            What is carried out.
        nbytes
            Size of the whole vector (B).
        together
            Whether ranks have to leave together.

        Raises
        ------
        NoClosedFormError
            If nobody knows in closed form, or they do not leave together.
        """
        with of_group("collective"):
            chosen = self._collective.by_form(kind, self._ranks, nbytes, self._route)
            taken, latency = (chosen.seconds(kind, self._ranks, each, self._route) for each in (nbytes, 0.0))
        if together and self._ranks > 1 and not chosen.together(self._ranks):
            said = f"ranks leave {option_name(chosen)} one after the other, so that traffic slows them differently"
            raise NoClosedFormError("transport.interference", f"{said}; use 0, or collective=ring", full=True)
        return taken, latency


class OverWires:
    """Operations of ranks anywhere on a network: rings, whose hops are looked at one by one.

    Parameters
    ----------
    collective
        Their algorithm.
    graph
        Annotated graph of the network.
    hosts
        Host of each rank.
    transport
        What it makes of the wires.

    Raises
    ------
    NoClosedFormError
        If the algorithm is none that consists of rings.
    """

    def __init__(self, collective: Collective, graph: nx.Graph, hosts: tuple[int, ...], transport: Transport) -> None:
        if not isinstance(collective, Ring | Hierarchical):
            said = f"{option_name(collective)} has no closed form where links are not all alike"
            remedy = "use network=single_switch, collective=ring or hierarchical, or simulate it"
            raise NoClosedFormError("collective", f"{said}; {remedy}", full=True)
        if isinstance(collective, Hierarchical) and collective.on(Site(graph, hosts)).goes_by_switches("all_reduce"):
            said = "what a switch adds up has no closed form; use collective=ring, or simulate it"
            raise NoClosedFormError("network.in_network_reduction", said, full=True)
        self._collective = collective
        self._graph = graph
        self._hosts = hosts
        self._transport = transport
        self._machines = Site(graph, hosts).machines
        self._wires = Wires(graph)
        self._hops = cache(self._hops_of)

    def seconds(self, kind: Kind, nbytes: float, *, together: bool = False) -> tuple[float, float]:
        """How long an operation on so many bytes takes, and without any; see `OnOneSwitch.seconds`."""
        if kind == "broadcast":
            raise LacksOperationError("collective", f"{kind} is no operation of a step; choose another", full=True)
        ranks, turns = len(self._hosts), 2 if kind == "all_reduce" else 1
        sums = nbytes * (ranks - 1) / ranks if kind != "all_gather" else 0.0
        added = sums * self._collective.reduce_seconds_per_byte
        with of_group("collective"):
            phases = self._phases(nbytes)
        # A phase begins for all at once; additions are paid from hop to hop, and not by who stays at the slowest.
        alike = together or len(phases) > 1 or added > 0.0
        taken = latency = 0.0
        for steps, share, rings in phases:
            hops = self._hops(rings)
            taken += steps * hops.seconds(share * nbytes, alike=alike)
            latency += steps * hops.latency
        return turns * taken + added, turns * latency

    def _hops_of(self, rings: Rings) -> Hops:
        return Hops(self._wires, self._transport, rings)

    def _phases(self, nbytes: float) -> list[tuple[int, float, Rings]]:
        """Steps of each phase in one direction, the share of the bytes that a hop carries in one, and the rings."""
        ranks, machines = len(self._hosts), self._machines
        if isinstance(self._collective, Ring):
            channels = machines.channels(self._collective.channels)
            along = [np.concatenate(machines.entered_at(channel)) for channel in range(channels)]
            return [(ranks - 1, 1.0 / (ranks * channels), self._on_hosts(along))]
        assert isinstance(self._collective, Hierarchical)
        inside = self._collective.on(Site(self._graph, self._hosts)).in_one_chunk(ranks, nbytes)
        if inside is None:
            said = "several chunks, or machines of different sizes, have no closed form"
            raise NoClosedFormError("collective.chunks", f"{said}; give 1, or simulate it", full=True)
        groups, size = inside.shape
        return [
            (size - 1, 1.0 / size, self._on_hosts(inside)),
            (groups - 1, 1.0 / (groups * size), self._on_hosts(inside.T)),
        ]

    def _on_hosts(self, rings: Iterable[Numbers]) -> Rings:
        return tuple(tuple(self._hosts[rank] for rank in ring.tolist()) for ring in rings)
