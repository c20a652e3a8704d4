"""Filling the steps of an optimizer into a reel."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kernels.tape import operations
from kernels.tape.rows import Window
from sim.tape.reel import Piece, Reel
from sim.tape.steps import Form

#: A learning rate that never changes, or one after so many updates, made of so many gradients.
Rate = float | Callable[[int, int], float]

#: Of every leg two sets of states: one that is read, and one that is written.
SETS = 2


class Filler:
    """Makes windows that can be played of those of a reel.

    The slots of states lie behind the reel's own. A step reads the states that the one before has written, those of its
    leg or at the beginning those of the leg's origin, and writes the other set: nobody who splits off, and goes on
    reading there, is in the way, because the leg then is over.

    Parameters
    ----------
    reel
        What is to be filled.
    form
        What the steps look like.
    rate
        The learning rate.

    Attributes
    ----------
    slots
        How many slots the windows need.
    """

    def __init__(self, reel: Reel, form: Form, rate: Rate) -> None:
        self._reel = reel
        self._rule = form.rule
        self._states = form.states
        self.slots = reel.slots + SETS * form.states * len(reel.steps.origins)
        self._coefficients = _coefficients(reel, form, rate)
        self._operands = self._operands_of(form)

    def window(self, piece: Piece) -> Window:
        """A piece with the steps of the optimizer."""
        chosen = slice(piece.first, piece.first + len(piece.places))
        operands, coefficients = self._operands[chosen], self._coefficients[chosen]
        rows = piece.window.rows.copy()
        steps = rows[piece.places]
        steps["operation"] = operations.COMBINE if self._rule is None else operations.STEP
        steps["region"] = self._reel.steps.region[chosen]
        steps["operands"] = len(piece.window.operands) + np.arange(len(steps)) * operands.shape[1]
        steps["reads"] = 2 + self._states
        steps["writes"] = 1 + self._states
        steps["numbers"] = 0 if self._rule is None else 1
        steps["coefficients"] = len(piece.window.coefficients) + np.arange(len(steps)) * coefficients.shape[1]
        rows[piece.places] = steps
        window = Window(
            rows,
            np.concatenate([piece.window.operands, operands.ravel()]),
            np.concatenate([piece.window.coefficients, coefficients.ravel()]),
        )
        return self._with_zeros(window, piece) if self._states else window

    def _operands_of(self, form: Form) -> NDArray[np.int64]:
        """The slots and numbers of every step."""
        steps, states = self._reel.steps, np.arange(form.states)
        sets = self._reel.slots + SETS * form.states * np.arange(len(steps.origins))  # where those of a leg begin
        ends = sets + steps.lengths % SETS * form.states  # and the states at its end
        own = sets[steps.leg]
        before = own + (steps.place - 1) % SETS * form.states
        inherits = (steps.place == 1) & (steps.origins[steps.leg] >= 0)
        before[inherits] = ends[steps.origins[steps.leg[inherits]]]
        after = own + steps.place % SETS * form.states
        read = before[:, None] + states
        read[self._begins(slice(None))] = own[self._begins(slice(None)), None]  # the one vector of zeros is all of them
        columns = [steps.x[:, None], steps.gradient[:, None], read, after[:, None] + states, steps.result[:, None]]
        if form.rule is not None:
            columns.append(np.full((len(steps.x), 1), form.rule))
        return np.concatenate(columns, axis=1)

    def _begins(self, chosen: slice) -> NDArray[np.bool_]:
        """Which of some steps are the first of a state."""
        steps = self._reel.steps
        first: NDArray[np.bool_] = (steps.place[chosen] == 1) & (steps.origins[steps.leg[chosen]] < 0)
        return first

    def _with_zeros(self, window: Window, piece: Piece) -> Window:
        """With rows that make zeros of the model before the first step of every state, as `StatefulStepper` does."""
        steps = self._reel.steps
        firsts = np.flatnonzero(self._begins(slice(piece.first, piece.first + len(piece.places))))
        if len(firsts) == 0:
            return window
        chosen = piece.first + firsts
        x, zeros = steps.x[chosen], self._operands[chosen, 2]
        rows = np.zeros(len(firsts), window.rows.dtype)
        rows["operation"], rows["region"] = operations.COMBINE, steps.region[chosen]
        rows["reads"], rows["writes"] = 2, 1
        rows["operands"] = len(window.operands) + 3 * np.arange(len(rows))
        rows["coefficients"] = len(window.coefficients)
        return Window(
            np.insert(window.rows, piece.places[firsts], rows),
            np.concatenate([window.operands, np.stack([x, x, zeros], axis=1).ravel()]),
            np.concatenate([window.coefficients, np.zeros(2)]),
        )


def _coefficients(reel: Reel, form: Form, rate: Rate) -> NDArray[np.float64]:
    """The coefficients of every step."""
    steps = reel.steps
    if isinstance(rate, float):
        lr = rate * steps.modulation
    else:
        pairs, which = np.unique(np.stack([steps.updates, steps.gradients]), axis=1, return_inverse=True)
        rates = np.array([rate(updates, gradients) for updates, gradients in pairs.T.tolist()], np.float64)
        lr = rates[which.reshape(-1)] * steps.modulation
    if form.rule is None:
        return np.stack([np.ones_like(lr), -lr], axis=1)
    times, which = np.unique(steps.updates, return_inverse=True)
    others = np.array([form.coefficients(1 + time) for time in times.tolist()], np.float64).reshape(len(times), -1)
    return np.concatenate([lr[:, None], others[which.reshape(-1)]], axis=1)
