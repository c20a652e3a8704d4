"""How much of linear scaling is kept on more devices, learned from published series of runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: What a law is made of, each with the median that is believed of it before anything is seen: standard deviations of
#: the logarithm of a rate for a factor e of devices (all benchmarks alike, and each apart), of batch per device, of
#: what bends with the length of a step, or with both in one benchmark, and lengths over which that bends (logarithms).
BELIEVED = {
    "devices": 0.1,
    "batch": 0.2,
    "step": 0.3,
    "step_over_devices": 4.0,
    "step_over_seconds": 3.0,
    "apart_devices": 0.05,
    "apart_batch": 0.1,
    "apart": 0.25,
    "apart_over_devices": 4.0,
    "apart_over_batch": 1.5,
    "series": 0.07,
    "noise": 0.06,
}
#: How well each is known: the standard deviation of its logarithm.
SPREAD = 0.7
_JITTER = 1e-9


class Size(NamedTuple):
    """A run of one benchmark.

    Attributes
    ----------
    devices
        How many have trained together, >= 1.
    batch
        Of one of them (samples), which is a fraction where several share a sample.
    seconds
        Of a step, if computing takes as long a sample as in the smallest run of the series (s).
    """

    devices: float
    batch: float
    seconds: float


class Pair(NamedTuple):
    """A run beside the smallest of its series.

    Attributes
    ----------
    benchmark
        What has been trained.
    series
        Number of the series.
    small, large
        The two runs.
    kept
        Throughput of the large run per device as a share of the small one's (ratio); NaN: it is asked for.
    """

    benchmark: str
    series: int
    small: Size
    large: Size
    kept: float


class Kept(NamedTuple):
    """What a law says of a pair, as a logarithm.

    Attributes
    ----------
    mean, variance
        Of the logarithm of the share that is kept (no unit).
    """

    mean: float
    variance: float


class ScalingLaw:
    """A Gaussian process over runs: of the logarithm of throughput per device.

    Where it is not published how devices share a model and what they send, no closed form says what a larger run
    loses. What is known is how it has gone elsewhere: the loss grows with the number of devices and with small batches
    per device, and with how short a step is (what a step waits for takes its time, whatever it computes); in each
    benchmark in a way of its own. A pair is a difference of the process at two runs, so that a series begins at 1.
    Without anything learned, scaling is linear. See Rasmussen and Williams, "Gaussian processes for machine learning"
    (2006), sections 2.2, 2.7 and 5.4.

    Parameters
    ----------
    pairs
        What has been published; none: nothing.
    """

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self._pairs = list(pairs)
        self.scales = dict(BELIEVED)
        if not pairs:
            return
        self._kept = np.log([pair.kept for pair in pairs])
        covariance = _Covariance(self._pairs, self._pairs)
        if len(pairs) > 1:
            self.scales = self._most_probable(covariance)
        together = covariance(self.scales) + (self.scales["noise"] ** 2 + _JITTER) * np.eye(len(pairs))
        self._inverse = np.linalg.inv(together)

    def kept(self, pair: Pair) -> Kept:
        """The share of the small run's throughput per device that the large one keeps.

        Parameters
        ----------
        pair
            The two runs.
        """
        open_ = float(_Covariance([pair], [pair])(self.scales)[0, 0]) + self.scales["noise"] ** 2
        if not self._pairs:
            return Kept(0.0, open_)
        alike = _Covariance([pair], self._pairs)(self.scales)[0]
        share = self._inverse @ alike
        return Kept(float(share @ self._kept), open_ - float(share @ alike))

    def _most_probable(self, covariance: _Covariance) -> dict[str, float]:
        believed = np.log([*BELIEVED.values()])

        def cost(logarithms: Floats) -> float:
            scales = dict(zip(BELIEVED, np.exp(logarithms).tolist(), strict=True))
            together = covariance(scales) + (scales["noise"] ** 2 + _JITTER) * np.eye(len(self._pairs))
            root = np.linalg.cholesky(together)
            white = np.linalg.solve(root, self._kept)
            unlikely = 0.5 * float(white @ white) + float(np.log(root.diagonal()).sum())
            return unlikely + 0.5 * float((((logarithms - believed) / SPREAD) ** 2).sum())

        found = minimize(cost, believed, method="L-BFGS-B", options={"maxiter": 20})
        return dict(zip(BELIEVED, np.exp(found.x).tolist(), strict=True))


class _Covariance:
    """Of two lists of pairs: what does not depend on the scales is worked out once."""

    def __init__(self, some: Sequence[Pair], others: Sequence[Pair]) -> None:
        ends = [(_sizes(some, end), _sizes(others, other)) for end in (1, 0) for other in (1, 0)]
        self._products = [(np.outer(a[:, 0], b[:, 0]), np.outer(a[:, 1], b[:, 1])) for a, b in ends]
        self._apart = [tuple(np.subtract.outer(a[:, axis], b[:, axis]) ** 2 for axis in range(3)) for a, b in ends]
        self._benchmark = _equal([pair.benchmark for pair in some], [pair.benchmark for pair in others])
        self._series = _equal([pair.series for pair in some], [pair.series for pair in others])

    def __call__(self, scales: dict[str, float]) -> Floats:
        """Covariance of the logarithms (shape (some, others)).

        Parameters
        ----------
        scales
            By the names of `BELIEVED`.
        """
        large, across, back, small = (self._at(end, scales) for end in range(4))
        together: Floats = large - across - back + small + self._series * scales["series"] ** 2
        return together

    def _at(self, end: int, scales: dict[str, float]) -> Floats:
        (devices, batch), (devices_apart, batch_apart, seconds_apart) = self._products[end], self._apart[end]
        bends = scales["step"] ** 2 * _bell(
            (devices_apart, scales["step_over_devices"]), (seconds_apart, scales["step_over_seconds"])
        )
        apart = scales["apart"] ** 2 * _bell(
            (devices_apart, scales["apart_over_devices"]), (batch_apart, scales["apart_over_batch"])
        )
        own = scales["apart_devices"] ** 2 * devices + scales["apart_batch"] ** 2 * batch + apart
        every = scales["devices"] ** 2 * devices + scales["batch"] ** 2 * batch + bends
        found: Floats = every + self._benchmark * own
        return found


def _bell(*squares: tuple[Floats, float]) -> Floats:
    exponent: Floats = sum(square / length**2 for square, length in squares)  # type: ignore[assignment]
    return np.asarray(np.exp(-0.5 * exponent), np.float64)


def _sizes(pairs: Sequence[Pair], end: int) -> Floats:
    """The small or the large runs as logarithms, of their devices over those of a machine (shape (pairs, 3))."""
    sizes = [pair.large if end else pair.small for pair in pairs]
    return np.log([(size.devices / 8.0, size.batch, size.seconds) for size in sizes])


def _equal(some: Sequence[object], others: Sequence[object]) -> Flags:
    return np.array([[a == b for b in others] for a in some], np.bool_)
