"""The rows of the tape: what is done, with which slots and numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import float64, from_dtype, int64
from numpy.typing import NDArray

from kernels.inlined import inlined
from kernels.tape.named import named

#: One row of the tape. It says by itself what it waits for: its operands stand in the window's, from number `operands`
#: on, and are `reads` slots that it reads, then `writes` slots that it writes, then `numbers` whole numbers of other
#: meaning; its coefficients stand in the window's from number `coefficients` on. `region` is the part of the parameters
#: that it is about: 0 for all of them. What they are to an operation stands in `kernels.tape.operations`.
ROW = np.dtype(
    [(name, np.int64) for name in ("operation", "region", "operands", "reads", "writes", "numbers", "coefficients")],
    align=True,
)


class Window(NamedTuple):
    """A piece of the tape: its rows, and the operands and coefficients that they point to."""

    rows: NDArray[Any]
    operands: NDArray[np.int64]
    coefficients: NDArray[np.float64]


class Row(NamedTuple):
    """What a row of the tape is about.

    Parameters
    ----------
    region
        Number of the part of the parameters.
    slots
        The slots that are read, then those of new states, which are written.
    result
        The slot of the result, the last that is written; of no meaning where none is.
    numbers
        Whole numbers of other meaning.
    coefficients
        Its own, and all that stand behind them: an operation knows how many it has.
    """

    region: int
    slots: NDArray[np.int64]
    result: int
    numbers: NDArray[np.int64]
    coefficients: NDArray[np.float64]


_row: Any = from_dtype(ROW)
WINDOW = named(Window, _row[::1], int64[::1], float64[::1])


@inlined
def row_of(window: Window, number: int) -> Row:
    """Row `number` of a window."""
    row, operands = window.rows[number], window.operands
    first = row["operands"]
    end = first + row["reads"] + row["writes"]
    return Row(
        row["region"],
        operands[first : end - (1 if row["writes"] > 0 else 0)],
        operands[end - 1],
        operands[end : end + row["numbers"]],
        window.coefficients[row["coefficients"] :],
    )
