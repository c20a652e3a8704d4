"""What is measured on the way, between two updates: means of a column of metrics.csv, seed by seed."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from sim.evidence.difference import compare
from sim.plot.cells import Cell
from sim.plot.quantity import Quantity
from sim.results.rows import Metric, Summary
from sim.study.effect import Effect, percent, told


class Stretch(NamedTuple):
    """A stretch of runs, and what is asked of it.

    Attributes
    ----------
    runs
        Which, by part and settings; see `sim.study.table.Table.at`.
    column
        Of metrics.csv.
    first, last
        Evaluations after this many updates count, both ends among them.
    per
        A column that it is divided by, evaluation by evaluation; "": none.
    power
        What it is raised to, before its mean is taken (number).
    of
        Whose runs count; None: all. That of others has to be said.
    """

    runs: str
    column: str
    first: float
    last: float
    per: str = ""
    power: float = 1.0
    of: Callable[[Summary], bool] | None = None

    @property
    def words(self) -> str:
        """What is measured, of which runs, and when."""
        per = f" over {Quantity(self.per).words}" if self.per else ""
        power = "" if self.power == 1.0 else f" to the power of {self.power:g}"
        return f"{Quantity(self.column).words}{per}{power} after {self.first:g} to {self.last:g} updates, {self.runs}"

    def means(self, cell: Cell) -> Mapping[int, float]:
        """The mean of each seed that counts; of one that has not been measured there, or not as a number, none.

        Parameters
        ----------
        cell
            The runs.
        """
        found: dict[int, list[float]] = defaultdict(list)
        for row in cell.curve:
            counts = self.of is None or self.of(cell.seeds[row.seed])
            if counts and self.first <= row.updates <= self.last:
                found[row.seed] += self._values(row)
        return {seed: math.fsum(values) / len(values) for seed, values in found.items() if values}

    def _values(self, row: Metric) -> Iterator[float]:
        value, unit = getattr(row, self.column), getattr(row, self.per) if self.per else 1.0
        if value is not None and unit:
            value = (value / unit) ** self.power
            if math.isfinite(value):
                yield value


def apart(first: Stretch, second: Stretch, cells: tuple[Cell, Cell], unit: str) -> Effect:
    """How much larger the second mean is than the first, by pairs of seeds.

    Parameters
    ----------
    first, second
        The stretches, of the same runs or of others.
    cells
        The runs of both.
    unit
        Of the column.
    """
    means = [each.means(cell) for each, cell in zip((first, second), cells, strict=True)]
    return _compared(means, cells, (first, second), unit, lambda value: value)


def times(first: Stretch, second: Stretch, cells: tuple[Cell, Cell], expected: float) -> Effect:
    """How much larger the second mean is than some times the first (%), by ratios of the pairs of seeds.

    Parameters
    ----------
    first, second, cells
        As in `apart`; of columns that are positive.
    expected
        How many times as large it is expected to be, > 0.
    """
    means = [each.means(cell) for each, cell in zip((first, second), cells, strict=True)]
    if any(value <= 0.0 for group in means for value in group.values()):
        return Effect(None, None, None, None, min(map(len, means)), "%", "not positive")
    logs = [
        {seed: math.log(scale * value) for seed, value in group.items()}
        for scale, group in zip((expected, 1.0), means, strict=True)
    ]
    return _compared(logs, cells, (first, second), "%", percent)


def from_expected(stretch: Stretch, cell: Cell, expected: float, unit: str) -> Effect:
    """How much larger the mean is than what is expected of it.

    Parameters
    ----------
    stretch, cell
        The stretch, and its runs.
    expected
        What it is expected to be (in that unit).
    unit
        Of the column.
    """
    means = stretch.means(cell)
    return _compared(
        [dict.fromkeys(means, expected), means], (cell, cell), (stretch, stretch), unit, lambda value: value
    )


def _compared(
    means: list[Mapping[int, float]] | list[dict[int, float]],
    cells: tuple[Cell, Cell],
    stretches: tuple[Stretch, Stretch],
    unit: str,
    back: Callable[[float], float],
) -> Effect:
    """What the pairs say; nothing where a seed that counts has no mean, as the others alone would flatter."""
    counting = [_counting(each, cell) for each, cell in zip(stretches, cells, strict=True)]
    lost = max(len(all_of_it) - len(group) for all_of_it, group in zip(counting, means, strict=True))
    left_out = max(len(cell.seeds) - len(all_of_it) for cell, all_of_it in zip(cells, counting, strict=True))
    common = means[0].keys() & means[1].keys()
    said = f"{left_out} seeds do not count" if left_out else ""
    if lost or not common:
        return Effect(None, None, None, None, len(common), unit, f"without such a mean: {lost} seeds")
    found = compare(*({seed: group[seed] for seed in common} for group in means))
    return told(found, unit, said, back)


def _counting(stretch: Stretch, cell: Cell) -> list[int]:
    return [seed for seed, summary in cell.seeds.items() if stretch.of is None or stretch.of(summary)]
