"""Auto: of all collectives the one that is fastest for these ranks and bytes on this network."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from sim.collectives import Collective, LacksOperationError
from sim.collectives.double_tree import DoubleTree
from sim.collectives.operations.form import Formed, NoClosedFormError
from sim.collectives.operations.operation import Kind, Operation
from sim.collectives.operations.route import Route
from topologies.field_error import FieldError
from topologies.options import options_in

#: Messages of a schedule that is tried, at the most, unless all have more.
MOST_TRIED = 2_500_000
#: Faster by less than this share is as fast.
TIE = 1e-9
#: Incomplete trees take no less than this share of what complete ones take.
LEAST_OF_TREES = 0.98

#: What has been found in this process, by site, reduction, kind, ranks and bytes: the runs of a sweep ask again.
_FASTEST: dict[tuple[bytes, float, Kind, int, float], type[Collective]] = {}


@dataclass
class Auto(Formed):
    """The fastest of all others for these ranks and bytes on this network.

    Each is tried, once for each size.

    Where NCCL's tuner takes the least of its algorithms' estimates, latency plus bytes over bandwidth [1]_, here each
    collective that has the operation carries it out by its defaults, all ranks entering at once, on the run's network
    and transport without other traffic; the fastest is taken, of equals the first in the order ring, then by name. What
    takes long to try, since every pair of ranks needs a route or a schedule has millions of messages, is left out of
    large groups: direct exchange of more than 64 ranks, one ring of more than 512, and what has more than 2.5 million
    messages unless all have more. On an ideal network, where all take no time, it is the ring.

    References
    ----------
    .. [1] Z. Hu et al., "Demystifying NCCL: an in-depth analysis of GPU communication protocols and algorithms",
       arXiv:2507.04786, 2025.
    """

    most_tried: ClassVar[int] = -1  # it is none of the others

    def all_reduce(self, ranks: int, nbytes: float) -> Operation:
        """That of the fastest."""
        return self.choice("all_reduce", ranks, nbytes).all_reduce(ranks, nbytes)

    def reduce_scatter(self, ranks: int, nbytes: float) -> Operation:
        """That of the fastest."""
        return self.choice("reduce_scatter", ranks, nbytes).reduce_scatter(ranks, nbytes)

    def all_gather(self, ranks: int, nbytes: float) -> Operation:
        """That of the fastest."""
        return self.choice("all_gather", ranks, nbytes).all_gather(ranks, nbytes)

    def broadcast(self, ranks: int, nbytes: float) -> Operation:
        """That of the fastest."""
        return self.choice("broadcast", ranks, nbytes).broadcast(ranks, nbytes)

    def choice(self, kind: Kind, ranks: int, nbytes: float) -> Collective:
        """The fastest; see `Collective.choice`."""
        if self.site is None:
            return self._chosen(kind, ranks, nbytes)
        asked = self.site.key, self.reduce_seconds_per_byte, kind, ranks, nbytes
        if asked not in _FASTEST:
            _FASTEST[asked] = type(self._chosen(kind, ranks, nbytes))
        return self._at_the_site(_FASTEST[asked])

    def seconds(self, kind: Kind, ranks: int, nbytes: float, route: Route) -> float:
        """That of the fastest."""
        return self.by_form(kind, ranks, nbytes, route).seconds(kind, ranks, nbytes, route)

    def by_form(self, kind: Kind, ranks: int, nbytes: float, route: Route) -> Formed:
        """The fastest by closed forms; of incomplete double trees a bound is known, which must not decide."""
        known: list[tuple[float, Formed]] = []
        trees = math.inf
        for candidate in self._candidates(ranks):
            assert isinstance(candidate, Formed), "all of the house are"
            try:
                known.append((candidate.seconds(kind, ranks, nbytes, route), candidate))
            except LacksOperationError:
                continue
            except NoClosedFormError:
                if isinstance(candidate, DoubleTree):
                    trees = candidate.most_seconds(ranks, nbytes, route)
        best, fastest = min(known, key=lambda each: each[0])
        if LEAST_OF_TREES * trees < best:
            said = (
                f"auto may choose double_tree for {nbytes:g} B over {ranks} ranks, whose time has no closed form; name "
                "a collective, such as ring, or simulate it"
            )
            raise NoClosedFormError("collective", said, full=True)
        return fastest

    def _chosen(self, kind: Kind, ranks: int, nbytes: float) -> Collective:
        made, refusal = [], FieldError("ranks", f"no collective can {kind} over {ranks}; give another number")
        for order, candidate in enumerate(self._candidates(ranks)):
            try:
                operation: Operation = getattr(candidate, kind)(ranks, nbytes)
            except LacksOperationError:
                continue
            except FieldError as error:
                refusal = error
                continue
            made.append((int(operation.times().sum()), order, candidate, operation))
            if self.site is None or self.site.graph is None or ranks == 1:
                return candidate
        if not made:
            raise refusal
        made.sort(key=lambda each: each[:2])
        return self._fastest([each for each in made if each[0] <= MOST_TRIED] or made[:1])

    def _fastest(self, made: list[tuple[int, int, Collective, Operation]]) -> Collective:
        """Try the shortest schedules first: longer ones, which take longer to try, are broken off when they lose."""
        assert self.site is not None
        best, first, found = math.inf, 0, made[0][2]
        for _, order, candidate, operation in made:
            seconds = self.site.seconds(operation, best * (1.0 + TIE))
            if seconds < best * (1.0 - TIE) or (seconds < math.inf and order < first):
                best, first, found = min(best, seconds), order, candidate
        return found

    def _candidates(self, ranks: int) -> Iterator[Collective]:
        """All other collectives at the site: ring, then by name."""
        yield from (self._at_the_site(option) for option in _options() if ranks <= option.most_tried)

    def _at_the_site(self, option: type[Collective]) -> Collective:
        candidate = option(reduce_seconds_per_byte=self.reduce_seconds_per_byte)
        return candidate if self.site is None else candidate.on(self.site)


@cache
def _options() -> tuple[type[Collective], ...]:
    """All collectives: ring, then by name."""
    options: list[type[Collective]] = [option for _, option in options_in("sim.collectives", Collective)]
    return tuple(sorted(options, key=lambda option: option.__module__ != "sim.collectives.ring"))
