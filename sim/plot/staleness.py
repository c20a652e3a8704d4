"""How stale the gradients were that were applied: the share of each staleness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.plot.axis import spread_out
from sim.plot.cells import Cell, one_each
from sim.plot.picture import Facet, Picture, line_style
from sim.report.mark import Mark
from sim.results.read import read_staleness

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: As many markers as a line has.
_MARKERS = 7


class Staleness(Picture):
    """See the module.

    Parameters
    ----------
    cells
        The runs.
    marks
        Of their names.
    varied
        The settings in which the runs differ.

    Raises
    ------
    ValueError
        Where several groups of runs would be one line, or no run has applied a gradient of known staleness.
    """

    file = "staleness"
    across = "staleness (versions)"
    up = "share of applied gradients (%)"

    def __init__(self, cells: Sequence[Cell], marks: Mapping[str, Mark], varied: Sequence[str]) -> None:
        one_each(cells, [None] * len(cells), varied)
        counted = [(cell, _counted(cell)) for cell in cells]
        self._shares = [(cell, _shares(counts)) for cell, counts in counted if counts]
        if not self._shares:
            raise ValueError("--y staleness: no run has any; it is measured where a server applies gradients")
        self.facets = list(dict.fromkeys(cell.facet for cell, _ in self._shares))
        self.marks = {name: marks[name] for name in dict.fromkeys(cell.name for cell, _ in self._shares)}
        missing = len(cells) - len(self._shares)
        self.caption = [
            "Shares are of all gradients that were applied, of all seeds together.",
            *([f"{missing} of {len(cells)} groups of runs have no server, and no staleness."] if missing else []),
        ]
        self.rows = [
            {
                **dict(each.split("=", 1) for each in cell.facet),
                "name": cell.name,
                "staleness": versions,
                "share": share,
            }
            for cell, shares in self._shares
            for versions, share in shares.items()
        ]

    def draw(self, axes: Axes, facet: Facet) -> None:
        for cell, shares in self._shares:
            if cell.facet == facet:
                mark = self.marks[cell.name]
                every = max(1, len(shares) // _MARKERS)
                percent = [100 * share for share in shares.values()]
                axes.plot([*shares], percent, marker=mark.marker, markevery=every, **line_style(mark))
        drawn = [shares for _, shares in self._shares]
        spread_out(axes, "y", [100 * share for shares in drawn for share in shares.values()], logarithmic=False)
        spread_out(axes, "x", [float(versions) for shares in drawn for versions in shares], logarithmic=False)


def _counted(cell: Cell) -> Counter[int]:
    """The histogram of all seeds."""
    return sum((read_staleness(Path(run) / "staleness.csv") for run in cell.runs), Counter[int]())


def _shares(counts: Counter[int]) -> dict[int, float]:
    """The share of every staleness up to the largest, those too that did not occur."""
    return {versions: counts[versions] / counts.total() for versions in range(max(counts) + 1)}
