"""One layer of long short-term memory (`kernels.lstm`): where it lies in memory, its steps forwards and backwards."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import float32, int64, types, void

from kernels.gather import copy_row
from kernels.jit import kernel
from kernels.lstm_step import recall, remember
from kernels.matmul import matmul
from kernels.matrix import Float32, matrix
from kernels.scratch import blocks
from kernels.tile import PLAIN

Int64 = npt.NDArray[np.int64]

#: Where the widths of the layers begin in `layout`.
WIDTHS = 3


class Layer(NamedTuple):
    """A layer of a mini-batch; places are counted in elements."""

    fan_in: int  #: what it reads at a step
    width: int
    weights: int  #: where W begins in the parameters
    inputs: int  #: where the rows [x_t, h_(t-1), 1] begin in the scratch
    gates: int  #: the same of the gates, which their gradients replace
    cells: int  #: the same of c, from those before the first step on, which are zero
    curved: int  #: the same of tanh(c)
    outputs: int  #: the same of the gradients of h


#: The type of a Layer in signatures.
LAYER = types.NamedUniTuple(int64, len(Layer._fields), Layer)


@kernel(int64(LAYER))
def end_of(layer: Layer) -> int:
    """Where the parameters of a layer end."""
    return layer.weights + (layer.fan_in + layer.width + 1) * 4 * layer.width


@kernel(int64(LAYER))
def stride_of(layer: Layer) -> int:
    """Elements from one row of its inputs to the next."""
    return blocks(layer.fan_in + layer.width + 1)


@kernel(LAYER(int64[::1], int64, int64, int64))
def layer_of(layout: Int64, rows: int, start: int, number: int) -> Layer:
    """Describe a layer of so many samples, walking through the network from its beginning; `start` is the scratch's."""
    fan_in, weights, place, i = layout[1], 0, start + blocks(rows), 0
    while True:
        width, all_rows = layout[WIDTHS + i], rows * layout[0]
        gates = place + all_rows * blocks(fan_in + width + 1)
        cells = gates + all_rows * blocks(4 * width)
        curved = cells + (all_rows + rows) * blocks(width)
        outputs = curved + all_rows * blocks(width)
        if i == number:
            return Layer(fan_in, width, weights, place, gates, cells, curved, outputs)
        weights += (fan_in + width + 1) * 4 * width
        place = outputs + all_rows * blocks(width)
        fan_in = width
        i += 1


@kernel(void(float32[::1], LAYER, int64, int64, float32[::1], float32[:, :]))
def read(x: Float32, layer: Layer, steps: int, rows: int, scratch: Float32, above: Float32) -> None:
    """One layer at all steps; h goes to the inputs of its next step, and to those of what is `above`.

    Parameters
    ----------
    x, layer, steps, rows, scratch
        The parameters, which layer, the length of a sequence, the samples, and the work space.
    above : float32 [steps B or B, width]
        Where h of all steps, or of the last alone, is read.
    """
    width, own, across, wide = layer.width, stride_of(layer), blocks(layer.width), blocks(4 * layer.width)
    depth = layer.fan_in + width + 1
    w = matrix(x, layer.weights, depth, 4 * width, 4 * width)
    matrix(scratch, layer.cells, rows, width, across)[:] = float32(0)
    matrix(scratch, layer.inputs + layer.fan_in, rows, width, own)[:] = float32(0)
    for step in range(steps):
        a = matrix(scratch, layer.inputs + step * rows * own, rows, depth, own)
        for row in range(rows):
            a[row, depth - 1] = float32(1)
        z = matrix(scratch, layer.gates + step * rows * wide, rows, 4 * width, wide)
        matmul(a, w, z, PLAIN, z[:0])
        before = matrix(scratch, layer.cells + step * rows * across, rows, width, across)
        cells = matrix(scratch, layer.cells + (step + 1) * rows * across, rows, width, across)
        curved = matrix(scratch, layer.curved + step * rows * across, rows, width, across)
        if step + 1 < steps:
            h = matrix(scratch, layer.inputs + (step + 1) * rows * own + layer.fan_in, rows, width, own)
        else:
            h = above[above.shape[0] - rows :]
        for row in range(rows):
            remember(z, before, h, curved, cells, row)
            if above.shape[0] > rows and step + 1 < steps:
                copy_row(h[row : row + 1], 0, above, step * rows + row)


@kernel(void(float32[::1], LAYER, int64, int64, float32[::1], int64, int64))
def unread(x: Float32, layer: Layer, steps: int, rows: int, scratch: Float32, spare: int, turned: int) -> None:
    """One layer backwards through all steps: from the gradients of h to those of z, which replace the gates.

    Parameters
    ----------
    x, layer, steps, rows, scratch
        As in `read`.
    spare
        Number of the element of the scratch from which on there is room for what is carried back in time: gradients of
        cells, and of h.
    turned
        Number of the element of the scratch at which W lies, turned.
    """
    width = layer.width
    across, wide = blocks(width), blocks(4 * width)
    back = matrix(scratch, turned + layer.fan_in, 4 * width, width, blocks(layer.fan_in + width))
    carried = matrix(scratch, spare, rows, width, across)
    earlier = matrix(scratch, spare + rows * across, rows, width, across)
    carried[:] = float32(0)
    for step in range(steps - 1, -1, -1):
        place = step * rows * across
        z = matrix(scratch, layer.gates + step * rows * wide, rows, 4 * width, wide)
        before = matrix(scratch, layer.cells + place, rows, width, across)
        curved = matrix(scratch, layer.curved + place, rows, width, across)
        slopes = matrix(scratch, layer.outputs + place, rows, width, across)
        if step + 1 < steps:
            for row in range(rows):
                for j in range(width):
                    slopes[row, j] += earlier[row, j]
        for row in range(rows):
            recall(z, before, slopes, curved, carried, row)
        if step > 0:
            matmul(z, back, earlier, PLAIN, earlier[:0])
