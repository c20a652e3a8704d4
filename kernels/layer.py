"""The layers of a convolutional network: what each reads and computes, and where it lies in memory.

All layers are of one kind: a dense layer is a convolution without a border whose window is the whole image, and its
result an image of one pixel. The first layer reads copies of its windows: images of one pixel per window, in which the
elements of the window are the channels. `layout` is explained in `kernels.cnn`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import int64, types

from kernels.jit import kernel
from kernels.scratch import blocks

Int64 = npt.NDArray[np.int64]


class Layer(NamedTuple):
    """A layer of a group of images; places are counted in elements."""

    rows: int  #: of the images that it reads
    columns: int
    channels: int
    high: int  #: rows of its window
    wide: int  #: columns of its window
    border: int  #: by how much the first window sticks out of the image, above and on the left
    out_rows: int  #: of the sums that it computes, without those that pooling would drop
    out_columns: int
    filters: int  #: channels of the sums
    pool: int  #: 1 if 2 x 2 max-pooling follows, else 0
    weights: int  #: where its weights begin in the parameters; its biases follow them
    inputs: int  #: where its inputs begin among the layers of the group
    sums: int  #: the same of its sums
    outputs: int  #: the same of its outputs, what the next layer reads; without pooling they are the sums


#: The type of a Layer in signatures.
LAYER = types.NamedUniTuple(int64, len(Layer._fields), Layer)


@kernel(int64(int64[::1]))
def layers(layout: Int64) -> int:
    """Number of layers."""
    return int(layout.shape[0] - 4 - 2 * layout[3])


@kernel(types.UniTuple(int64, 7)(int64[::1], int64, int64, int64))
def windows(layout: Int64, number: int, rows: int, columns: int) -> tuple[int, int, int, int, int, int, int]:
    """How a layer reads images of this size: high, wide, border, out_rows, out_columns, filters, pool of `Layer`."""
    convolutions = layout[3]
    if number >= convolutions:
        return rows, columns, 0, 1, 1, layout[4 + 2 * convolutions + number], 0
    side, filters, pool = layout[4 + 3 * number], layout[5 + 3 * number], layout[6 + 3 * number]
    return side, side, side // 2, rows >> pool << pool, columns >> pool << pool, filters, pool


@kernel(LAYER(int64[::1], int64, int64))
def layer(layout: Int64, images: int, number: int) -> Layer:
    """Describe a layer of a group of so many images, walking through the network from its beginning."""
    rows, columns, channels = layout[0], layout[1], layout[2]
    weights, inputs, i = 0, 0, 0
    while True:
        high, wide, border, out_rows, out_columns, filters, pool = windows(layout, i, rows, columns)
        if i == 0:
            channels *= high * wide
            rows, columns, high, wide, border = out_rows, out_columns, 1, 1, 0
        sums = inputs + blocks(images * rows * columns * channels)
        outputs = sums + pool * blocks(images * out_rows * out_columns * filters)
        if i == number:
            image, window, result = (rows, columns, channels), (high, wide, border), (out_rows, out_columns, filters)
            return Layer(*image, *window, *result, pool, weights, inputs, sums, outputs)
        weights += (high * wide * channels + 1) * filters
        rows, columns, channels, inputs = out_rows >> pool, out_columns >> pool, filters, outputs
        i += 1


@kernel(int64(LAYER))
def fan_in(layer: Layer) -> int:
    """Elements of one window."""
    return layer.high * layer.wide * layer.channels


@kernel(int64(int64[::1]))
def size(layout: Int64) -> int:
    """Number of parameters."""
    last = layer(layout, 1, layers(layout) - 1)
    return last.weights + (fan_in(last) + 1) * last.filters


@kernel(int64(int64[::1], int64))
def extent(layout: Int64, images: int) -> int:
    """Elements that the layers of a group take, from the windows of the first to the logits."""
    last = layer(layout, images, layers(layout) - 1)
    return last.outputs + blocks(images * last.filters)
