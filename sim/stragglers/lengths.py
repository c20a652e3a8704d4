"""Stragglers because sequences are not equally long."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.stragglers import BLOCK, StragglerLaw
from topologies.field_error import FieldError
from topologies.ranges import check

#: Sequences that are drawn at once, if a gradient has no more: their memory is 8 B each.
AT_ONCE = 2**16


@dataclass
class Lengths(StragglerLaw):
    """Compute times follow the tokens of a mini-batch, whose sequences have a long tail of lengths; mean 1.

    The lengths L of sequences are independent and log-normal, those above `longest` left out, and a gradient takes the
    mean over its sequences of (1 - q) L / E L + q L^2 / E L^2, with q = `quadratic_share`: what is linear in the tokens
    (matrix products) and what is quadratic (attention). Its moments are closed forms, because
    E L^n = median^n exp(n^2 s^2 / 2) Phi(b - n s) / Phi(b), where s^2 = log(1 + cv^2), b = log(longest / median) / s
    and Phi is the normal distribution; the variance of a gradient is that of one sequence over `samples`. Lengths are
    not rounded to tokens, and nobody pads them.

    That such lengths make stragglers is measured (Lin et al. 2025, Understanding Stragglers in Large Model Training
    Using What-if Analysis); the default numbers are assumed.

    Parameters
    ----------
    median
        Median length of all sequences, those left out included (tokens), > 0.
    cv
        Coefficient of variation of all lengths, those left out included (no unit), 0 to 100: standard deviation / mean.
    longest
        Longest sequence that is computed (tokens), at least the median.
    quadratic_share
        Share of the mean compute time that is quadratic in the length (0 to 1).
    samples
        Sequences of a gradient, 1 to 1 000 000; None: as many as it has samples in the run.
    """

    median: float = 1000.0
    cv: float = 1.5
    longest: float = 32768.0
    quadratic_share: float = 0.1
    samples: int | None = None

    def __post_init__(self) -> None:
        check("median", self.median, above=0.0)
        check("cv", self.cv, at_least=0.0, at_most=100.0)
        check("quadratic_share", self.quadratic_share, at_least=0.0, at_most=1.0)
        check("samples", self.samples, "give the sequences of a gradient", at_least=1, at_most=1_000_000)
        if not self.median <= self.longest < math.inf:
            raise FieldError(
                "longest",
                f"must be at least straggler.median={self.median:g} and finite, got {self.longest:g}; give more tokens",
            )

    def for_samples(self, samples: int) -> Lengths:
        return replace(self, samples=samples) if self.samples is None else self

    def multipliers(self, rank: int, generator: np.random.Generator) -> Iterator[float]:
        samples = self.samples or 1  # of a law that no run has said anything to
        block = min(BLOCK, max(1, AT_ONCE // samples))
        while True:
            yield from self._costs(generator, block * samples).reshape(block, samples).mean(axis=1).tolist()

    @property
    def _sigma(self) -> float:
        """Standard deviation of the logarithm of a length, those left out included."""
        return math.sqrt(math.log1p(self.cv**2))

    @property
    def _bound(self) -> float:
        """The normal score of the longest."""
        return math.log(self.longest / self.median) / self._sigma if self._sigma > 0.0 else math.inf

    def _costs(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """What so many sequences cost, over their mean."""
        lengths = generator.lognormal(0.0, self._sigma, count)  # over the median
        while (beyond := np.flatnonzero(lengths > self.longest / self.median)).size:  # at most about one half
            lengths[beyond] = generator.lognormal(0.0, self._sigma, beyond.size)
        linear, quadratic = (1.0 - self.quadratic_share) / self._mean(1), self.quadratic_share / self._mean(2)
        return lengths * (linear + quadratic * lengths)

    def _mean(self, power: int) -> float:
        """E (L / median)^power; in logarithms, because the share of the longest may be next to nothing."""
        from scipy.special import log_ndtr

        shift, bound = power * self._sigma, self._bound
        return math.exp(shift**2 / 2 + float(log_ndtr(bound - shift) - log_ndtr(bound)))
