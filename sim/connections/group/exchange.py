"""What a group carries out, and how fast that can be at best."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sim.collectives.operations.bounds import Bounds, bounds
from sim.option_name import option_name

if TYPE_CHECKING:
    from sim.collectives import Collective
    from sim.collectives.operations.operation import Operation
    from sim.collectives.operations.site import Site
    from sim.compressors import Carrier
    from sim.fabric.schedule import Schedule


class Exchange(NamedTuple):
    """What a round carries out.

    Attributes
    ----------
    schedule
        The sends.
    bounds
        How fast they can be at best; to be faster is the simulator's error.
    collective
        The algorithm that made them, by its name as an option.
    """

    schedule: Schedule
    bounds: Bounds
    collective: str


class Exchanges:
    """Makes the exchanges of a group, one of each kind and size.

    Parameters
    ----------
    collective
        Their algorithm.
    site
        Where the ranks are.
    """

    def __init__(self, collective: Collective, site: Site) -> None:
        self._collective = collective.on(site)
        self._site = site
        self._made: dict[Carrier, Exchange] = {}

    def of(self, carrier: Carrier) -> Exchange:
        """The exchange by which every rank gets the sum of all ranks' messages, or all of them.

        Raises
        ------
        FieldError
            If the collective does not fit the ranks, or has no such operation.
        """
        if carrier not in self._made:
            self._made[carrier] = self._make(carrier)
        return self._made[carrier]

    def _make(self, carrier: Carrier) -> Exchange:
        ranks = len(self._site.hosts)
        nbytes = carrier.vector_bytes(ranks)
        chosen = self._collective.choice(carrier.operation, ranks, nbytes)
        operation: Operation = getattr(chosen, carrier.operation)(ranks, nbytes)
        return Exchange(operation, bounds(operation, self._site.graph, self._site.hosts), option_name(chosen))
