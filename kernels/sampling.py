"""Mini-batches without a state: which samples worker `rank` meets at `step` is a function of the key alone."""

from __future__ import annotations

import math

import numpy as np
from numba import boolean, int64, types, uint64, void
from numpy.typing import NDArray

from kernels.hashing import below, mix
from kernels.jit import kernel

#: A round shifts both coordinates once. Four rounds are pseudo-random (Luby and Rackoff 1988) up to about 1/sqrt(size);
#: in a test of all orders of 5 or 6 samples four fail and eight pass.
ROUNDS = 4
ROUNDS_OF_SMALL = 8
SMALL = 64

#: Of a place in the rectangle, column and row have so many bits each; above them is the epoch, from the first on.
BITS = 20
_ONES = (1 << BITS) - 1


@kernel(types.UniTuple(int64, 3)(int64))
def _rectangle(size: int) -> tuple[int, int, int]:
    """Columns and rows of the rectangle for so many elements, and rounds."""
    columns = math.ceil(math.sqrt(size))
    return columns, (size + columns - 1) // columns, ROUNDS_OF_SMALL if size <= SMALL else ROUNDS


@kernel(types.UniTuple(int64, 2)(int64, int64, int64, int64, int64, int64, uint64))
def _shift(column: int, row: int, columns: int, rows: int, number: int, rounds: int, key: np.uint64) -> tuple[int, int]:
    """One round: shift the column by a hash of the row, then the row by a hash of the column."""
    column += below(mix(key, np.uint64(2 * (row * rounds + number))), columns)
    if column >= columns:
        column -= columns
    row += below(mix(key, np.uint64(2 * (column * rounds + number) + 1)), rows)
    if row >= rows:
        row -= rows
    return column, row


@kernel(int64(int64, int64, uint64))
def shuffled(position: int, size: int, key: np.uint64) -> int:
    """Element `position` of a pseudo-random permutation of 0 ... size - 1, in O(1) time and memory.

    A Feistel network on the rectangle columns x rows >= size, walked until it lands inside (Black and Rogaway 2002,
    "Ciphers with arbitrary finite domains": generalised Feistel with cycle walking).
    """
    columns, rows, rounds = _rectangle(size)
    while True:
        column, row = position % columns, position // columns
        for number in range(rounds):
            column, row = _shift(column, row, columns, rows, number, rounds, key)
        position = row * columns + column
        if position < size:
            return position


@kernel(void(int64[::1], uint64, int64, int64))
def shuffle(index: NDArray[np.int64], key: np.uint64, begin: int, size: int) -> None:
    """Fill `index` with the elements from number `begin` on of one permutation after the other, each of an epoch.

    The same as `shuffled`, but a round is done for all before the next: so the compiler makes vectors of it, where a
    single element would wait for one multiplication after another (54 ns; here 12).
    """
    columns, rows, rounds = _rectangle(size)
    first = begin // size
    for i in range(index.shape[0]):
        epoch = (begin + i) // size
        position = begin + i - epoch * size
        row = position // columns
        index[i] = (epoch - first) << 2 * BITS | row << BITS | position - row * columns
    for number in range(rounds):
        for i in range(index.shape[0]):
            epoch, column, row = index[i] >> 2 * BITS, index[i] & _ONES, index[i] >> BITS & _ONES
            column, row = _shift(column, row, columns, rows, number, rounds, mix(key, np.uint64(first + epoch)))
            index[i] = epoch << 2 * BITS | row << BITS | column
    for i in range(index.shape[0]):
        epoch, column, row = index[i] >> 2 * BITS, index[i] & _ONES, index[i] >> BITS & _ONES
        index[i] = row * columns + column
        if index[i] >= size:
            index[i] = shuffled(index[i], size, mix(key, np.uint64(first + epoch)))


@kernel(void(int64[::1], uint64, int64, int64, int64[::1], int64, int64, boolean))
def draw(
    index: NDArray[np.int64],
    key: np.uint64,
    rank: int,
    step: int,
    order: NDArray[np.int64],
    start: int,
    stop: int,
    replacement: bool,
) -> None:
    """Fill `index` with the mini-batch of worker `rank` at `step`: samples of its shard ``order[start:stop]``.

    Without replacement the worker walks through epochs of its shard, each in a new order; a mini-batch may end one
    epoch and begin the next.
    """
    size = stop - start
    batch = index.shape[0]
    worker = mix(key, np.uint64(rank))
    if replacement:
        here = mix(worker, np.uint64(step))
        for i in range(batch):
            index[i] = order[start + below(mix(here, np.uint64(i)), size)]
    else:
        shuffle(index, worker, step * batch, size)
        for i in range(batch):
            index[i] = order[start + index[i]]
