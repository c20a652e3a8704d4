"""Mini-batches without a state: which samples worker `rank` meets at `step` is a function of the key alone."""

from __future__ import annotations

import math

import numpy as np
from numba import boolean, int64, uint64, void
from numpy.typing import NDArray

from kernels.hashing import below, mix
from kernels.jit import kernel

#: A round shifts both coordinates once. Four rounds are pseudo-random (Luby and Rackoff 1988) up to about 1/sqrt(size);
#: in a test of all orders of 5 or 6 samples four fail and eight pass.
ROUNDS = 4
ROUNDS_OF_SMALL = 8
SMALL = 64


@kernel(int64(int64, int64, uint64))
def shuffled(position: int, size: int, key: np.uint64) -> int:
    """Element `position` of a pseudo-random permutation of 0 ... size - 1, in O(1) time and memory.

    A Feistel network on the rectangle columns x rows >= size, walked until it lands inside (Black and Rogaway 2002,
    "Ciphers with arbitrary finite domains": generalised Feistel with cycle walking).
    """
    columns = math.ceil(math.sqrt(size))
    rows = (size + columns - 1) // columns
    rounds = ROUNDS_OF_SMALL if size <= SMALL else ROUNDS
    while True:
        column, row = position % columns, position // columns
        for r in range(rounds):
            column += below(mix(key, np.uint64(2 * (row * rounds + r))), columns)
            if column >= columns:
                column -= columns
            row += below(mix(key, np.uint64(2 * (column * rounds + r) + 1)), rows)
            if row >= rows:
                row -= rows
        position = row * columns + column
        if position < size:
            return position


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
        for i in range(batch):
            position = step * batch + i
            epoch = position // size
            index[i] = order[start + shuffled(position - epoch * size, size, mix(worker, np.uint64(epoch)))]
