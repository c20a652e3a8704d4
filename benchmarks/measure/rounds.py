"""Interleaved rounds (A B C A B C ...): what a neighbour on the machine does, it does to everybody."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Literal, TypeVar

from measure.contender import Contender, Reading

Name = TypeVar("Name")
Clock = Literal["wall", "cpu"]


class Readings(list[Reading]):
    """A contender's readings, one per round."""

    def seconds(self, clock: Clock) -> float:
        """Seconds per gradient, the median."""
        return median(self._each(clock))

    def ratio(self, other: Readings, clock: Clock) -> float:
        """How many times as long `other` takes per gradient: the median over the rounds of the ratio in each."""
        return median(theirs / ours for ours, theirs in zip(self._each(clock), other._each(clock), strict=True))

    def _each(self, clock: Clock) -> list[float]:
        return [getattr(reading, clock) / reading.gradients for reading in self]


def interleave(contenders: Mapping[Name, tuple[Contender, int]], rounds: int) -> dict[Name, Readings]:
    """Let every contender do its count of gradients, in turn, `rounds` times."""
    readings = {name: Readings() for name in contenders}
    for _ in range(rounds):
        for name, (contender, count) in contenders.items():
            readings[name].append(contender.work(count))
    return readings
