"""Published runs that communicate now and then: local SGD and DiLoCo over slow links."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sim.truth.entry import Entry, loaded

#: The digest that the package carries.
DIGEST = "low_communication.json"
#: What is judged; others, such as distributed data parallelism, are left out.
ALGORITHMS = ("diloco", "localsgd")


class Cell(NamedTuple):
    """A run.

    Attributes
    ----------
    run
        Its name.
    algorithm
        One of `ALGORITHMS`.
    period
        Local steps of a round, >= 1: H.
    rate
        Of a link, as measured (bit/s).
    warmup, steps
        Steps before what was measured, and all of them (count).
    workers
        How many, >= 2.
    seconds
        That one step computes (s).
    utilisation
        Computing over wall time, as measured (ratio).
    analytic
        The same by the source's own formula, bytes over rate (ratio).
    """

    run: str
    algorithm: str
    period: int
    rate: float
    warmup: int
    steps: int
    workers: int
    seconds: float
    utilisation: float
    analytic: float

    @property
    def nbytes(self) -> float:
        """Size of the model (B), which the source's formula has: a round takes H steps and ``8 bytes / rate``."""
        return (1.0 / self.analytic - 1.0) * self.seconds * self.period * self.rate / 8.0

    @property
    def rounds(self) -> list[int]:
        """Of each averaging after the warm-up, how many steps it is after the last one, or after the warm-up."""
        ends = [step for step in range(self.warmup + 1, self.steps + 1) if step % self.period == 0]
        begins = [max(self.warmup, step - self.period) for step in ends]
        return [end - begin for begin, end in zip(begins, ends, strict=True)]


def read_cells(path: Path | None) -> tuple[tuple[Cell, ...], tuple[tuple[str, str], ...]]:
    """The runs of a file that can be judged, and the names of others with the reason.

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
    cells, others = [], []
    for entry in Entry(found, file).entries("rows", "row"):
        name, why = entry.text("run"), _left_out(entry)
        if why:
            others.append((name, why))
        else:
            cells.append(_cell(entry))
    return tuple(cells), tuple(others)


def _left_out(entry: Entry) -> str:
    algorithm = entry.text("algorithm")
    if algorithm not in ALGORITHMS:
        return f"algorithm: {algorithm} is none of {', '.join(ALGORITHMS)}"
    if entry.known("measured_bps") is None:
        return "measured_bps: the rate of its link is not known"
    return ""


def _cell(entry: Entry) -> Cell:
    steps, warmup = entry.whole("steps"), entry.known("warmup") or 0
    if not isinstance(warmup, int) or not 0 <= warmup < steps:
        entry.refuse("warmup", f"a count below its {steps} steps")
    if entry.whole("workers") < 2:
        entry.refuse("workers", "at least 2")
    for key in ("cu_measured", "cu_analytic_link"):
        if not 0.0 < entry.number(key) < 1.0:
            entry.refuse(key, "a share above 0 and below 1")
    return Cell(
        entry.text("run"),
        entry.text("algorithm"),
        entry.whole("H"),
        entry.number("measured_bps"),
        warmup,
        steps,
        entry.whole("workers"),
        entry.number("compute_s") / (steps - warmup),
        entry.number("cu_measured"),
        entry.number("cu_analytic_link"),
    )
