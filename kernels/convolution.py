"""One layer of a convolutional network, forward and backward, for a group of images at once.

A group is kept as [rows, columns, images, channels]: one pixel of all images is a matrix, and so is a stretch of
neighbouring pixels. The sums of a stretch whose windows see the same places are therefore one product over three axes
(rows and columns of the window, channels), and places outside of the image cost nothing: a third of a convolution's
work on 4 x 4 images. `base` is where the group's layers begin in the scratch.
"""

from __future__ import annotations

from numba import float32, int64, void

from kernels.jit import kernel
from kernels.layer import LAYER, Layer, fan_in
from kernels.matrix import Float32, matrix, view
from kernels.pool import pool, unpool
from kernels.scratch import blocks
from kernels.tensordot import tensordot
from kernels.tile import GATE, PLAIN
from kernels.transpose import transpose


@kernel(float32[:, :, :, :](LAYER, int64, float32[::1], int64, int64))
def _squares(layer: Layer, images: int, scratch: Float32, base: int, row: int) -> Float32:
    """The sums that a row of pooled values comes from, as `kernels.pool` takes them."""
    pixel, line = images * layer.filters, layer.out_columns * images * layer.filters
    shape, strides = (2, 2, layer.out_columns // 2, pixel), (line, pixel, 2 * pixel, 1)
    return view(scratch, base + layer.sums + 2 * row * line, shape, strides)


@kernel(float32[:, :](LAYER, int64, float32[::1], int64, int64))
def _pooled(layer: Layer, images: int, scratch: Float32, base: int, row: int) -> Float32:
    """A row of pooled values."""
    columns, pixel = layer.out_columns // 2, images * layer.filters
    return matrix(scratch, base + layer.outputs + row * columns * pixel, columns, pixel, pixel)


@kernel(void(float32[::1], LAYER, int64, float32[::1], int64, int64))
def forward(x: Float32, layer: Layer, images: int, scratch: Float32, base: int, finish: int) -> None:
    """Compute a layer: sum over its windows, add the biases, apply `finish` (`kernels.tile`), and pool."""
    rows, columns, channels, high, wide, border, out_rows, out_columns, filters = layer[:9]
    pixel, out_pixel, tap = images * channels, images * filters, channels * filters
    bias = layer.weights + high * wide * tap
    for row in range(out_rows):
        top, bottom = max(0, border - row), min(high, rows + border - row)
        column = 0
        while column < out_columns:
            left, right = max(0, border - column), min(wide, columns + border - column)
            end = min(out_columns, columns + border - wide + 1) if right - left == wide else column + 1
            count, shape = (end - column) * images, (bottom - top, right - left, channels)
            place = base + layer.inputs + ((row + top - border) * columns + column + left - border) * pixel
            tensordot(
                view(scratch, place, (count, *shape), (channels, columns * pixel, pixel, 1)),
                view(x, layer.weights + (top * wide + left) * tap, (*shape, filters), (wide * tap, tap, filters, 1)),
                view(x, bias, (count, filters), (0, 1)),
                matrix(scratch, base + layer.sums + (row * out_columns + column) * out_pixel, count, filters, filters),
                finish,
            )
            column = end
        if layer.pool and row % 2 == 1:  # while the two rows are in the cache
            pool(_squares(layer, images, scratch, base, row // 2), _pooled(layer, images, scratch, base, row // 2))


@kernel(void(LAYER, int64, float32[::1], int64, int64, float32[::1]))
def to_biases(layer: Layer, images: int, scratch: Float32, base: int, one: int, out: Float32) -> None:
    """Add to the gradient of the biases that of the outputs: pooling only moves it. There is a 1 at `one`."""
    rows, filters = layer.out_rows >> layer.pool, layer.filters
    count = (layer.out_columns >> layer.pool) * images
    bias = matrix(out, layer.weights + fan_in(layer) * filters, 1, filters, filters)
    for row in range(rows):
        delta = view(scratch, base + layer.outputs + row * count * filters, (1, 1, count, filters), (0, 0, filters, 1))
        tensordot(view(scratch, one, (1, 1, 1, count), (0, 0, 0, 0)), delta, bias, bias, PLAIN)


@kernel(void(LAYER, int64, float32[::1], int64))
def to_sums(layer: Layer, images: int, scratch: Float32, base: int) -> None:
    """The gradient of the sums from that of the outputs, in place: it goes to the largest of each square."""
    if layer.pool:
        for row in range(layer.out_rows // 2):
            unpool(_squares(layer, images, scratch, base, row), _pooled(layer, images, scratch, base, row))


@kernel(void(LAYER, int64, float32[::1], int64, float32[::1]))
def to_weights(layer: Layer, images: int, scratch: Float32, base: int, out: Float32) -> None:
    """Add to the gradient of the weights, row by row of the sums: what a row reads stays in the first-level cache."""
    rows, columns, channels, high, wide, border, out_rows, out_columns, filters = layer[:9]
    pixel, out_pixel = images * channels, images * filters
    for row in range(out_rows):
        for down in range(max(0, border - row), min(high, rows + border - row)):
            for right in range(max(0, border - out_columns + 1), min(wide, columns + border)):
                first, end = max(0, border - right), min(out_columns, columns + border - right)
                count = (end - first) * images
                place = base + layer.inputs + ((row + down - border) * columns + first + right - border) * pixel
                delta = base + layer.sums + (row * out_columns + first) * out_pixel
                tap = layer.weights + (down * wide + right) * channels * filters
                slope = matrix(out, tap, channels, filters, filters)
                tensordot(
                    view(scratch, place, (channels, 1, 1, count), (1, 0, 0, channels)),
                    view(scratch, delta, (1, 1, count, filters), (0, 0, filters, 1)),
                    slope,
                    slope,
                    PLAIN,
                )


@kernel(void(float32[::1], LAYER, int64, float32[::1], int64, int64))
def to_inputs(x: Float32, layer: Layer, images: int, scratch: Float32, base: int, panel: int) -> None:
    """The gradient of a layer's inputs, gated by them, in place: sums over the windows that see a pixel.

    `panel` is where there is room for a row of zeros and the transposed weights (`panel_size`).
    """
    rows, columns, channels, high, wide, border, out_rows, out_columns, filters = layer[:9]
    pixel, out_pixel, stride = images * channels, images * filters, blocks(channels)
    turned, tap = panel + stride, filters * stride
    for i in range(stride):
        scratch[panel + i] = float32(0)
    for i in range(high * wide):  # what the last block has too much, the next transposition overwrites
        weights = matrix(x, layer.weights + i * channels * filters, channels, filters, filters)
        transpose(weights, matrix(scratch, turned + i * tap, blocks(filters), stride, stride))
    for row in range(rows):
        top, bottom = max(0, row + border - out_rows + 1), min(high, row + border + 1)
        column = 0
        while column < columns:
            left, right = max(0, column + border - out_columns + 1), min(wide, column + border + 1)
            end = min(columns, out_columns - border) if right - left == wide else column + 1
            count, shape = (end - column) * images, (bottom - top, right - left, filters)
            place = base + layer.sums + ((row - top + border) * out_columns + column - left + border) * out_pixel
            tensordot(
                view(scratch, place, (count, *shape), (filters, -out_columns * out_pixel, -out_pixel, 1)),
                view(scratch, turned + (top * wide + left) * tap, (*shape, channels), (wide * tap, tap, stride, 1)),
                view(scratch, panel, (count, channels), (0, 1)),
                matrix(scratch, base + layer.inputs + (row * columns + column) * pixel, count, channels, channels),
                GATE,
            )
            column = end


def panel_size(layer: Layer) -> int:
    """Elements that `to_inputs` needs at `panel`."""
    return int((1 + layer.high * layer.wide * layer.filters + blocks(layer.filters)) * blocks(layer.channels))
