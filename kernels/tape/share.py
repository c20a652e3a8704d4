"""Playing a window in several threads: each takes the next row, and waits for what it depends on."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numba import int64, void
from numpy.typing import NDArray

from kernels.atomics import fetch_add, load, yield_core
from kernels.contract import EVALUATE_FUNCTION, GRADIENT_FUNCTION
from kernels.inlined import inlined
from kernels.jit import kernel
from kernels.tape.deck import DECK, Deck
from kernels.tape.named import named
from kernels.tape.operations import play_row
from kernels.tape.rows import WINDOW, Window


class Plan(NamedTuple):
    """What the rows of a window must wait for.

    For every operand that is a slot, as many writes, and if it is written as many reads, are to be done before as came
    before it on the tape; as long as the window's operands.
    """

    writes: NDArray[np.int64]
    reads: NDArray[np.int64]


class Progress(NamedTuple):
    """What the threads have done of a window: the next row to take ``[1]``, writes and reads done of every slot."""

    taken: NDArray[np.int64]
    written: NDArray[np.int64]
    read: NDArray[np.int64]


PLAN = named(Plan, *[int64[::1]] * 2)
PROGRESS = named(Progress, *[int64[::1]] * 3)


@inlined
def _slots(window: Window, number: int) -> tuple[int, int, int]:
    """Which operands of a row are slots: from the first, which is read, the first written one, to before the last."""
    row = window.rows[number]
    first = row["operands"]
    written = first + row["reads"]
    return first, written, written + row["writes"]


@kernel(void(WINDOW, PLAN, PROGRESS))
def plan(window: Window, waits: Plan, progress: Progress) -> None:
    """Count what every row waits for, and set the progress back to nothing.

    Parameters
    ----------
    window
        The piece of tape.
    waits
        Filled.
    progress
        Set to zero; its columns are as long as the store has slots.
    """
    written, read = progress.written, progress.read
    written[:] = 0
    read[:] = 0
    for i in range(window.rows.shape[0]):
        first, middle, last = _slots(window, i)
        for k in range(first, middle):
            slot = window.operands[k]
            waits.writes[k] = written[slot]
            read[slot] += 1
        for k in range(middle, last):
            slot = window.operands[k]
            waits.writes[k], waits.reads[k] = written[slot], read[slot]
            written[slot] += 1
    written[:] = 0
    read[:] = 0
    progress.taken[0] = 0


@inlined
def _wait_for(counters: NDArray[np.int64], slot: int, count: int) -> None:
    while load(counters, slot) < count:
        yield_core()


@kernel(
    [void(GRADIENT_FUNCTION[name], EVALUATE_FUNCTION[name], WINDOW, PLAN, PROGRESS, DECK[name]) for name in DECK],
    counted=False,
)
def play_share(
    gradient: Callable[..., None],
    evaluate: Callable[..., None],
    window: Window,
    waits: Plan,
    progress: Progress,
    deck: Deck,
) -> None:
    """Play rows of a window beside other threads that do the same, until none is left to take.

    Rows are taken in the order of the tape and each waits for what it depends on, so that the bits are those of `play`;
    the earliest row under way waits for nobody, so that there is no deadlock. The deck's work space is the thread's
    own; other arguments as in `play_row` and `plan`.
    """
    operands = window.operands
    while True:
        i = fetch_add(progress.taken, 0, 1)
        if i >= window.rows.shape[0]:
            return
        first, middle, last = _slots(window, i)
        for k in range(first, last):
            _wait_for(progress.written, operands[k], waits.writes[k])
        for k in range(middle, last):
            _wait_for(progress.read, operands[k], waits.reads[k])
        play_row(gradient, evaluate, window, i, operands[first], deck)
        for k in range(first, middle):
            fetch_add(progress.read, operands[k], 1)
        for k in range(middle, last):
            fetch_add(progress.written, operands[k], 1)
