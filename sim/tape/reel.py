"""A tape that is kept when it has been played, with the steps of its optimizers left open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.tape.rows import Window
from sim.tape.steps import StepLog, Steps

#: Bytes of a reel at the most: some 700 000 gradients.
MOST_BYTES = 2**27
#: Pieces that it is made of, at the least: whoever follows it and diverges plays the rest of a piece in vain.
PIECES = 16


class Piece(NamedTuple):
    """A window of a reel.

    Attributes
    ----------
    window
        Its rows; of every step of an optimizer one that has no meaning but its place.
    places
        The number that each of these has in the window.
    first
        Number of the first of these steps.
    evaluations
        How many measures are known when it has been played.
    """

    window: Window
    places: NDArray[np.int64]
    first: int
    evaluations: int


class Reel(NamedTuple):
    """What a run has had computed, whatever its optimizer, learning rate, data and model.

    Attributes
    ----------
    pieces
        Its windows, in order.
    steps
        The steps of optimizers in them.
    constants
        Numbers that are in some slots from the start; None stands for the starting parameters.
    slots
        How many slots there are.
    """

    pieces: Sequence[Piece]
    steps: Steps
    constants: Sequence[tuple[int, NDArray[Any] | None]]
    slots: int

    @property
    def evaluations(self) -> int:
        """Number of evaluations."""
        return self.pieces[-1].evaluations if self.pieces else 0

    @property
    def nbytes(self) -> int:
        """Memory that it takes (B)."""
        windows = sum(array.nbytes for piece in self.pieces for array in (*piece.window, piece.places))
        constants = sum(numbers.nbytes for _, numbers in self.constants if numbers is not None)
        return windows + constants + sum(column.nbytes for column in self.steps)


class Winder:
    """Keeps the windows of a tape that is recorded, until they are too many.

    Parameters
    ----------
    log
        Takes down the steps of the tape.
    rows
        Number of rows that a window has at the most.

    Attributes
    ----------
    log
        Takes down the steps.
    full
        Whether there are too many.
    """

    def __init__(self, log: StepLog, rows: int) -> None:
        self.log = log
        self._rows = rows
        self._windows: list[tuple[Window, int]] = []
        self._constants: list[tuple[int, NDArray[Any] | None]] = []
        self._nbytes = 0

    @property
    def full(self) -> bool:
        return self._nbytes + self.log.nbytes > MOST_BYTES

    def add_constant(self, slot: int, numbers: NDArray[Any] | None) -> None:
        """Some numbers are in a slot from the start; None: the starting parameters."""
        self._constants.append((slot, numbers))

    def add(self, window: Window, evaluations: int) -> None:
        """A window has been written, after which so many measures are known."""
        self._windows.append((window, evaluations))
        self._nbytes += sum(array.nbytes for array in window)

    def reel(self, slots: int) -> Reel:
        """All that has been added, on so many slots."""
        steps = self.log.steps()
        pieces, row, step = [], 0, 0
        for windows in self._together():
            window = _joined([window for window, _ in windows])
            piece = _piece(window, windows[-1][1], steps, row, step)
            pieces.append(piece)
            row, step = row + len(window.rows), step + len(piece.places)
        return Reel(pieces, steps, self._constants, slots)

    def _together(self) -> Iterator[list[tuple[Window, int]]]:
        """Windows that are played as one: many are short, because an evaluation ended them."""
        total = sum(len(window.rows) for window, _ in self._windows)
        most = min(self._rows, total // PIECES)
        together: list[tuple[Window, int]] = []
        rows = 0
        for each in self._windows:
            if together and rows + len(each[0].rows) > most:
                yield together
                together, rows = [], 0
            together.append(each)
            rows += len(each[0].rows)
        if together:
            yield together


def _joined(windows: Sequence[Window]) -> Window:
    """Some windows as one."""
    rows = np.concatenate([window.rows for window in windows])
    lengths = [len(window.rows) for window in windows]
    for column, sizes in (
        ("operands", [len(window.operands) for window in windows]),
        ("coefficients", [len(window.coefficients) for window in windows]),
    ):
        rows[column] += np.repeat(np.cumsum([0, *sizes[:-1]]), lengths)
    return Window(
        rows,
        np.concatenate([window.operands for window in windows]),
        np.concatenate([window.coefficients for window in windows]),
    )


def _piece(window: Window, evaluations: int, steps: Steps, row: int, step: int) -> Piece:
    """A window that begins at some row and step, without all rows of a step but its first."""
    end = row + len(window.rows)
    last = int(np.searchsorted(steps.begin, end))
    begins = steps.begin[step:last] - row
    changes = np.zeros(len(window.rows) + 1, np.int64)  # +1 behind the first row of a step, -1 where it ends
    around = slice(max(0, step - 1), last)  # the one before may end here
    np.add.at(changes, np.clip(steps.begin[around] + 1 - row, 0, len(window.rows)), 1)
    np.add.at(changes, np.clip(steps.end[around] - row, 0, len(window.rows)), -1)
    kept = np.cumsum(changes[:-1]) == 0
    places = (np.cumsum(kept) - 1)[begins]
    return Piece(window._replace(rows=window.rows[kept]), places, step, evaluations)
