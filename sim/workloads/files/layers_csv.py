"""A table of layers in a CSV file."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator

from sim.workloads.files import Found
from sim.workloads.layers import MULTIPLY_ADD
from sim.workloads.table import Row, Table

#: Columns that say how large a tensor is: its shape, its elements, or its bytes in single precision.
SIZES = ("shape", "parameters", "bytes")
#: Columns that say what it costs in the forward pass of one sample.
COSTS = ("flops", "multiply_adds")
#: Size of an element in single precision (B).
WORD = 4


def read_layers_csv(data: bytes) -> Found:
    """Read a CSV file of layers: a row for each tensor, in the order of the forward pass.

    The first line names the columns: ``name``; ``shape`` (64x3x7x7, the outputs first), ``parameters`` or ``bytes`` (in
    single precision); and ``flops`` or ``multiply_adds`` of the forward pass of one sample, if known. Others are not
    looked at. Cells are separated by commas, semicolons or tabs.

    Parameters
    ----------
    data
        What is in the file.

    Raises
    ------
    ValueError
        If it is no such table: which line, what was expected.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError("is not text in UTF-8") from error
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    lines = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    names = [(name or "").strip().lower() for name in lines.fieldnames or ()]
    lines.fieldnames = names
    size = next((name for name in SIZES if name in names), None)
    if "name" not in names or size is None:
        missing = "name" if "name" not in names else "shape, parameters or bytes"
        raise ValueError(f"has no column {missing}, only {', '.join(filter(None, names)) or 'nothing'}")
    cost = next((name for name in COSTS if name in names), None)
    try:
        rows = tuple(_rows(lines, size, cost))
    except csv.Error as error:
        raise ValueError(f"is not CSV ({error})") from error
    if not rows:
        raise ValueError("has no tensors")
    return Found(Table(rows), arithmetic=cost is not None)


def _rows(lines: csv.DictReader[str], size: str, cost: str | None) -> Iterator[Row]:
    for line in lines:
        if not any(cell and str(cell).strip() for cell in line.values()):
            continue
        where = f"line {lines.line_num}"
        shape = _shape(line[size] or "", size, where)
        flops = _number(line[cost] or "", cost, where) if cost is not None else 0.0
        yield Row((line["name"] or "").strip(), shape, flops * (MULTIPLY_ADD if cost == "multiply_adds" else 1.0))


def _shape(cell: str, column: str, where: str) -> tuple[int, ...]:
    if column == "shape":
        extents = re.split(r"\s*[x*,\s]\s*", cell.strip(" ()[]"))
        if not all(extent.isascii() and extent.isdigit() for extent in extents):
            raise ValueError(f"{where}: shape is {cell.strip()[:40]!r}, expected whole numbers such as 64x3x7x7")
        return tuple(map(int, extents))
    elements = _number(cell, column, where) / (WORD if column == "bytes" else 1)
    if elements != int(elements):
        raise ValueError(f"{where}: {column} is {cell.strip()[:40]!r}, which is no whole number of elements")
    return (int(elements),)


def _number(cell: str, column: str, where: str) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not 0.0 <= number < 1e18:
        raise ValueError(f"{where}: {column} is {cell.strip()[:40]!r}, expected a number from 0 to below 1e18")
    return number
