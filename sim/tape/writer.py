"""Writing rows."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

import numpy as np

from kernels.tape.rows import ROW, Window


class Writer:
    """Writes the rows of the tape, and hands them over window by window.

    Few kinds of rows make up a tape, so that all that is written of a row is its kind, its operands and its
    coefficients; what the kind says, and where the others stand, is filled in for a whole window at once.

    Parameters
    ----------
    rows
        Number of rows of a window, >= 1.
    hand_over
        Told every window.
    """

    def __init__(self, rows: int, hand_over: Callable[[Window], None]) -> None:
        self._hand_over = hand_over
        self._most = rows
        self._handed_over = 0  # rows
        self._kinds: dict[tuple[int, ...], int] = {}
        # Lists: to add to one takes half as long as to an array, which it becomes at once in the end.
        self._rows: list[int] = []  # the kind of each
        self._operands: list[int] = []
        self._coefficients: list[float] = []

    def __len__(self) -> int:
        """Number of rows that have not been handed over."""
        return len(self._rows)

    def rows(self) -> int:
        """Number of all rows written so far."""
        return self._handed_over + len(self._rows)

    def kind(
        self, operation: int, reads: int, writes: int = 0, numbers: int = 0, coefficients: int = 0, region: int = 0
    ) -> int:
        """A kind of rows (see `kernels.tape.rows`).

        Parameters
        ----------
        operation
            Number of an operation of `kernels.tape.operations`.
        reads, writes
            How many slots it reads and writes.
        numbers, coefficients
            How many whole numbers and others the operation asks for.
        region
            Number of the part of the parameters that it is about; 0 for all.
        """
        kind = operation, region, reads, writes, numbers, coefficients
        return self._kinds.setdefault(kind, len(self._kinds))

    def add(self, kind: int, operands: Sequence[int], coefficients: Sequence[float] = ()) -> None:
        """Write a row of a kind.

        Parameters
        ----------
        kind
            Which.
        operands
            The slots that it reads, then those that it writes, the last of which has the result, then the whole numbers
            that the operation asks for.
        coefficients
            The other numbers.
        """
        self._operands += operands
        self._coefficients += coefficients
        self._rows.append(kind)
        if len(self._rows) == self._most:
            self.flush()

    def write(
        self,
        operation: int,
        reads: Sequence[int],
        writes: Sequence[int] = (),
        numbers: Sequence[int] = (),
        coefficients: Sequence[float] = (),
        region: int = 0,
    ) -> None:
        """Write a row of which this is the kind, and these are the operands and coefficients: see `kind` and `add`."""
        kind = self.kind(operation, len(reads), len(writes), len(numbers), len(coefficients), region)
        self.add(kind, (*reads, *writes, *numbers), coefficients)

    def flush(self) -> None:
        """Hand over what has been written."""
        if not self._rows:
            return
        operands = np.frombuffer(array("q", self._operands), np.int64)
        coefficients = np.frombuffer(array("d", self._coefficients), np.float64)
        window = Window(self._filled_in(), operands, coefficients)
        self._handed_over += len(self._rows)
        self._rows, self._operands, self._coefficients = [], [], []
        self._hand_over(window)

    def _filled_in(self) -> np.ndarray:
        """The rows as the executor reads them."""
        rows = np.empty(len(self._rows), ROW)
        kinds = np.array(list(self._kinds), np.int64)[self._rows].T
        for name, column in zip(("operation", "region", "reads", "writes", "numbers"), kinds, strict=False):
            rows[name] = column
        for name, counts in (("operands", kinds[2:5].sum(0)), ("coefficients", kinds[5])):
            rows[name] = np.cumsum(counts) - counts
        return rows
