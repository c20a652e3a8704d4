"""Samples to a target against the global batch: E0 (1 + B / Bc), learned from a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.evidence.range import TENTH, Range, lognormal

#: What is believed of the critical batch before a table is seen: its median, as a multiple of the smallest batch that
#: anybody trains with, and the standard deviation of its logarithm.
CRITICAL, SPREAD = 20.0, 1.2
#: What is not the law, as a standard deviation of logarithms: other optimisers and schedules of other batches, alike
#: within a factor of REACH; that of one series of runs; that between runs, and between their medians.
SHAPE, SERIES, RUNS, MEDIANS = 0.08, 0.04, 0.05, 0.02
REACH = 2.0
#: Degrees of freedom of Student's distribution, which entries of a table have: now and then somebody ran badly.
FREEDOM = 4.0
#: Beyond the largest batch of a table, an interval of 80 % has at least this half width (ratio): half of what has been
#: seen to go wrong where another optimiser takes over.
BEYOND = 0.25
_NODES = np.linspace(-3.5, 3.5, 71)
_PASSES = 4

Floats = NDArray[np.float64]


class Entry(NamedTuple):
    """A line of a table.

    Attributes
    ----------
    batch
        Global batch (samples).
    samples
        Samples to the target, all runs in the middle (samples).
    results
        How many results are behind it, >= 1.
    """

    batch: float
    samples: float
    results: int = 1


class Expected(NamedTuple):
    """Samples to the target, as a logarithm.

    Attributes
    ----------
    mean
        Of the logarithm (no unit).
    variance
        Of the logarithm (no unit).
    """

    mean: float
    variance: float

    @property
    def range(self) -> Range:
        """Of 80 % of what is possible (samples)."""
        return lognormal(self.mean, self.variance)


class BatchLaw:
    """What a table says of samples to a target, and what is left open.

    A step of B samples makes the progress of a fraction 1 / (1 + Bc / B) of the best step there is, so that a target
    takes ``E0 (1 + B / Bc)`` samples [1]_. E0 may be anything; log Bc is normal before the table is seen, and is
    integrated over. What the law leaves out is a Gaussian process over the logarithm of the batch.

    Parameters
    ----------
    table
        Entries, in any order; none: all is left to what is believed before.
    smallest
        The smallest batch that anybody trains with (samples), which `CRITICAL` is a multiple of; None: of the table.

    Raises
    ------
    ValueError
        If there is neither a table nor a smallest batch.

    References
    ----------
    .. [1] S. McCandlish, J. Kaplan, D. Amodei and the OpenAI Dota team, "An empirical model of large-batch training",
       arXiv:1812.06162, 2018, equation 2.11.

    Examples
    --------
    >>> law = BatchLaw([Entry(b, 1e6 * (1 + b / 4096), 99) for b in (256, 1024, 4096, 16384)])
    >>> 3600 < law.critical.middle < 4600
    True
    >>> 1.9e6 < law.expected(4096).range.middle < 2.1e6
    True
    """

    def __init__(self, table: Sequence[Entry], smallest: float | None = None) -> None:
        if smallest is None:
            if not table:
                raise ValueError("a law needs a table, or the smallest batch that anybody trains with; give one")
            smallest = min(entry.batch for entry in table)
        self.largest = max((entry.batch for entry in table), default=0.0)
        self._batch = np.array([entry.batch for entry in table], np.float64)
        self._logarithm = np.log([entry.samples for entry in table]) if table else np.empty(0)
        self._noise = np.array([RUNS**2 / entry.results + MEDIANS**2 for entry in table], np.float64)
        self._critical = np.exp(np.log(CRITICAL * smallest) + SPREAD * _NODES)

    @property
    def critical(self) -> Range:
        """Of 80 % of what is possible, the critical batch Bc (samples)."""
        probable = _Posterior(self._critical, self._batch, self._logarithm, self._noise).probable
        at = np.interp((0.1, 0.5, 0.9), np.cumsum(probable) - probable / 2.0, np.log(self._critical))
        return Range(*np.exp(at).tolist())

    def expected(self, batch: float, own: Entry | None = None) -> Expected:
        """Samples to the target.

        Parameters
        ----------
        batch
            Global batch (samples).
        own
            A result with another batch on the same machines, by the same people; None: there is none.
        """
        batches, logarithm, noise = self._batch, self._logarithm, self._noise
        if own is not None:
            batches = np.append(batches, own.batch)
            logarithm = np.append(logarithm, np.log(own.samples))
            noise = np.append(noise, RUNS**2 / own.results + MEDIANS**2 + SERIES**2)
        alike = SHAPE**2 * _alike(np.array([batch]), batches)[0]
        if own is not None:
            alike[-1] += SERIES**2
        open_ = SHAPE**2 + SERIES**2 + RUNS**2
        if not len(batches):
            raise ValueError("neither a table nor a result of one's own: nothing says how many samples it takes")
        posterior = _Posterior(self._critical, batches, logarithm, noise)
        found = posterior.at(batch, alike, open_)
        if 0.0 < self.largest < batch:
            beyond = np.log1p(BEYOND) / TENTH
            return Expected(found.mean, max(found.variance, beyond**2))
        return found


class _Posterior:
    """The law after some entries: on a grid of critical batches, each with its own E0."""

    def __init__(self, critical: Floats, batches: Floats, logarithm: Floats, noise: Floats) -> None:
        self._critical = critical
        believed = -0.5 * _NODES**2
        self.probable = np.exp(believed) / np.exp(believed).sum()
        if not len(batches):
            return
        self._law = np.log1p(batches / critical[:, None])
        together = SHAPE**2 * _alike(batches, batches)
        ones, weight = np.ones(len(batches)), np.ones(len(batches))
        for _ in range(_PASSES):
            self._inverse = np.linalg.inv(together + np.diag(noise / weight))
            self._sum = float(ones @ self._inverse @ ones)
            without = logarithm - self._law
            self._e0 = (without @ self._inverse @ ones) / self._sum
            self._off = without - self._e0[:, None]
            density = believed - 0.5 * np.einsum("gi,ij,gj->g", self._off, self._inverse, self._off)
            self.probable = np.exp(density - density.max())
            self.probable /= self.probable.sum()
            # Student's distribution as a normal one whose entries have weights (Lange, Little and Taylor 1989)
            left = (noise / weight) * (self._inverse @ (self.probable @ self._off))
            weight = (FREEDOM + 1.0) / (FREEDOM + left**2 / noise)

    def at(self, batch: float, alike: Floats, open_: float) -> Expected:
        """Samples at a batch, whose part beyond the law is so much like that of each entry, and open by so much."""
        share = self._inverse @ alike
        means = np.log1p(batch / self._critical) + self._e0 + self._off @ share
        mean = float(self.probable @ means)
        spread = float(self.probable @ (means - mean) ** 2)
        left = open_ - float(share @ alike) + (1.0 - float(share.sum())) ** 2 / self._sum
        return Expected(mean, spread + left)


def _alike(some: Floats, others: Floats) -> Floats:
    apart = np.subtract.outer(np.log(some), np.log(others)) / np.log(REACH)
    alike: Floats = np.exp(-0.5 * apart**2)
    return alike
