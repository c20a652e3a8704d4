"""Rows of a table lent in contiguous extents."""

from __future__ import annotations

from bisect import insort

from topologies.field_error import FieldError


class Extents:
    """First-fit allocation of extents of rows; the table behind them is the caller's."""

    def __init__(self) -> None:
        self._lent: list[tuple[int, int]] = []  # (first row, row after the last), in order

    def lend(self, size: int) -> int:
        """Lend `size` rows, at least one, in the first gap that holds them; return the first row."""
        size = max(size, 1)  # each loan begins at a row of its own
        start = 0
        for first, end in self._lent:
            if first - start >= size:
                break
            start = end
        insort(self._lent, (start, start + size))
        return start

    def take_back(self, start: int) -> None:
        """End the loan of the extent that begins at row `start`."""
        for position, (first, _) in enumerate(self._lent):
            if first == start:
                del self._lent[position]
                return
        raise FieldError("start", f"row {start} is not lent")
