"""What a protocol costs in samples: those it takes to a target over those of synchronous SGD."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sim.evidence.censored import Waited
from sim.evidence.interval import half_width

#: How often the intervals here hold the mean.
CONFIDENCE = 0.8


class Penalty(NamedTuple):
    """A ratio of samples to a target, as the geometric mean over seeds.

    Attributes
    ----------
    ratio
        Of a protocol over synchronous SGD (ratio); a lower bound where not all seeds got there, infinite where one has
        diverged.
    low80, high80
        Its 80 % interval over seeds (ratio); None where there is none: of one seed, and above where not all got there.
    seeds
        How many seeds there are.
    reached
        How many of these got to the target with the protocol.
    """

    ratio: float
    low80: float | None
    high80: float | None
    seeds: int
    reached: int


def penalty_of(reference: Mapping[int, Waited], other: Mapping[int, Waited]) -> Penalty:
    """The penalty, seed by seed: both have met the same mini-batches and the same start.

    Parameters
    ----------
    reference
        Samples to the target of synchronous SGD, > 0, by seed.
    other
        Those of the protocol on the same seeds.

    Raises
    ------
    ValueError
        If a seed is missing, or synchronous SGD did not get there.

    Examples
    --------
    >>> penalty_of({0: Waited(100.0, True), 1: Waited(50.0, True)}, {0: Waited(200.0, True), 1: Waited(100.0, True)})
    Penalty(ratio=2.0, low80=2.0, high80=2.0, seeds=2, reached=2)
    """
    if reference.keys() != other.keys():
        raise ValueError("seeds: a penalty is of the same seeds; race both on these")
    if not all(each.reached for each in reference.values()):
        raise ValueError("reference: has not reached the target on all seeds; lower the target, or allow more epochs")
    logarithms = [math.log(other[seed].seconds / each.seconds) for seed, each in reference.items()]
    return _penalty(
        math.fsum(logarithms) / len(logarithms),
        half_width(statistics.stdev(logarithms), len(logarithms), CONFIDENCE) if _scatters(logarithms) else None,
        [*other.values()],
    )


def against_itself(raced: Mapping[int, Waited]) -> Penalty | None:
    """A protocol against itself, every other seed over those between (A/A): the noise of a penalty without pairs.

    Parameters
    ----------
    raced
        Samples to the target, by seed.

    Returns
    -------
    Penalty or None
        None of fewer than four seeds, a number that says nothing, or where not all got there.
    """
    if len(raced) < 4 or not all(each.reached for each in raced.values()):
        return None
    ordered = [math.log(raced[seed].seconds) for seed in sorted(raced)]
    first, second = ordered[::2], ordered[1::2]
    mean = statistics.fmean(second) - statistics.fmean(first)
    # Both halves are of one kind, and scatter alike: one variance, of all but two of the seeds.
    left = len(ordered) - 2
    squares = sum((len(half) - 1) * statistics.variance(half) for half in (first, second))
    spread = math.sqrt(squares / left * (1.0 / len(first) + 1.0 / len(second)))
    return _penalty(mean, half_width(spread * math.sqrt(left + 1), left + 1, CONFIDENCE), [*raced.values()])


def _scatters(logarithms: Sequence[float]) -> bool:
    return len(logarithms) > 1 and all(map(math.isfinite, logarithms))


def _penalty(mean: float, half: float | None, raced: Sequence[Waited]) -> Penalty:
    reached = sum(each.reached for each in raced)
    low = None if half is None else math.exp(mean - half)
    high = None if half is None or reached < len(raced) else math.exp(mean + half)
    return Penalty(math.exp(mean), low, high, len(raced), reached)
