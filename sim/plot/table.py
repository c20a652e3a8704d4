"""The figures of a picture as a table: each name beside a baseline, seed by seed, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sim.evidence.interval import Interval
from sim.plot.cells import Cell, text
from sim.plot.outcome import Outcome, cut_off, mean_of
from sim.report.verdict import Verdict, by_time, corrected


@dataclass(frozen=True)
class Row:
    """Runs that differ in the seed only.

    Attributes
    ----------
    place
        The values of the settings that a block of rows has in common: of its panel, and on the axis.
    name
        What tells it from the others of the block.
    seeds, reached
        How many have the figure, and how many of these were not cut off.
    mean
        The figure (SI units), with its interval; where seeds were cut off a lower bound, which has none.
    without
        How many other seeds have no such figure: they have diverged.
    verdict
        Its difference from the baseline of the block, with the probability of that by chance; None: it is the baseline,
        or nothing is known.
    """

    place: tuple[str, ...]
    name: str
    seeds: int
    reached: int
    mean: Interval
    without: int = 0
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Table:
    """See the module.

    Attributes
    ----------
    heads
        What the places are values of.
    y
        The figure.
    baseline
        The name that others are compared with.
    rows
        In the order of the picture.
    """

    heads: Sequence[str]
    y: str
    baseline: str
    rows: Sequence[Row]

    def flat(self) -> Iterator[dict[str, Any]]:
        """A row for a spreadsheet (SI units)."""
        for row in self.rows:
            verdict = row.verdict
            found = None if verdict is None else verdict.difference
            yield {
                **dict(zip(self.heads, row.place, strict=True)),
                "name": row.name,
                "seeds": row.seeds,
                "reached": row.reached,
                "without_figure": row.without,
                self.y: row.mean.value,
                "low95": row.mean.low,
                "high95": row.mean.high,
                "baseline": self.baseline,
                "difference": None if found is None else found.effect,
                "difference_low95": None if found is None else found.low,
                "difference_high95": None if found is None else found.high,
                "paired": None if found is None else found.paired,
                "p_holm": None if verdict is None else verdict.p,
            }


def table(
    cells: Sequence[Cell],
    outcomes: Sequence[Outcome],
    y: str,
    x: str | None,
    facets: Sequence[str],
    baseline: str | None,
) -> Table:
    """Compare cells that are at one place.

    Parameters
    ----------
    cells, outcomes
        The runs, and what each seed came to.
    y
        The figure.
    x
        The setting on the axis; None: there is none.
    facets
        The settings of the panels.
    baseline
        The name that others are compared with; None: the first.

    Raises
    ------
    ValueError
        Where no runs have the name of the baseline.
    """
    names = list(dict.fromkeys(cell.name for cell in cells))
    if baseline is not None and baseline not in names:
        raise ValueError(f"--baseline {baseline}: no such name; choose of {', '.join(names)}")
    first = baseline or names[0]
    heads = [*facets, *([] if x is None else [x])]
    found: list[tuple[Row, Outcome]] = []
    for cell, outcome in zip(cells, outcomes, strict=True):
        if outcome:
            place = (*(each.partition("=")[2] for each in cell.facet), *([] if x is None else [text(cell.row.get(x))]))
            lost, mean = cut_off(outcome), mean_of(outcome)
            mean = mean._replace(low=None, high=None) if lost else mean
            without = len(cell.seeds) - len(outcome)
            row = Row(place, cell.name, len(outcome), len(outcome) - lost, mean, without)
            found.append((row, outcome))
    places = list(dict.fromkeys(row.place for row, _ in found))
    found.sort(key=lambda each: (places.index(each[0].place), names.index(each[0].name)))
    return Table(heads, y, first, _judged(found, first))


def _judged(found: Sequence[tuple[Row, Outcome]], baseline: str) -> list[Row]:
    """The rows with what the seeds say of them beside the baseline of their block, after Holm's correction for all."""
    bases = {row.place: outcome for row, outcome in found if row.name == baseline}
    differences = [
        None if row.name == baseline or row.place not in bases else by_time(bases[row.place], outcome)
        for row, outcome in found
    ]
    known = iter(corrected([each for each in differences if each is not None]))
    return [
        row if each is None else replace(row, verdict=next(known))
        for (row, _), each in zip(found, differences, strict=True)
    ]
