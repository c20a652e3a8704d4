"""How fast the models of workers come together where nothing is learned any more, beside a closed form."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from sim.evidence.difference import compare
from sim.plot.cells import Cell
from sim.results.read import read_metrics
from sim.study.claim import Measure
from sim.study.effect import Effect, percent, told
from sim.study.reading import Reading

#: Below this part of the spread before the first round models agree but for rounding, and have no ratio.
AGREED = 1e-6

#: The rounds of a run: spread of the models before and after, and how far the mean of all has gone, squared.
Round = tuple[float, float, float]


def contracts(runs: str, expected: float, after: int) -> Measure:
    """How far a round's contraction of the spread is from what is expected of it (%); see `contraction`.

    Parameters
    ----------
    runs
        The part and its settings.
    expected
        Share of the spread that a round leaves, in the mean (0 to 1).
    after
        From which update on nothing is learned.
    """
    said = f"what a round leaves of the spread, first {expected:.6g}, second {runs}"
    return Reading(lambda table: off_in_the_mean(table.at(runs), contraction, expected, after), said)


def walks(runs: str, expected: float, after: int) -> Measure:
    """How far a round's step of the mean model is from what is expected of it (%); see `walk`.

    Parameters
    ----------
    runs, after
        As in `contracts`; the runs have recorded their trajectory.
    expected
        Mean ratio of the squared step to the spread before the round (no unit).
    """
    said = f"squared step of the mean over the spread, first {expected:.6g}, second {runs}"
    return Reading(lambda table: off_in_the_mean(table.at(runs), walk, expected, after), said)


def leaves(first: str, second: str, after: int) -> Measure:
    """How much more a round of the second runs leaves of the spread than one of the first (%); see `more_left`."""
    said = f"what a round leaves of the spread, first {first}, second {second}"
    return Reading(lambda table: more_left(table.at(first), table.at(second), after), said)


def contraction(spread: float, later: float, step: float) -> float:
    """What a round has left of the spread."""
    return later / spread


def walk(spread: float, later: float, step: float) -> float:
    """The squared step of the mean over the spread."""
    return step / spread


def off_in_the_mean(cell: Cell, ratio: Callable[..., float], expected: float, after: int) -> Effect:
    """How far a ratio of a round is from its expectation (% of it), in the mean over rounds and seeds.

    A run in which all models agree early has fewer rounds with a ratio. The sum of what these are off over the rounds
    that all have is zero in the mean, whenever that is; a mean over those with a ratio would not be.

    Parameters
    ----------
    cell
        The runs, evaluated after every round.
    ratio
        Of a round: `contraction` or `walk`.
    expected
        What the ratio is expected to be (no unit).
    after
        From which update on nothing is learned.
    """
    off = {}
    for seed, run in zip(sorted(cell.seeds), cell.runs, strict=True):
        rounds = _rounds(Path(run), after, int(cell.row["workers"]), walked=ratio is walk)
        known = [ratio(*each) for each in rounds if each[0] > AGREED * rounds[0][0]]
        off[seed] = 100.0 * math.fsum(value / expected - 1.0 for value in known) / len(rounds)
    return told(compare(dict.fromkeys(off, 0.0), off), "%")


def more_left(first: Cell, second: Cell, after: int) -> Effect:
    """How much larger what a round leaves of the spread is in a second group than in a first (%), by pairs of seeds.

    Parameters
    ----------
    first, second
        The runs, evaluated after every round.
    after
        From which update on nothing is learned.
    """
    left = [_left(cell, after) for cell in (first, second)]
    return told(compare(*left), "%", back=percent)


def _left(cell: Cell, after: int) -> Mapping[int, float]:
    """By seed the logarithm of what a round has left of the spread, in the mean over rounds."""
    found = {}
    for seed, run in zip(sorted(cell.seeds), cell.runs, strict=True):
        rounds = _rounds(Path(run), after, int(cell.row["workers"]), walked=False)
        known = [later / spread for spread, later, _ in rounds if spread > AGREED * rounds[0][0]]
        found[seed] = math.log(math.fsum(known) / len(known))
    return found


def _rounds(run: Path, after: int, workers: int, *, walked: bool) -> list[Round]:
    """The rounds of a run from an update on."""
    rows = [row for row in read_metrics(run / "metrics.csv") if row.updates >= after]
    spreads = [workers * (row.consensus_distance or 0.0) ** 2 for row in rows]
    steps = [0.0] * (len(rows) - 1)
    if walked:
        with np.load(run / "trajectory.npz") as kept:
            models = kept["x"][kept["updates"] >= after].astype(np.float64)
        steps = (np.diff(models, axis=0) ** 2).sum(axis=1).tolist()
    return list(zip(spreads[:-1], spreads[1:], steps, strict=True))
