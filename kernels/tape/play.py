"""Playing a window in one thread."""

from __future__ import annotations

from collections.abc import Callable

from numba import void

from kernels.contract import EVALUATE_FUNCTION, GRADIENT_FUNCTION
from kernels.inlined import inlined
from kernels.jit import kernel
from kernels.tape.deck import DECK, Deck
from kernels.tape.operations import GRADIENT, play_row
from kernels.tape.rows import WINDOW, Window

#: How far behind a gradient the next one is looked for (rows).
NEAR = 16


@inlined
def _next_gradient(window: Window, number: int) -> int:
    """The slot at which the next gradient is taken, if there is one near behind a row; else any slot."""
    rows = window.rows
    for i in range(number + 1, min(number + NEAR, rows.shape[0])):
        if rows[i]["operation"] == GRADIENT:
            return int(window.operands[rows[i]["operands"]])
    return int(window.operands[rows[number]["operands"]])


@kernel([void(GRADIENT_FUNCTION[name], EVALUATE_FUNCTION[name], WINDOW, DECK[name]) for name in DECK], counted=False)
def play(gradient: Callable[..., None], evaluate: Callable[..., None], window: Window, deck: Deck) -> None:
    """Play the rows of a window in order; arguments as in `play_row`."""
    for number in range(window.rows.shape[0]):
        play_row(gradient, evaluate, window, number, _next_gradient(window, number), deck)
