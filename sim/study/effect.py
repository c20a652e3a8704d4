"""Effects: what claims measure, each with its 95 % interval over seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import NormalDist
from typing import NamedTuple

from sim.evidence.censored import horizon, restricted
from sim.evidence.difference import Difference, compare
from sim.evidence.interval import CONFIDENCE
from sim.plot.cells import Cell
from sim.plot.outcome import cut_off, outcome
from sim.plot.quantity import Quantity
from sim.results.read import read_staleness
from sim.results.rows import Summary

#: What figures of a kind are measured in.
_UNITS = {"seconds": "s", "bytes": "bytes", "share": "of 1"}


class Effect(NamedTuple):
    """What was measured for a claim.

    Attributes
    ----------
    value
        The effect (in that unit); None where there is none to be had.
    low, high
        Its 95 % confidence interval (in that unit); None where there is none.
    p
        Probability of an effect as large by chance; None likewise.
    n
        Number of pairs, or of runs where there are none.
    unit
        Of the effect; "": it has none.
    said
        What has to be said of the runs: seeds that were cut off, or have diverged.
    """

    value: float | None
    low: float | None
    high: float | None
    p: float | None
    n: int
    unit: str = ""
    said: str = ""


def difference(first: Cell, second: Cell, figure: str, unit: str = "") -> Effect:
    """How much larger a figure of the summary is in a second group than in a first, by pairs of seeds.

    A time or a number until something happens is compared up to the bound that both groups have in common, where some
    were cut off.

    Parameters
    ----------
    first, second
        The groups.
    figure
        Which figure.
    unit
        Of the figure.
    """
    return _compared(first, second, figure, unit, lambda value: value, lambda value: value)


def relative(first: Cell, second: Cell, figure: str) -> Effect:
    """How much larger a positive figure is in a second group than in a first (%), by ratios of the pairs of seeds.

    Parameters
    ----------
    first, second, figure
        As in `difference`.
    """
    return _compared(first, second, figure, "%", math.log, percent)


def share(first: Cell, second: Cell, event: Callable[[Summary], bool]) -> Effect:
    """How much more often something happens to a seed of a second group than to the same of a first (% of seeds).

    The probability is McNemar's, exact; the interval that of Agresti and Min (2005), which adds half a pair of each
    kind.

    Parameters
    ----------
    first, second
        The groups.
    event
        Whether it has happened to a run.
    """
    seeds = sorted(first.seeds.keys() & second.seeds.keys())
    pairs = [(event(first.seeds[seed]), event(second.seeds[seed])) for seed in seeds]
    gained, lost = pairs.count((False, True)), pairs.count((True, False))
    n, discordant = len(pairs), gained + lost
    tail = sum(math.comb(discordant, k) for k in range(min(gained, lost) + 1)) / 2.0**discordant
    wide, up, down = n + 2.0, gained + 0.5, lost + 0.5
    middle = (up - down) / wide
    half = NormalDist().inv_cdf((1.0 + CONFIDENCE) / 2.0) * math.sqrt(up + down - (up - down) ** 2 / wide) / wide
    said = f"{lost} seeds with the first only, {gained} with the second only"
    ends = max(-100.0, 100.0 * (middle - half)), min(100.0, 100.0 * (middle + half))
    return Effect(100.0 * (gained - lost) / n, *ends, min(1.0, 2.0 * tail), n, "% of seeds", said)


def beside(cell: Cell, figure: str, expected: float, unit: str = "") -> Effect:
    """How much larger a figure of a group is than what is expected of it.

    Parameters
    ----------
    cell
        The group.
    figure
        Which figure.
    expected
        What it is expected to be (in that unit).
    unit
        Of the figure.
    """
    found = {seed: each.seconds for seed, each in outcome(cell, figure, None).items()}
    return told(compare(dict.fromkeys(found, expected), found), unit, "")


def staler(cell: Cell, versions: float) -> Effect:
    """The share of applied gradients that are more than so many versions old (%), beside none.

    Parameters
    ----------
    cell
        The group.
    versions
        How many.
    """
    shares = {}
    for seed, run in zip(sorted(cell.seeds), cell.runs, strict=True):
        counts = read_staleness(Path(run) / "staleness.csv")
        shares[seed] = 100.0 * sum(n for old, n in counts.items() if old > versions) / counts.total()
    return told(compare(dict.fromkeys(shares, 0.0), shares), "% of gradients", "")


def halves(cell: Cell, figure: str) -> Effect:
    """How much larger a figure is for the second half of the seeds of a group than for the first (A/A), no pairs.

    Parameters
    ----------
    cell
        The group, of at least two seeds.
    figure
        Which figure.
    """
    found = sorted((seed, each.seconds) for seed, each in outcome(cell, figure, None).items())
    if len(found) < 2:
        return Effect(None, None, None, None, len(found))
    return told(compare(dict(found[::2]), dict(found[1::2])), _UNITS.get(Quantity(figure).kind, ""), "")


def percent(logarithm: float) -> float:
    """How much larger a ratio of this logarithm is than 1 (%)."""
    return 100.0 * math.expm1(logarithm)


def _compared(
    first: Cell, second: Cell, figure: str, unit: str, scale: Callable[[float], float], back: Callable[[float], float]
) -> Effect:
    waited = [outcome(cell, figure, None) for cell in (first, second)]
    lost = [len(cell.seeds) - len(group) for cell, group in zip((first, second), waited, strict=True)]
    fewest = min(map(len, waited))
    if any(lost):  # a mean of those that are left would flatter
        return Effect(None, None, None, None, fewest, unit, _said("without such a figure", lost))
    bound = horizon(*(group.values() for group in waited))
    cut = [cut_off(group) for group in waited]
    said = _said("cut off", cut) if any(cut) else ""
    groups = [{seed: restricted(each, bound) for seed, each in group.items()} for group in waited]
    if any(cut) and all(value == bound for group in groups for value in group.values()):
        return Effect(None, None, None, None, fewest, unit, said)
    scaled = [{seed: scale(value) for seed, value in group.items()} for group in groups]
    return told(compare(*scaled), unit, said, back)


def _said(what: str, counts: Sequence[int]) -> str:
    return f"{what}: {counts[0]} seeds of the first, {counts[1]} of the second"


def told(found: Difference, unit: str, said: str = "", back: Callable[[float], float] = lambda value: value) -> Effect:
    """What a comparison tells.

    Parameters
    ----------
    found
        The comparison.
    unit
        Of the effect.
    said
        What has to be said of the runs.
    back
        Makes the unit of what was compared; see `percent`.
    """
    low, high = (None if end is None else back(end) for end in (found.low, found.high))
    return Effect(back(found.effect), low, high, found.p, found.n, unit, said)
