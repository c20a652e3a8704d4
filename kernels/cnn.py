"""Convolutional networks: convolutions with ReLU and max-pooling, then dense layers, then softmax cross-entropy.

An image is rows x columns x channels. A convolution (3 x 3 or 5 x 5, stride 1) keeps the size: what its windows see
outside of the image is zero. Max-pooling halves it: the largest of each 2 x 2 square, the first of equal ones; an odd
last row or column is dropped. Hidden dense layers have a ReLU.

`layout` = [rows, columns, channels, b, then kernel, filters, pool (0 or 1) of each of the b convolutions, then the
widths of the dense layers, the last of which is the number of classes]; the function `layout` writes one. A convolution
has weights (kernel, kernel, channels, filters), row-major, and behind them in the parameter vector its biases; a dense
layer likewise, an image being read row by row, channels innermost.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import float32, int64, types, void

from kernels import convolution
from kernels.contract import EVALUATE, GRADIENT
from kernels.decay import add_decay, penalty
from kernels.gather import copy_row
from kernels.jit import kernel
from kernels.lanes import LANES
from kernels.layer import extent, fan_in, layer, layers, size, windows
from kernels.matrix import Float32, matrix, view
from kernels.patches import copy_windows
from kernels.score import add_score, mean_score
from kernels.scratch import aligned, blocks
from kernels.softmax import softmax_gradient
from kernels.tile import PLAIN, RELU

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

#: Elements that the layers of a group of images may take: what a second-level cache of 1 MB holds.
GROUP = 200_000
#: Images of a group, at least (if the mini-batch has as many): the rows of a tile.
LEAST = 8


class Convolution(NamedTuple):
    """One block: a convolution with ReLU, and 2 x 2 max-pooling if `pool`."""

    filters: int
    kernel: int = 3
    pool: bool = True


def layout(image: tuple[int, int, int], convolutions: Sequence[Convolution], dense: Sequence[int]) -> Int64:
    """Describe a network.

    Parameters
    ----------
    image
        How many rows, columns and channels an image has.
    convolutions
        The blocks, first to last; there may be none.
    dense
        Widths of the dense layers; the last is the number of classes.

    Returns
    -------
    int64 [4 + 3 blocks + dense layers]
        What the kernels call `layout`.

    Raises
    ------
    ValueError
        If a size is not positive, a kernel is not 3 or 5, an image is too small to be pooled, or classes are missing.

    Examples
    --------
    >>> layout((8, 8, 1), [Convolution(16), Convolution(32)], [10]).tolist()
    [8, 8, 1, 2, 3, 16, 1, 3, 32, 1, 10]
    """
    numbers = [number for block in convolutions for number in (block.kernel, block.filters, int(block.pool))]
    return _checked([*image, len(convolutions), *numbers, *dense])


def parameters(layout: npt.ArrayLike) -> int:
    """Number of parameters of a network.

    Raises
    ------
    ValueError
        As `layout` does.
    """
    return int(size(_checked(layout)))


def scratch_size(layout: npt.ArrayLike, batch: int) -> int:
    """Elements of the scratch that `gradient` and `evaluate` need: the same for any batch, as they work in groups."""
    sizes = _checked(layout)
    images = int(_group(sizes, 1 << 40))
    panel = max(convolution.panel_size(layer(sizes, images, number)) for number in range(layers(sizes)))
    return int(LANES + blocks(images) + extent(sizes, images) + max(LANES + panel, images * _padded(sizes)[1]))


def initialise(layout: npt.ArrayLike, generator: np.random.Generator) -> Float32:
    """Draw starting parameters: weights N(0, 2 / fan_in), biases zero.

    Returns
    -------
    float32 [d]
        The parameter vector.

    References
    ----------
    He, Zhang, Ren, Sun, "Delving deep into rectifiers" (ICCV 2015), equation 10.
    """
    sizes = _checked(layout)
    x = np.zeros(size(sizes), dtype=np.float32)
    for number in range(layers(sizes)):
        each = layer(sizes, 1, number)
        weights = x[each.weights : each.weights + fan_in(each) * each.filters]
        weights[:] = generator.standard_normal(len(weights)) * math.sqrt(2 / fan_in(each))
    return x


def _checked(layout: npt.ArrayLike) -> Int64:
    """The layout as an array, if it makes sense."""
    sizes = np.asarray(layout, dtype=np.int64).ravel()
    count = int(sizes[3]) if len(sizes) > 3 else 0
    if count < 0 or len(sizes) < 4 + 3 * count + 1:
        raise ValueError(
            f"layout: too short, got {sizes.tolist()}; give image, number of convolutions, convolutions, dense widths"
        )
    convolutions = sizes[4 : 4 + 3 * count].reshape(count, 3)
    if min(*sizes[:3], *convolutions[:, 1], *sizes[4 + 3 * count :]) < 1:
        raise ValueError(f"layout: image, filters and widths must be positive, got {sizes.tolist()}")
    if not set(convolutions[:, 0].tolist()) <= {3, 5}:
        raise ValueError(f"layout: a kernel is 3 or 5, got {convolutions[:, 0].tolist()}; give one of them")
    if not set(convolutions[:, 2].tolist()) <= {0, 1}:
        raise ValueError(f"layout: pool is 0 or 1, got {convolutions[:, 2].tolist()}; give one of them")
    pools = int(convolutions[:, 2].sum())
    if min(sizes[:2]) >> pools < 1:
        raise ValueError(f"layout: a {sizes[0]} x {sizes[1]} image cannot be halved {pools} times; pool less often")
    return sizes


@kernel(int64(int64[::1], int64))
def _group(layout: Int64, images: int) -> int:
    """How many of so many images are processed at a time."""
    fitting = GROUP // (extent(layout, LANES) // LANES)
    return min(images, max(LEAST, fitting // LEAST * LEAST))


@kernel(types.UniTuple(int64, 2)(int64[::1]))
def _padded(layout: Int64) -> tuple[int, int]:
    """Elements of a row of a sample, and of all of it, with the border that the first layer's windows see."""
    border = windows(layout, 0, layout[0], layout[1])[2]
    line = (layout[1] + 2 * border) * layout[2]
    return line, (layout[0] + 2 * border) * line


@kernel(void(float32[::1], int64, int64[::1], float32[::1], int64))
def _take(pixels: Float32, sample: int, layout: Int64, scratch: Float32, place: int) -> None:
    """Copy a sample into its border, the zeros that begin at `place`."""
    rows, width, border = layout[0], layout[1] * layout[2], windows(layout, 0, layout[0], layout[1])[2]
    line = _padded(layout)[0]
    source = matrix(pixels, sample * rows * width, rows, width, width)
    target = matrix(scratch, place + border * (line + layout[2]), rows, width, line)
    for row in range(rows):
        copy_row(source, row, target, row)


@kernel(void(int64[::1], int64, float32[::1], int64, int64))
def _read(layout: Int64, images: int, scratch: Float32, samples: int, base: int) -> None:
    """Write out the windows of the first layer: to `base`, from the samples that begin at `samples`."""
    high, wide, border, out_rows, out_columns, _, _ = windows(layout, 0, layout[0], layout[1])
    channels, (line, image) = layout[2], _padded(layout)
    window = high * wide * channels
    pixel = images * window
    copy_windows(
        view(scratch, samples, (out_rows, out_columns, images), (line, channels, image)),
        line,
        wide * channels if border > 0 else window,  # without a border it is the whole image
        view(scratch, base, (out_rows, out_columns, images, window), (out_columns * pixel, pixel, window, 1)),
    )


@kernel(
    types.Tuple((float32[:, :], float32[:]))(
        float32[::1], int64[::1], int64[::1], int64, int64, float32[:, ::1], float32[::1], float32[::1]
    )
)
def _forward(
    x: Float32,
    layout: Int64,
    index: Int64,
    first: int,
    images: int,
    inputs: Float32,
    targets: Float32,
    scratch: Float32,
) -> tuple[Float32, Float32]:
    """Take a group of samples, compute all its layers and return its logits and labels.

    The group is `index` from number `first` on; without an index, the samples from number `first` on.
    """
    start, last = aligned(scratch), layers(layout) - 1
    base = start + blocks(images)
    samples, image = base + extent(layout, images), _padded(layout)[1]
    for i in range(images * image):
        scratch[samples + i] = float32(0)
    pixels = inputs.reshape(-1)
    for i in range(images):
        sample = index[first + i] if index.shape[0] > 0 else first + i
        _take(pixels, sample, layout, scratch, samples + i * image)
        scratch[start + i] = targets[sample]
    _read(layout, images, scratch, samples, base)
    for number in range(last + 1):
        each = layer(layout, images, number)
        finish = RELU if number < last and not each.pool else PLAIN
        convolution.forward(x, each, images, scratch, base, finish)
    logits = matrix(scratch, base + each.outputs, images, each.filters, each.filters)
    return logits, view(scratch, start, (images,), (1,))


@kernel(GRADIENT["float32"])
def gradient(
    x: Float32,
    out: Float32,
    index: Int64,
    key: int,
    inputs: Float32,
    targets: Float32,
    layout: Int64,
    settings: Float64,
    scratch: Float32,
    ahead: Float32,
) -> None:
    """Mean gradient of the loss over a mini-batch (the gradient contract of `kernels.contract`).

    Parameters
    ----------
    x : float32 [>= d]
        Parameters, d = parameters(layout).
    out : float32 [>= d]
        Receives the gradient in its first d elements; the others are left alone.
    index : int64 [batch]
        The samples of the mini-batch: rows of `inputs`. Repetitions count. Not checked.
    key
        Not used: the gradient of a mini-batch is not random.
    inputs, targets : float32 [n, rows * columns * channels], float32 [n]
        The data; a target is a class number below layout[-1]. Not checked.
    layout : int64 [4 + 3 blocks + dense layers]
        The network.
    settings : float64 [>= 1]
        The L2 coefficient l: l x is added to the gradient (0: nothing is).
    scratch : float32 [scratch_size(layout, batch)]
        Overwritten. Every call starts from its arguments alone, so its contents do not matter.
    ahead
        Not used: parameters are few beside what is computed with them.
    """
    batch, d = index.shape[0], size(layout)
    for i in range(d):
        out[i] = float32(0)
    group = _group(layout, batch)
    for first in range(0, batch, group):
        images = min(group, batch - first)
        logits, labels = _forward(x, layout, index, first, images, inputs, targets, scratch)
        softmax_gradient(logits, labels, float32(1 / batch))
        base = aligned(scratch) + blocks(images)
        one = base + extent(layout, images)
        scratch[one] = float32(1)
        for number in range(layers(layout) - 1, -1, -1):  # the gradient of a layer replaces its values
            each = layer(layout, images, number)
            convolution.to_biases(each, images, scratch, base, one, out)
            convolution.to_sums(each, images, scratch, base)
            convolution.to_weights(each, images, scratch, base, out)
            if number > 0:
                convolution.to_inputs(x, each, images, scratch, base, one + LANES)
    add_decay(x, d, settings[0], out)


@kernel(EVALUATE["float32"])
def evaluate(
    x: Float32,
    inputs: Float32,
    targets: Float32,
    layout: Int64,
    settings: Float64,
    scratch: Float32,
    measures: Float64,
) -> None:
    """Mean loss and accuracy over a whole data set.

    Parameters
    ----------
    x, inputs, targets, layout, settings, scratch
        As in `gradient`.
    measures : float64 [2]
        Receives the mean cross-entropy plus l / 2 |x|^2, and the share of samples whose largest logit (the first, if
        several are equal) is that of their class.
    """
    count = inputs.shape[0]
    group = _group(layout, count)
    measures[:] = 0
    for first in range(0, count, group):
        images = min(group, count - first)
        logits, labels = _forward(x, layout, layout[:0], first, images, inputs, targets, scratch)
        add_score(logits, labels, False, measures)
    mean_score(count, False, penalty(x, size(layout), settings[0]), measures)
