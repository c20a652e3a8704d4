"""Of published times of collective operations, those that others are predicted from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from sim.calibration.collective_law import TURNS
from sim.truth.allreduce import Sweep
from sim.truth.timing import Timing

#: Which of some times that differ in one thing, the smallest first, are known.
Rule = Callable[[Sequence[Timing]], Set[Timing]]


class Known(NamedTuple):
    """What one kind of machines is learned from.

    Attributes
    ----------
    timings
        All of it, each once.
    """

    timings: tuple[Timing, ...]

    def has(self, timing: Timing) -> bool:
        """Whether a time is known."""
        return _is_among(timing, self.timings)

    def has_shape(self, timing: Timing) -> bool:
        """Whether some time of as many ranks on as many nodes is known."""
        return any((one.ranks, one.nodes) == (timing.ranks, timing.nodes) for one in self.timings)


def by_site(sweeps: Sequence[Sweep]) -> Mapping[str, Sequence[Sweep]]:
    """Sweeps of the same kind of machines, by what these are called."""
    found: dict[str, list[Sweep]] = {}
    for sweep in sweeps:
        found.setdefault(sweep.site, []).append(sweep)
    return found


def known_of(asked: Sequence[Sweep], others: Sequence[Sweep], rule: Rule) -> Known:
    """What is known of one kind of machines.

    Parameters
    ----------
    asked
        What is predicted, of which that is known which the rule says, whatever the others have.
    others
        What is known besides.
    rule
        Of the times that are asked for.
    """
    hidden = [timing for sweep in asked for timing in sweep.timings]
    free = [timing for sweep in others for timing in with_law(sweep) if not _is_among(timing, hidden)]
    own = [timing for timings in _sequences(asked) for timing in timings if timing in rule(timings)]
    return Known(tuple(dict.fromkeys((*free, *own))))


def with_law(sweep: Sweep) -> list[Timing]:
    """The times of operations that can be predicted."""
    return [timing for timing in sweep.timings if timing.operation in TURNS]


# -- rules
def every_other(timings: Sequence[Timing]) -> Set[Timing]:
    """The first, the third and so on."""
    return set(timings[::2])


def none(timings: Sequence[Timing]) -> Set[Timing]:
    """None of them."""
    return set()


def up_to(ranks: int) -> Rule:
    """All of so many ranks at the most."""
    return lambda timings: {timing for timing in timings if timing.ranks <= ranks}


def as_in(others: Sequence[Sweep]) -> Rule:
    """Those that are in some sweeps; where all are, every other one: the rest is there to be predicted."""
    there = [timing for sweep in others for timing in sweep.timings]

    def rule(timings: Sequence[Timing]) -> Set[Timing]:
        found = {timing for timing in timings if _is_among(timing, there)}
        return every_other(timings) if len(found) == len(timings) else found

    return rule


def pure(timings: Sequence[Timing]) -> Set[Timing]:
    """Those that have met one kind of wires only: inside one machine, or of one rank on each."""
    return {timing for timing in timings if timing.nodes in (1, timing.ranks)}


def _sequences(sweeps: Sequence[Sweep]) -> Iterator[Sequence[Timing]]:
    """Times that differ in one thing: the size; or, where only one size was measured, the ranks on a machine."""
    alone: dict[tuple[str, float], list[Timing]] = {}
    for sweep in sweeps:
        for operation in TURNS:
            timings = [timing for timing in sweep.timings if timing.operation == operation]
            if len(timings) == 1:
                alone.setdefault((operation, timings[0].nbytes), []).extend(timings)
            elif timings:
                yield timings
    yield from (sorted(timings, key=lambda timing: timing.ranks / timing.nodes) for timings in alone.values())


def _is_among(timing: Timing, others: Sequence[Timing]) -> bool:
    return any(timing.is_same(other) for other in others)
