"""Stragglers of several causes at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from sim.stragglers import BLOCK, MOST, StragglerLaw
from sim.stragglers.arta import exponentials, lognormal_phi, normal_scores, pareto, pareto_phi
from sim.streams import stream
from topologies.field_error import FieldError
from topologies.ranges import check, check_share

#: Exponent of a tail that nobody states.
USUAL_SHAPE = 2.5


class Tail(StrEnum):
    """How what belongs to neither worker nor step is distributed."""

    lognormal = "lognormal"
    pareto = "pareto"


@dataclass
class Mixed(StragglerLaw):
    """Slow workers, slow moments and slow gradients at once, each with its share of the variance, mean 1.

    The k-th gradient of worker r takes W[r] + S[k] + X[k, r] times the mean compute time, three independent positive
    parts: W is drawn once for each worker, S is the same for all workers at their k-th gradient, and X is each
    gradient's own. The variance of a part is its share of cv^2, so that the shares are those of a two-way analysis of
    variance (`sim.stragglers.shares`, which `straggler=trace` prints of a file). The mean of a part is
    share^(1/2) / (the sum of all three share^(1/2)): all parts have the same relative spread, and a part that has the
    whole variance is all there is. W and S are log-normal, X is as `tail` says.

    What changes from step to step, S and X, follows an autoregressive sequence of normal scores (AR(1)) whose
    distribution is turned into that of the part (ARTA; Cario and Nelson 1996), with scores so correlated that the parts
    themselves have exactly the lag-1 correlation asked for, from the first gradient on. So `correlation` is that of a
    worker's successive gradients about the worker's own mean, whatever the shares.

    Workers that are known have `means` in place of a W: the k-th gradient of worker r takes its mean times
    S[k] + X[k, r], and `cv` is about its own mean. So a law fitted to a trace (`sim.stragglers.fitted`) knows that one
    worker of four is slow, which four draws of W rarely are.

    Shares and correlation are by default about those of a job of 10 workers on a shared cluster (Alibaba PAI,
    cluster-trace-gpu-v2020), whose cv is 0.08; the default cv is assumed.

    Parameters
    ----------
    cv
        Coefficient of variation of all gradients of all workers (no unit), 0 to 100: standard deviation / mean.
    worker_share
        Share of the variance that belongs to the worker (0 to 1): who is slow stays slow.
    step_share
        Share of the variance that belongs to the step (0 to 1): a slow moment is slow for all. The shares of worker and
        step add up to at most 1; what is left is each gradient's own.
    correlation
        Correlation of a worker's gradient with its next one, about its own mean (0 to below 1); 0: independent.
    tail
        Distribution of what is each gradient's own: lognormal or pareto.
    shape
        Exponent of the tail with pareto (no unit), > 2; None: 2.5. The share that takes longer than t falls as
        t^-shape.
    means
        How long each worker takes on average, by rank, in any unit: over their mean they are factors of the compute
        time, each > 0. Empty: workers are drawn, as `worker_share` says, which is 0 otherwise.
    """

    cv: float = 0.3
    worker_share: float = 0.3
    step_share: float = 0.2
    correlation: float = 0.7
    tail: Tail = Tail.lognormal
    shape: float | None = None
    means: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        check("cv", self.cv, at_least=0.0, at_most=100.0)
        check("worker_share", self.worker_share, at_least=0.0, at_most=1.0)
        check("step_share", self.step_share, at_least=0.0, at_most=1.0)
        check_share("correlation", self.correlation)
        if self.worker_share + self.step_share > 1.0 + 1e-12:  # 0.9 + 0.1 may be rounded up
            raise FieldError(
                "step_share",
                f"{self.step_share} and straggler.worker_share={self.worker_share} are more than the whole variance; "
                "give shares that add up to at most 1",
            )
        for mean in self.means:
            check("means", mean, "give the mean of each worker", above=0.0, at_most=MOST)
        if self.means and self.worker_share > 0.0:
            raise FieldError(
                "worker_share", f"is of workers that are drawn, got {self.worker_share} beside means; give 0"
            )
        if self.tail == Tail.pareto:
            self._check_pareto()
        elif self.shape is not None:
            raise FieldError("shape", f"is of straggler.tail=pareto, got {self.shape} with {self.tail}; give null")

    def _check_pareto(self) -> None:
        check("shape", self.shape, "a tail of 2 or less has no variance to have a share of", above=2.0)
        # 1 + b (P - 1) of a Pareto law P of mean 1 is positive for b below shape, and has the cv b (a (a - 2))^(-1/2).
        most, spread = math.sqrt(self._shape / (self._shape - 2.0)), self._spread
        if self._rest_share > 0.0 and not spread < most:
            raise FieldError(
                "cv",
                f"each part would have a cv of {spread:.3g} by itself, with straggler.cv={self.cv}, and positive times "
                f"whose tail is pareto with shape {self._shape:g} have one below {most:.3g}; give a smaller cv, a "
                "smaller shape, or straggler.tail=lognormal",
            )

    def check_workers(self, workers: int) -> None:
        if self.means and len(self.means) != workers:
            raise FieldError("means", f"are of {len(self.means)} workers, got workers={workers}; give one for each")

    def mean(self, rank: int) -> float:
        return self.means[rank] / (sum(self.means) / len(self.means)) if self.means else 1.0

    @property
    def _shape(self) -> float:
        return USUAL_SHAPE if self.shape is None else self.shape

    @property
    def _rest_share(self) -> float:
        rest = 1.0 - self.worker_share - self.step_share
        return rest if rest > 1e-12 else 0.0  # 1 - 0.9 - 0.1 is not 0

    @property
    def _roots(self) -> tuple[float, float, float]:
        worker, step, rest = map(math.sqrt, (self.worker_share, self.step_share, self._rest_share))
        return worker, step, rest

    @property
    def _spread(self) -> float:
        """Coefficient of variation of each part: (share cv^2)^(1/2) over its mean."""
        return self.cv * sum(self._roots)

    def of_workers(self, workers: int, seed: int) -> list[Iterator[float]]:
        if self._spread**2 == 0.0:
            return [repeat(self.mean(rank)) for rank in range(workers)]
        return [self._of_worker(rank, seed) for rank in range(workers)]

    def _of_worker(self, rank: int, seed: int) -> Iterator[float]:
        whose, when, rest = (root / sum(self._roots) for root in self._roots)
        own = stream(seed, "compute", rank)
        worker, mean = whose * self._lognormal(own.standard_normal(1)), self.mean(rank)
        # Every worker has a generator of its own with the same draws: all meet the same steps, in any order.
        steps = normal_scores(stream(seed, "straggler step"), self._lognormal_phi, BLOCK)
        if self.tail == Tail.lognormal:
            turned, phi = self._lognormal, self._lognormal_phi
        else:
            turned, phi = self._pareto, pareto_phi(self._shape, self.correlation)
        for common, each in zip(steps, normal_scores(own, phi, BLOCK), strict=False):  # neither ends
            yield from ((worker + when * self._lognormal(common) + rest * turned(each)) * mean).tolist()

    @property
    def _lognormal_phi(self) -> float:
        return lognormal_phi(self._spread, self.correlation)

    def _lognormal(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        # E exp(s Z - s^2 / 2) = 1 and cv^2 = exp(s^2) - 1.
        variance = math.log1p(self._spread**2)
        return exponentials(math.sqrt(variance) * scores - variance / 2)

    def _pareto(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        shape = self._shape
        return 1.0 + self._spread * math.sqrt(shape * (shape - 2.0)) * (pareto(scores, shape) - 1.0)
