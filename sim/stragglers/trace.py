"""Stragglers as they were measured."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.stragglers import StragglerLaw
from sim.stragglers.shares import barrier_factor, shares
from sim.stragglers.step_times import StepTimes, read_step_times
from sim.streams import stream

#: The first steps of a file are a warm-up where they take this many times as long as the median.
WARM_UP = 10.0


class Scale(StrEnum):
    """What a measured second is in a run: a share of the mean compute time, or a second."""

    relative = "relative"
    absolute = "absolute"


@dataclass
class Trace(StragglerLaw):
    """Step times as they were measured, from a CSV file, mean 1.

    Where the file says whose times they are (a column named rank or worker) all workers replay it together: row k of a
    rank, by the column step or iteration, or else in the order of the file, is the rank's k-th gradient, so that a slow
    worker stays slow, and a slow moment is slow for all. Steps that lack a rank are left out. Fewer workers than ranks
    are the first of these; where there are more, those beyond the ranks draw one each, with replacement. After the last
    step all go on with blocks of successive steps, drawn with replacement from the whole circle of steps (the circular
    block bootstrap of Politis and Romano 1992), about the square root of the steps long.

    Times of one rank, or of nobody in particular, are drawn with replacement, each by itself: what depends on order
    (warm-up, phases of interference) is lost, the distribution is kept as it is. One worker alone replays one rank.

    Parameters
    ----------
    file
        CSV of step times: one column, or several that are named. See `read_step_times`.
    column
        Which column holds the times; empty: the only one of numbers, or seconds or step_seconds.
    seconds
        relative: the times are divided by their mean; absolute: they are the compute times themselves (s).
    """

    file: str = ""
    column: str = ""
    seconds: Scale = Scale.relative

    @cached_property
    def times(self) -> StepTimes:
        """The step times; read once, so that a run does not depend on the file once it has begun."""
        return read_step_times(self.file, self.column)

    @cached_property
    def relative(self) -> NDArray[np.float64]:
        """The step times over their mean, float64 ``[steps, ranks]`` (no unit)."""
        relative: NDArray[np.float64] = self.times.seconds / self.times.seconds.mean()
        return relative

    def check(self) -> None:
        self.times  # noqa: B018  # reads the file

    def mean_seconds(self) -> float | None:
        return float(self.times.seconds.mean()) if self.seconds is Scale.absolute else None

    def draw(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        return self.relative.ravel()[generator.integers(self.relative.size, size=count)]

    def of_workers(self, workers: int, seed: int) -> list[Iterator[float]]:
        if not self._replays(workers):
            return super().of_workers(workers, seed)
        ranks = self.relative.shape[1]
        drawn = stream(seed, "trace ranks").integers(ranks, size=max(0, workers - ranks))
        # Every worker has a generator of its own with the same draws: all go through the same steps, in any order.
        return [
            self._replay(self.relative[:, rank], stream(seed, "trace steps"))
            for rank in [*range(min(workers, ranks)), *drawn.tolist()]
        ]

    def _replays(self, workers: int) -> bool:
        return self.times.ranked and (workers == 1 or self.relative.shape[1] > 1)

    @staticmethod
    def _replay(times: NDArray[np.float64], steps: np.random.Generator) -> Iterator[float]:
        yield from times.tolist()
        block = np.arange(math.ceil(math.sqrt(len(times))))
        while True:
            yield from times.take(steps.integers(len(times)) + block, mode="wrap").tolist()

    def remarks(self, workers: int) -> list[str]:
        return [f"{self.file}: {said}" for said in (self._read(workers), *self._spread(workers), *self._warm_up())]

    def _read(self, workers: int) -> str:
        """What was read, and what is made of it."""
        seconds, (steps, ranks) = self.times.seconds, self.times.seconds.shape
        said = [
            f"{_many(self.times.rows, 'row')}, mean {seconds.mean():.4g} s, "
            f"cv {seconds.std() / seconds.mean():.3g}, largest {seconds.max():.4g} s"
        ]
        if not self._replays(workers):
            said.append("drawn with replacement" + (", each by itself: there is one rank" if self.times.ranked else ""))
            return "; ".join(said)
        said.append(f"{_many(steps, 'step')} of {_many(ranks, 'rank')} replayed together")
        if self.times.left_out:
            said.append(f"{_many(self.times.left_out, 'step')} left out for lack of a rank")
        if workers < ranks:
            said.append(f"workers={workers} are the first ranks")
        if workers > ranks:
            said.append(f"workers from {ranks} on draw a rank each, with replacement")
        return "; ".join(said)

    def _spread(self, workers: int) -> Iterator[str]:
        """What a barrier makes of the ranks that are replayed, and whose their variance is."""
        replayed = self.times.seconds[:, :workers]
        if not self._replays(workers) or replayed.shape[1] == 1:
            return
        said, found = f"barrier factor {barrier_factor(replayed):.4g}", shares(replayed)
        if found is not None:
            said += (
                f"; shares of the variance: worker {found.worker:.3f}, step {found.step:.3f}, rest {found.rest:.3f}"
                + (f"; lag-1 correlation {found.correlation:.3f}" if found.correlation is not None else "")
            )
        yield said

    def _warm_up(self) -> Iterator[str]:
        """Whether the file begins with steps that are of another kind."""
        slowest, median = self.times.seconds.max(axis=1), float(np.median(self.times.seconds))
        usual = np.flatnonzero(self.times.seconds.min(axis=1) < WARM_UP * median)
        first = int(usual[0])  # half of the times are at most the median
        if first:
            yield (
                f"{_many(first, 'step')} at the beginning up to {slowest[:first].max() / median:.0f} times the median "
                f"of {median:.4g} s: remove the warm-up from the file, unless a run is to meet it again and again"
            )


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"
