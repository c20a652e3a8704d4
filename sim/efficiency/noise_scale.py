"""The gradient noise scale: how many samples make a gradient of which half is noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

#: The noise of a single evaluation scatters; it changes so slowly that it is averaged over so many on either side.
BESIDE = 2


class Scatter(NamedTuple):
    """What has been measured of gradients at one point of a run.

    Attributes
    ----------
    updates
        Updates at that point, of which the last was made with these gradients, >= 1.
    squared
        Square of the full gradient's length, |G|^2 (no unit).
    noise
        Variance of one sample's gradient, tr(Sigma) (no unit).
    """

    updates: float
    squared: float
    noise: float


class Full(NamedTuple):
    """How well the full gradient is known.

    Attributes
    ----------
    measured, samples
        How many training samples it is taken on, evenly spaced, of how many; 0 both: it is exact.
    """

    measured: int = 0
    samples: int = 0

    @property
    def error(self) -> float:
        """Its variance, as a share of that of one sample's gradient (ratio)."""
        return 1.0 / self.measured - 1.0 / self.samples if self.measured else 0.0


def scatter(updates: float, squared: float, error: float, size: tuple[int, int], full: Full) -> Scatter:
    """What gradients say of their noise.

    The mean g_a of n gradients of b samples each is tr(Sigma) / (n b) from the full gradient G on average, in square,
    whether they were taken at one point or, where the gradient is linear between them, at several. What G itself is off
    by is taken from both.

    Parameters
    ----------
    updates
        As in `Scatter`.
    squared
        |G|^2 as measured (no unit).
    error
        n |g_a - G|^2 (no unit).
    size
        How many gradients there are, n, and samples of each, b.
    full
        How well G is known.

    Examples
    --------
    >>> scatter(1.0, 2.0, 0.5, (4, 8), Full())
    Scatter(updates=1.0, squared=2.0, noise=4.0)
    """
    gradients, batch = size
    noise = error / (1.0 / batch + gradients * full.error)
    return Scatter(updates, max(0.0, squared - noise * full.error), noise)


def noise_scale(run: Sequence[Scatter], batch: float, beside: int = BESIDE) -> float | None:
    """The noise scale of a whole run, for `samples = E0 (1 + B / Bc)` (samples).

    At one point it is Bn = tr(Sigma) / |G|^2, and a step of B samples makes the progress of a fraction 1 / (1 + Bn / B)
    of a step without noise. A run of T steps is therefore as far as S = sum 1 / (1 + Bn / B) steps without noise, and
    any batch gets there after sum (B + Bn) samples over these: E0 (1 + B / Bc) exactly, whatever Bn does on the way,
    where Bc is the mean of Bn over steps without noise. As Bn / (1 + Bn / B) = B (1 - 1 / (1 + Bn / B)), that is
    B (T / S - 1). The ratio of the means of tr(Sigma) and |G|^2 over a run is not: it is what Bn is at the beginning,
    where |G|^2 may be a thousand times that of the end.

    Parameters
    ----------
    run
        What has been measured, in order.
    batch
        Samples of an update, B, > 0.
    beside
        Over how many points on either side the noise is averaged, >= 0.

    Returns
    -------
    float or None
        A number of samples; None where nothing has been measured, or there is nothing but noise.

    References
    ----------
    .. [1] S. McCandlish, J. Kaplan, D. Amodei and the OpenAI Dota team, "An empirical model of large-batch training",
       arXiv:1812.06162, 2018, sections 2.2 and 2.3, appendix D.

    Examples
    --------
    >>> noise_scale([Scatter(updates, 1.0, 64.0) for updates in (1, 2, 4, 8)], 16)
    64.0
    """
    free = 0.0
    for at, each in enumerate(run):
        near = run[max(0, at - beside) : at + beside + 1]
        noise = sum(other.noise for other in near) / len(near)
        if each.squared > 0.0:
            free += _stands_for(run, at) * each.squared / (each.squared + noise / batch)
    return batch * max(0.0, run[-1].updates / free - 1.0) if free else None


def _stands_for(run: Sequence[Scatter], at: int) -> float:
    """How many of the updates are nearest to a point; gradients are those of the middle of an update."""
    here = run[at].updates
    begin = (run[at - 1].updates + here - 1.0) / 2.0 if at > 0 else 0.0
    end = (here + run[at + 1].updates - 1.0) / 2.0 if at + 1 < len(run) else here
    return end - begin
