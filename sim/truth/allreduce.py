"""Published times of collective operations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sim.truth.entry import Entry, loaded
from sim.truth.timing import Timing

#: The digest that the package carries.
DIGEST = "allreduce.json"


class Sweep(NamedTuple):
    """Times of operations on some machines, each by the size of the vector.

    Attributes
    ----------
    id
        Name of the measurement.
    device
        What the machines compute with; empty: nobody says.
    note
        What else is said of the machines; empty: nothing.
    ranks, nodes
        How many, equally many ranks on each node, >= 1.
    timings
        What was measured, of each operation by size.
    """

    id: str
    device: str
    note: str
    ranks: int
    nodes: int
    timings: tuple[Timing, ...]

    @property
    def site(self) -> str:
        """The same for measurements of one kind of machines: their device, or else what is said of them."""
        return self.device or self.note


def read_allreduce(path: Path | None) -> tuple[Sweep, ...]:
    """The measurements of a file.

    Parameters
    ----------
    path
        Where it is: JSON, an object with ``rows``; None: the public ones inside the package.

    Raises
    ------
    ValueError
        In one line, if it is no such file: file, row, key, value and remedy.
    OSError
        If it cannot be read.
    """
    found, file = loaded(path, DIGEST)
    sweeps = tuple(_sweep(entry) for entry in Entry(found, file).entries("rows", "row"))
    names = [sweep.id for sweep in sweeps]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"{file}: two rows have the id {twice!r}; give each its own")
    return sweeps


def _sweep(entry: Entry) -> Sweep:
    ranks, nodes = entry.whole("ranks"), entry.whole("nodes")
    if entry.whole("ranks_per_node", ranks // nodes or None) * nodes != ranks:
        entry.refuse("ranks_per_node", f"{ranks} ranks over {nodes} nodes, equally many on each")
    operations = Entry(entry.known("sweeps"), f"{entry.where}: sweeps")
    timings = tuple(timing for operation in operations.keys for timing in _timings(operations, operation, ranks, nodes))
    if not timings:
        entry.refuse("sweeps", "at least one operation")
    return Sweep(
        entry.text("id"),
        entry.text("device") if entry.known("device") is not None else "",
        entry.text("note") if entry.known("note") is not None else "",
        ranks,
        nodes,
        timings,
    )


def _timings(operations: Entry, operation: str, ranks: int, nodes: int) -> Iterator[Timing]:
    """In the order of the sizes."""
    found: dict[float, Timing] = {}
    for point in operations.entries(operation, f"{operation}, point"):
        nbytes = point.number("bytes")
        if nbytes in found:
            point.refuse("bytes", "another size than that of a point before")
        found[nbytes] = Timing(operation, nbytes, ranks, nodes, point.number("seconds"))
    if not found:
        operations.refuse(operation, "at least one point")
    yield from (found[nbytes] for nbytes in sorted(found))
