"""How fast a candidate trains, and what holds it up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from sim.calibration.numbers import Numbers
from sim.evidence.range import Range
from sim.planning.formula import Flags, Formula

#: What a step is made of, in the order in which it is told.
SHARES = ("compute", "exposed", "stragglers", "server", "input", "failures")
#: What holds a candidate up is what saves the most if it is twice as good: by the part that is changed.
BOUNDS = {"device": "compute", "nic": "nic", "flow_cap": "flow_cap", "latency": "latency", "stragglers": "stragglers"}


class Feed(NamedTuple):
    """What an input pipeline delivers (1/s); None: as much as is wanted.

    Attributes
    ----------
    each
        Of a machine (1/s).
    together
        Of storage that all machines share (1/s).
    """

    each: float | None = None
    together: float | None = None

    def most(self, count: int) -> float:
        """What so many machines can be fed with (1/s)."""
        bounds = [*([self.each * count] if self.each else []), *([self.together] if self.together else [])]
        return min(bounds, default=np.inf)


@dataclass(frozen=True, eq=False)
class Pace:
    """What is possible of a candidate's speed, a figure for each draw.

    Parameters
    ----------
    rate
        Samples of all devices (1/s, shape (draws,)).
    shares
        Of a step, by the names of `SHARES` (ratios, each shape (draws,)).
    one_path
        In which draws cards have one path each (shape (draws,)): the usual case, which the middle is of.
    card
        What a machine's cards can carry together (B/s, shape (draws,)).
    carried
        What they do carry (B/s).
    bound_by
        What saves the most if it is twice as good.
    by
        ``formula`` or ``engine``.
    """

    rate: Numbers
    shares: Mapping[str, Numbers]
    one_path: Flags
    card: Numbers
    carried: float
    bound_by: str
    by: str

    def range_of(self, values: Numbers) -> Range:
        """Of a figure of each draw, what is told: the middle of the usual case, and 80 % of all."""
        low, high = np.quantile(values, (0.1, 0.9))
        middle = np.median(values[self.one_path])
        return Range(float(min(low, middle)), float(middle), float(max(high, middle)))

    def share(self, name: str) -> float:
        """The middle of a share (ratio)."""
        return float(np.median(self.shares[name][self.one_path]))

    def fed(self, most: float) -> Pace:
        """The same where no more than so many samples a second are there to train on (1/s)."""
        if np.isinf(most):
            return self
        left = np.minimum(1.0, most / self.rate)
        shares = {name: share * left for name, share in self.shares.items()}
        shares["input"] = 1.0 - left
        bound = "input" if float(np.median(left)) < 1.0 else self.bound_by
        return replace(
            self, rate=self.rate * left, shares=shares, bound_by=bound, carried=self.carried * float(np.median(left))
        )

    def enduring(self, share: float) -> Pace:
        """The same where failures leave a share of it (ratio)."""
        if share == 1.0:
            return self
        shares = {name: each * share for name, each in self.shares.items()}
        shares["failures"] = np.full(len(self.rate), 1.0 - share)
        bound = "failures" if share < 0.5 else self.bound_by
        return replace(self, rate=self.rate * share, shares=shares, carried=self.carried * share, bound_by=bound)


def paces(found: Formula) -> list[Pace]:
    """What the formula says, for each number of machines."""
    seconds, step, card = found.seconds(), found.step(), found.card
    whole = step.seconds
    samples = found.drawn.cases.devices * found.drawn.cases.accumulation * found.family.experiment.batch
    shares = {
        "compute": step.computing / whole,
        "exposed": (step.hindered + step.exposed) / whole,
        "stragglers": step.waiting / whole,
        "server": step.answered / whole,
        "input": 0.0 * whole,
        "failures": 0.0 * whole,
    }
    saved = {
        name: _saved(found, found.changed(part, factor), whole)
        for part, (name, factor) in {
            part: (name, 0.0 if part == "stragglers" else 0.5 if part == "latency" else 2.0)
            for part, name in BOUNDS.items()
        }.items()
    }
    return [
        Pace(
            rate=samples[column] / seconds[:, column],
            shares={name: np.broadcast_to(share, whole.shape)[:, column] for name, share in shares.items()},
            one_path=found.one_path,
            card=card[:, column],
            carried=float(found.drawn.cases.through_card[column] / np.median(seconds[:, column])),
            bound_by=max(saved, key=lambda name: saved[name][column]),
            by="formula",
        )
        for column in range(len(found.counts))
    ]


def _saved(found: Formula, other: Formula, whole: Numbers) -> Numbers:
    """The share of a step that a change saves, the median (shape (counts,))."""
    saved = 1.0 - other.step().seconds / whole
    return np.asarray(np.median(saved[found.one_path], axis=0), np.float64)
