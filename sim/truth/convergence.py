"""Published samples to the target against global batch, by benchmark."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from sim.efficiency.batch_law import Entry
from sim.truth.entry import Entry as Record
from sim.truth.entry import loaded

#: The digest that the package carries.
DIGEST = "convergence.json"


class Convergence(NamedTuple):
    """Tables of some rounds.

    Attributes
    ----------
    rounds
        Whose results are in them.
    tables
        By benchmark.
    """

    rounds: tuple[str, ...]
    tables: Mapping[str, tuple[Entry, ...]]


def read_convergence(path: Path | None = None) -> Convergence:
    """The tables of a file.

    Parameters
    ----------
    path
        Where it is: JSON, an object with ``rounds`` and ``benchmarks``; None: the public ones inside the package.

    Raises
    ------
    ValueError
        In one line, if it is no such file: file, table, key, value and remedy.
    OSError
        If it cannot be read.
    """
    found, file = loaded(path, DIGEST)
    whole = Record(found, file)
    tables = Record(whole.known("benchmarks"), f"{file}: benchmarks")
    return Convergence(
        tuple(map(str, whole.known("rounds") or ())),
        {
            benchmark: tuple(
                Entry(line.number("global_batch_size"), line.number("samples_to_target"), line.whole("results", 1))
                for line in tables.entries(benchmark, "line")
            )
            for benchmark in tables.keys
        },
    )
