"""Playing a window in several threads: each takes the earliest row that waits for nothing any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numba import int64, void
from numpy.typing import NDArray

from kernels.atomics import COUNTERS, fetch_add, load, rest, yield_core
from kernels.contract import EVALUATE_FUNCTION, GRADIENT_FUNCTION
from kernels.inlined import inlined
from kernels.jit import kernel
from kernels.tape.deck import DECK, Deck
from kernels.tape.named import named
from kernels.tape.operations import GRADIENT, play_row
from kernels.tape.rows import WINDOW, Window

#: How far behind the earliest row that nobody has taken a thread looks for one that waits for nothing (rows): beside an
#: evaluation of thousands of samples there is enough to do.
AHEAD = 512
#: How far behind a gradient the next one is looked for, whose parameters are fetched meanwhile (rows).
NEAR = 16
#: How often a thread that finds nothing to do looks again at once: for as long as others take for a gradient. They
#: may have lost their core for some milliseconds, so then it rests between looks.
PATIENCE = 16
#: How long it rests (us).
REST = 50
#: What `_take` answers where there is no row to take.
NONE = -1


class Progress(NamedTuple):
    """How often every slot has been written and read ``[slots]``, since the tape began or its store grew."""

    written: NDArray[np.int64]
    read: NDArray[np.int64]


class Plan(NamedTuple):
    """What the rows of a window must wait for, and which have been taken.

    For every operand that is a slot, as many writes, and if it is written as many reads, are to be done before as came
    before it on the tape: `writes` and `reads` are as long as the window's operands, `taken` as its rows (0: nobody has
    taken it).
    """

    writes: NDArray[np.int64]
    reads: NDArray[np.int64]
    taken: NDArray[np.int64]


PROGRESS = named(Progress, *[COUNTERS] * 2)
PLAN = named(Plan, int64[::1], int64[::1], COUNTERS)


@inlined
def _slots(window: Window, number: int) -> tuple[int, int, int]:
    """Which operands of a row are slots: from the first, which is read, the first written one, to before the last."""
    row = window.rows[number]
    first = row["operands"]
    written = first + row["reads"]
    return first, written, written + row["writes"]


@kernel(void(WINDOW, PLAN, PROGRESS))
def plan(window: Window, waits: Plan, planned: Progress) -> None:
    """Count what every row waits for.

    Parameters
    ----------
    window
        The piece of tape.
    waits
        Filled, but for what has been taken.
    planned
        The progress when all windows before this one have been played; when this one has, too.
    """
    written, read = planned.written, planned.read
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


@inlined
def _done(counters: NDArray[np.int64], slots: NDArray[np.int64], counts: NDArray[np.int64]) -> bool:
    """Whether every slot has been written, or read, so often."""
    for k in range(slots.shape[0]):  # noqa: SIM110  # Numba has no generators here
        if load(counters, slots[k]) < counts[k]:
            return False
    return True


@inlined
def _waits_for_nothing(window: Window, number: int, waits: Plan, progress: Progress) -> bool:
    """Whether all that a row depends on is done."""
    first, middle, last = _slots(window, number)
    slots = window.operands
    return _done(progress.written, slots[first:last], waits.writes[first:last]) and _done(
        progress.read, slots[middle:last], waits.reads[middle:last]
    )


@inlined
def _take(window: Window, begin: int, waits: Plan, progress: Progress) -> int:
    """Take the earliest row from some number on that waits for nothing; NONE where none near does."""
    for i in range(begin, min(begin + AHEAD, window.rows.shape[0])):
        free = load(waits.taken, i) == 0
        if free and _waits_for_nothing(window, i, waits, progress) and fetch_add(waits.taken, i, 1) == 0:
            return i
    return NONE


@inlined
def _next_gradient(window: Window, number: int, waits: Plan) -> int:
    """The slot at which the next gradient is taken that nobody computes, if there is one near; else any slot."""
    rows = window.rows
    for i in range(number + 1, min(number + NEAR, rows.shape[0])):
        if rows[i]["operation"] == GRADIENT and load(waits.taken, i) == 0:
            return int(window.operands[rows[i]["operands"]])
    return int(window.operands[rows[number]["operands"]])


@inlined
def _count(window: Window, number: int, progress: Progress) -> None:
    """A row has been played."""
    first, middle, last = _slots(window, number)
    for k in range(first, middle):
        fetch_add(progress.read, window.operands[k], 1)
    for k in range(middle, last):
        fetch_add(progress.written, window.operands[k], 1)


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

    A row is taken when all that it depends on is done, so that the bits are those of `play`. The earliest row that is
    not done depends on none that is not done, so that there is no deadlock. Windows may be played side by side, if
    somebody plays the earlier ones. The deck's work space is the thread's own; other arguments as in `play_row` and
    `plan`.
    """
    begin = looks = 0
    while begin < window.rows.shape[0]:
        if load(waits.taken, begin) > 0:
            begin += 1
            continue
        number = _take(window, begin, waits, progress)
        if number == NONE:
            looks += 1
            if looks > PATIENCE:
                rest(REST)
            else:
                yield_core()
            continue
        looks = 0
        play_row(gradient, evaluate, window, number, _next_gradient(window, number, waits), deck)
        _count(window, number, progress)
