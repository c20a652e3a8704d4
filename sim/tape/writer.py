"""Writing rows."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from kernels.tape.rows import ROW, Window

_SIZE = ROW.itemsize
_pack = struct.Struct(f"{_SIZE // 8}q").pack_into


class Writer:
    """Writes the rows of the tape, and hands them over window by window.

    Parameters
    ----------
    rows
        Number of rows of a window, >= 1.
    hand_over
        Told every window.
    """

    def __init__(self, rows: int, hand_over: Callable[[Window], None]) -> None:
        self._hand_over = hand_over
        self._rows = bytearray(_SIZE * rows)
        self._filled = 0  # bytes of these
        self._handed_over = 0  # rows
        # Lists: to add to one takes half as long as to an array, which it becomes at once in the end.
        self._operands: list[int] = []
        self._coefficients: list[float] = []

    def __len__(self) -> int:
        """Number of rows that have not been handed over."""
        return self._filled // _SIZE

    def rows(self) -> int:
        """Number of all rows written so far."""
        return self._handed_over + self._filled // _SIZE

    def write(
        self,
        operation: int,
        reads: Sequence[int],
        writes: Sequence[int] = (),
        numbers: Sequence[int] = (),
        coefficients: Iterable[float] = (),
        region: int = 0,
    ) -> None:
        """Write a row (see `kernels.tape.rows`).

        Parameters
        ----------
        operation
            Number of an operation of `kernels.tape.operations`.
        reads, writes
            Slots that it reads and writes; the last of these has the result.
        numbers, coefficients
            Whole numbers and others that the operation asks for.
        region
            Number of the part of the parameters that it is about; 0 for all.
        """
        operands, factors, filled = self._operands, self._coefficients, self._filled
        first, factor = len(operands), len(factors)
        _pack(self._rows, filled, operation, region, first, len(reads), len(writes), len(numbers), factor)
        operands += reads
        operands += writes
        operands += numbers
        factors += coefficients
        self._filled = filled = filled + _SIZE
        if filled == len(self._rows):
            self.flush()

    def flush(self) -> None:
        """Hand over what has been written."""
        if self._filled == 0:
            return
        window = Window(
            np.frombuffer(self._rows, ROW, len(self)),
            np.frombuffer(array("q", self._operands), np.int64),
            np.frombuffer(array("d", self._coefficients), np.float64),
        )
        self._handed_over += len(self)
        self._rows = bytearray(len(self._rows))
        self._filled, self._operands, self._coefficients = 0, [], []
        self._hand_over(window)
