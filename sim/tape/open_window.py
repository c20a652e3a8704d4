"""The window of the tape that is being written."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Sequence

import numpy as np

from kernels.tape.rows import ROW, Window

_ROW = struct.Struct(f"{len(ROW.names or ())}q")


class OpenWindow:
    """Rows of the tape that wait for as many more as make a window.

    Parameters
    ----------
    rows
        Number of rows that a window has, >= 1.
    """

    __slots__ = ("_coefficients", "_filled", "_operands", "_rows")

    def __init__(self, rows: int) -> None:
        self._rows = bytearray(_ROW.size * rows)
        self._filled = 0
        # Lists: to add to them takes half as long as to an array, which they become at once in the end.
        self._operands: list[int] = []
        self._coefficients: list[float] = []

    def __len__(self) -> int:
        """Number of rows written so far."""
        return self._filled // _ROW.size

    def write(
        self,
        operation: int,
        reads: Sequence[int],
        writes: Sequence[int] = (),
        numbers: Sequence[int] = (),
        coefficients: Iterable[float] = (),
        region: int = 0,
    ) -> bool:
        """Write a row (see `kernels.tape.rows`) and say whether the window is full now.

        Parameters
        ----------
        operation
            Number of an operation of `kernels.tape.operations`.
        reads, writes
            Slots that it reads and writes; the last of these has the result.
        numbers, coefficients
            Whole numbers and others that the operation asks for.
        region
            Number of the part of the parameters, 0 for all.
        """
        operands, factors, filled = self._operands, self._coefficients, self._filled
        counts = len(reads), len(writes), len(numbers)
        _ROW.pack_into(self._rows, filled, operation, region, len(operands), *counts, len(factors))
        operands += reads
        operands += writes
        operands += numbers
        factors += coefficients
        self._filled = filled = filled + _ROW.size
        return filled == len(self._rows)

    def close(self) -> Window:
        """What has been written, as the executor takes it."""
        return Window(
            np.frombuffer(self._rows, ROW, len(self)),
            np.frombuffer(array("q", self._operands), np.int64),
            np.frombuffer(array("d", self._coefficients), np.float64),
        )
