"""Runs as the points of a figure: a cell for each panel, name and place on the axis."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sim.printable import printable
from sim.report.collect import collect
from sim.report.factors import factors, has_key
from sim.report.grouping import grouped
from sim.report.label import setting
from sim.results.read import read_metrics
from sim.results.rows import Metric, Summary


@dataclass(frozen=True)
class Cell:
    """Runs that differ in the seed only.

    Attributes
    ----------
    facet
        The panel that they are in: the values of its settings as texts.
    name
        What their mark belongs to.
    row
        Their settings and mean figures, as `sim.report.collect.collect` has them.
    seeds
        The summary of each seed.
    runs
        Their directories.
    """

    facet: tuple[str, ...]
    name: str
    row: Mapping[str, Any]
    seeds: Mapping[int, Summary]
    runs: Sequence[str]

    @cached_property
    def curve(self) -> list[Metric]:
        """The rows of metrics.csv of all seeds: most figures need none.

        Raises
        ------
        ValueError
            Naming the file, when one is truncated.
        """
        return [metric for run in self.runs for metric in read_metrics(Path(run) / "metrics.csv")]


@dataclass(frozen=True)
class Runs:
    """All runs that a figure is made of, grouped.

    Attributes
    ----------
    cells
        One for each group; panels and names are not given yet.
    varied
        The settings in which they differ, see `sim.report.factors`.
    every
        The rows of all runs of the folders, those too that are not shown: a name has its mark among all.
    """

    cells: Sequence[Cell]
    varied: Sequence[str]
    every: Sequence[Mapping[str, Any]]


def read_runs(directories: Sequence[Path], where: Mapping[str, Sequence[str]]) -> Runs:
    """Read runs and group those that differ in the seed only.

    Parameters
    ----------
    directories
        Run directories, or parents of any number of them.
    where
        Setting -> values, as texts, that runs must have.

    Raises
    ------
    ValueError
        When a directory does not exist or holds no run, a file is truncated, or no run has what is asked.
    """
    table = collect(directories)
    every = table.to_dicts()
    for key, values in where.items():
        known = {text(row.get(key)) for row in every}
        if missing := [value for value in values if value not in known]:
            has_key(key, table.columns, "--where")
            raise ValueError(f"--where {key}={missing[0]}: no run has it; choose of {', '.join(natural(known))}")
    kept = [index for index, row in enumerate(every) if all(text(row.get(key)) in of for key, of in where.items())]
    if not kept:
        asked = " ".join(f"{key}={','.join(of)}" for key, of in where.items())
        raise ValueError(f"--where {asked}: no run has all of it; leave one out")
    shown = table[kept]
    groups = grouped(shown, dict.fromkeys(shown["run"], ()))
    rows = groups.table.to_dicts()
    cells = [Cell((), "", row, groups.seeds[row["run"]], groups.runs[row["run"]]) for row in rows]
    return Runs(cells, factors(rows), every)


def arranged(runs: Runs, by: Sequence[str], facets: Sequence[str]) -> list[Cell]:
    """The cells with their panels and names, in natural order of these."""
    found = [
        Cell(
            tuple(f"{key}={text(cell.row.get(key))}" for key in facets),
            name_of(cell.row, by),
            cell.row,
            cell.seeds,
            cell.runs,
        )
        for cell in runs.cells
    ]
    place = {name: at for at, name in enumerate(natural(cell.name for cell in found))}
    panel = {facet: at for at, facet in enumerate(natural(" ".join(cell.facet) for cell in found))}
    return sorted(found, key=lambda cell: (panel[" ".join(cell.facet)], place[cell.name]))


def name_of(row: Mapping[str, Any], by: Sequence[str]) -> str:
    """What a mark belongs to: the values of some settings, with their keys where a value alone says too little."""
    if not by:
        return text(row["protocol"])
    values = ((key, row.get(key)) for key in by)
    return " · ".join(text(value) if isinstance(value, str) else setting(key, text(value)) for key, value in values)


def one_each(cells: Iterable[Cell], places: Sequence[Any], varied: Sequence[str]) -> None:
    """Refuse cells of which several would be at one place: they would be taken for one.

    Parameters
    ----------
    cells, places
        The cells, and where on the axis each is.
    varied
        The settings in which they differ.

    Raises
    ------
    ValueError
        With the settings that have to be told apart.
    """
    groups: dict[tuple[Any, ...], list[Cell]] = defaultdict(list)
    for cell, place in zip(cells, places, strict=True):
        groups[cell.facet, cell.name, place].append(cell)
    for group in groups.values():
        if len(group) == 1:
            continue
        differ = [key for key in varied if len({text(cell.row.get(key)) for cell in group}) > 1]
        if not differ:
            folders = " and ".join(str(Path(cell.runs[0]).parent) for cell in group[:2])
            raise ValueError(f"the same runs are in {folders}; give one of the folders")
        key = differ[0]
        raise ValueError(
            f"runs at one point differ in {', '.join(differ)}; give --by or --facets {key}, or --where "
            f"{key}={text(group[0].row.get(key))}, or --best {key}"
        )


def text(value: Any) -> str:
    """A setting as a text."""
    if value is None:
        return "none"
    return printable(f"{value:g}" if isinstance(value, float) else str(value))


def natural(texts: Iterable[str]) -> list[str]:
    """Texts, each once, numbers inside them by their value."""

    def key(each: str) -> list[tuple[int, float, str]]:
        pieces = re.split(r"(\d+(?:\.\d+)?(?:e[-+]?\d+)?)", each)
        return [(0, float(piece), "") if at % 2 else (1, 0.0, piece) for at, piece in enumerate(pieces) if piece]

    return sorted({*texts}, key=key)
