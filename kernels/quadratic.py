"""A quadratic bowl with Gaussian gradient noise, the problem whose learning curves are known in closed form.

f(x) = h / 2 |x|^2, and a mini-batch of b samples gives the gradient h x + s N(0, I) / sqrt(b). `settings` = [h, s].
There are no data: of the mini-batch only its size counts.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from kernels.contract import EVALUATE, GRADIENT
from kernels.hashing import mix
from kernels.jit import kernel
from kernels.normal import normals

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]


def parameters(layout: npt.ArrayLike) -> int:
    """Number of parameters: `layout` = [dimensions].

    Raises
    ------
    ValueError
        If `layout` is anything but one positive number.
    """
    widths = [int(width) for width in np.asarray(layout).ravel()]
    if len(widths) != 1 or widths[0] < 1:
        raise ValueError(f"layout: needs one positive number of dimensions, got {widths}; give for example [10]")
    return widths[0]


def scratch_size(layout: npt.ArrayLike, batch: int) -> int:
    """Elements of scratch that the kernels need: none."""
    return 0


@kernel(GRADIENT["float64"])
def gradient(
    x: Float64,
    out: Float64,
    index: Int64,
    key: np.uint64,
    inputs: Float64,
    targets: Float64,
    layout: Int64,
    settings: Float64,
    scratch: Float64,
    ahead: Float64,
) -> None:
    """Noisy gradient of a mini-batch (the gradient contract of `kernels.contract`).

    Parameters
    ----------
    x : float64 [>= d]
        Parameters, d = layout[0].
    out : float64 [>= d]
        Receives the gradient in its first d elements; the others are left alone.
    index : int64 [batch]
        Only its length counts.
    key
        Names the noise: element i of the gradient depends on (key, i, x[i], batch) and nothing else.
    inputs, targets
        Not used.
    layout : int64 [1]
        The number of dimensions.
    settings : float64 [2]
        Curvature h and noise s, the standard deviation of one sample's gradient in each dimension.
    scratch, ahead
        Not used.
    """
    size, curvature, noise = layout[0], settings[0], settings[1] / math.sqrt(index.shape[0])
    for i in range(size):
        out[i] = curvature * x[i]
    if noise != 0:
        stream = mix(key, np.uint64(0))  # neighbouring keys would otherwise share a shifted sequence
        for i in range(0, size, 2):
            even, odd = normals(stream, np.uint64(i // 2))
            out[i] += noise * even
            if i + 1 < size:
                out[i + 1] += noise * odd


@kernel(EVALUATE["float64"])
def evaluate(
    x: Float64,
    inputs: Float64,
    targets: Float64,
    layout: Int64,
    settings: Float64,
    scratch: Float64,
    measures: Float64,
) -> None:
    """The loss h / 2 |x|^2.

    Parameters
    ----------
    x, inputs, targets, layout, settings, scratch
        As in `gradient`.
    measures : float64 [2]
        Receives the loss, and nan: nothing is classified.
    """
    total = 0.0
    for i in range(layout[0]):
        total += x[i] * x[i]
    measures[0] = settings[0] / 2 * total
    measures[1] = math.nan
