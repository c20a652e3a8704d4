"""How much of linear scaling is kept on more devices, learned from published series of runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky
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

        def cost(logarithms: Floats) -> tuple[float, Floats]:
            """Minus the logarithm of the density, up to a constant, and its derivatives (section 5.4.1)."""
            scales = dict(zip(BELIEVED, np.exp(logarithms).tolist(), strict=True))
            noise = scales["noise"] ** 2 * np.eye(len(self._pairs))
            root = cholesky(covariance(scales) + noise + _JITTER * np.eye(len(noise)), lower=True)
            inverse = cho_solve((root, True), np.eye(len(noise)))
            white = inverse @ self._kept
            unlikely = 0.5 * float(white @ self._kept) + float(np.log(root.diagonal()).sum())
            pull = inverse - np.outer(white, white)
            slopes = {**covariance.slopes(scales), "noise": 2.0 * noise}
            off = (logarithms - believed) / SPREAD
            steep = np.array([0.5 * float((pull * slopes[name]).sum()) for name in BELIEVED]) + off / SPREAD
            return unlikely + 0.5 * float(off @ off), steep

        found = minimize(cost, believed, jac=True, method="L-BFGS-B", options={"maxiter": 30})
        return dict(zip(BELIEVED, np.exp(found.x).tolist(), strict=True))


class _Covariance:
    """Of two lists of pairs: what does not depend on the scales is worked out once.

    A pair is the large run less the small one, so that each part is that of both large runs, less that of a large one
    and a small one, either way, and that of both small ones.
    """

    def __init__(self, some: Sequence[Pair], others: Sequence[Pair]) -> None:
        ends = [(_sizes(some, end), _sizes(others, other)) for end in (1, 0) for other in (1, 0)]
        self._devices, self._batch = (_signed(np.outer(a[:, axis], b[:, axis]) for a, b in ends) for axis in (0, 1))
        self._apart = [[np.subtract.outer(a[:, axis], b[:, axis]) ** 2 for axis in range(3)] for a, b in ends]
        self._benchmark = _equal([pair.benchmark for pair in some], [pair.benchmark for pair in others])
        self._series = _equal([pair.series for pair in some], [pair.series for pair in others])

    def __call__(self, scales: dict[str, float]) -> Floats:
        """Covariance of the logarithms (shape (some, others)).

        Parameters
        ----------
        scales
            By the names of `BELIEVED`.
        """
        together: Floats = np.sum([part for part, _ in self._parts(scales).values()], axis=0)
        return together

    def slopes(self, scales: dict[str, float]) -> dict[str, Floats]:
        """Its derivatives by the logarithms of the scales, by their names (each shape (some, others)).

        Parameters
        ----------
        scales
            By the names of `BELIEVED`.
        """
        parts = self._parts(scales)
        return {name: 2.0 * part for name, (part, _) in parts.items()} | {
            length: bent for _, bends in parts.values() for length, bent in bends.items()
        }

    def _parts(self, scales: dict[str, float]) -> dict[str, tuple[Floats, dict[str, Floats]]]:
        """By the scale of each part: the part, and its derivatives by the logarithms of its lengths."""
        own = self._benchmark
        step = self._bell(scales, "step", {"step_over_devices": 0, "step_over_seconds": 2}, 1.0)
        apart = self._bell(scales, "apart", {"apart_over_devices": 0, "apart_over_batch": 1}, own)
        return {
            "devices": (scales["devices"] ** 2 * self._devices, {}),
            "batch": (scales["batch"] ** 2 * self._batch, {}),
            "step": step,
            "apart_devices": (scales["apart_devices"] ** 2 * self._devices * own, {}),
            "apart_batch": (scales["apart_batch"] ** 2 * self._batch * own, {}),
            "apart": apart,
            "series": (scales["series"] ** 2 * self._series.astype(np.float64), {}),
        }

    def _bell(
        self, scales: dict[str, float], name: str, lengths: dict[str, int], where: Flags | float
    ) -> tuple[Floats, dict[str, Floats]]:
        """A part that bends over some axes, each with a length."""
        squares = [[end[axis] / scales[length] ** 2 for length, axis in lengths.items()] for end in self._apart]
        bells = [scales[name] ** 2 * np.exp(-0.5 * sum(some)) * where for some in squares]
        bent = {
            length: _signed(bell * some[at] for bell, some in zip(bells, squares, strict=True))
            for at, length in enumerate(lengths)
        }
        return _signed(bells), bent


def _signed(ends: Iterable[Floats]) -> Floats:
    large, across, back, small = ends
    return large - across - back + small


def _sizes(pairs: Sequence[Pair], end: int) -> Floats:
    """The small or the large runs as logarithms, of their devices over those of a machine (shape (pairs, 3))."""
    sizes = [pair.large if end else pair.small for pair in pairs]
    return np.log([(size.devices / 8.0, size.batch, size.seconds) for size in sizes])


def _equal(some: Sequence[object], others: Sequence[object]) -> Flags:
    return np.array([[a == b for b in others] for a in some], np.bool_)
