"""What a group carries out, and how fast that can be at best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sim.collectives.operations.bounds import Bounds, bounds

if TYPE_CHECKING:
    import networkx as nx

    from sim.collectives import Collective
    from sim.collectives.operations.operation import Operation
    from sim.compressors import Carrier
    from sim.fabric.schedule import Schedule


class Exchange(NamedTuple):
    """What a round carries out: the sends, and how fast they can be at best; to be faster is the simulator's error."""

    schedule: Schedule
    bounds: Bounds


class Exchanges:
    """Makes the exchanges of a group, one of each kind and size.

    Parameters
    ----------
    collective
        Their algorithm.
    graph
        Annotated graph of the network; None for an ideal one.
    hosts
        Host of each rank.
    """

    def __init__(self, collective: Collective, graph: nx.Graph | None, hosts: Sequence[int]) -> None:
        self._collective = collective
        self._graph = graph
        self._hosts = hosts
        self._made: dict[Carrier, Exchange] = {}

    def of(self, carrier: Carrier) -> Exchange:
        """The exchange by which every rank gets the sum of all ranks' messages, or all of them.

        Raises
        ------
        FieldError
            If the collective does not fit the ranks, or has no such operation.
        """
        if carrier not in self._made:
            operation = self._operation(carrier)
            self._made[carrier] = Exchange(operation, bounds(operation, self._graph, self._hosts))
        return self._made[carrier]

    def _operation(self, carrier: Carrier) -> Operation:
        ranks = len(self._hosts)
        make: Callable[[int, float], Operation] = getattr(self._collective, carrier.operation)
        return make(ranks, carrier.nbytes if carrier.operation == "all_reduce" else ranks * carrier.nbytes)
