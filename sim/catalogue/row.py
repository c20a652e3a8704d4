"""A row of the catalogue: one figure of one device or machine, and where it is from."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from sim.catalogue.figures import FIGURES


class Row(NamedTuple):
    """One figure of one device or machine.

    Attributes
    ----------
    group
        Whose figure it is: ``device`` or ``machine``.
    name
        Of the device or machine.
    figure
        Which figure: a key of `sim.catalogue.figures.FIGURES`.
    workload, precision
        What it is of, where that makes a difference; else empty.
    batch
        Samples of the mini-batches that it was measured with, >= 1; 0: it has none.
    value
        As it is written.
    unit
        That it is written in.
    kind
        ``peak``, ``measured`` or ``fitted``.
    as_of
        Month in which it was so, as 2021-03.
    source
        Where it is published.
    file
        The file that it is in.
    line
        Number of the line there, from 1.
    """

    group: str
    name: str
    figure: str
    workload: str
    precision: str
    batch: int
    value: str
    unit: str
    kind: str
    as_of: str
    source: str
    file: str
    line: int

    @property
    def key(self) -> tuple[str, ...]:
        """What no two rows have in common."""
        return self.group, self.name, self.figure, self.workload, self.precision

    @property
    def amount(self) -> float:
        """The number, in the first unit that the figure may have."""
        factor = FIGURES[self.group][self.figure].units[self.unit]
        return float(Decimal(self.value) * Decimal(factor))  # as if the zeros had been written: 15.7e12

    @property
    def place(self) -> str:
        """Where it is written."""
        return f"{self.file}: line {self.line}"

    @property
    def cited(self) -> str:
        """Kind, source and date, for whoever reads the figure."""
        return f"{self.kind}; {self.source}, as of {self.as_of}"

    @property
    def written(self) -> str:
        """The figure with its unit, as it is written."""
        return self.value if self.unit in ("name", "count", "share") else f"{self.value} {self.unit}"
