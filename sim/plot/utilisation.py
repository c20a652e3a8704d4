"""Where the workers' time went: the shares of computing, communicating and waiting, a bar for each group of runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.plot.cells import Cell, one_each, text
from sim.plot.picture import Facet, Picture
from sim.report.mark import Mark

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: A part -> its colour, that of its writing, and its hatching, by which it is known without colours.
PARTS = {
    "compute": ("#0072b2", "#ffffff", ""),
    "communicate": ("#e69f00", "#1b1f24", "////"),
    "wait": ("#dfe3e7", "#1b1f24", ""),
}
#: A part has its share written in it from here on.
_WRITTEN = 0.13


class Utilisation(Picture):
    """See the module.

    Parameters
    ----------
    cells
        The runs.
    x
        A setting that is named beside each bar; None: the names alone are.
    varied
        The settings in which the runs differ.

    Raises
    ------
    ValueError
        Where several groups of runs would be one bar, or no run has measured it.
    """

    marks: Mapping[str, Mark] = {}
    across = "share of the workers’ virtual time (%)"
    up = ""

    def __init__(self, cells: Sequence[Cell], x: str | None, varied: Sequence[str]) -> None:
        one_each(cells, [None if x is None else text(cell.row.get(x)) for cell in cells], varied)
        self.file = "utilisation" if x is None else f"utilisation_over_{x.replace('.', '_')}"
        found = [(cell, _bar_name(cell, x), _shares(cell)) for cell in cells]
        self._bars = [(cell, name, shares) for cell, name, shares in found if shares is not None]
        if not self._bars:
            raise ValueError("--y utilisation: no run has measured it; simulate them with this version")
        self.facets = list(dict.fromkeys(cell.facet for cell, *_ in self._bars))
        self._names = list(dict.fromkeys(name for _, name, _ in self._bars))
        self.rows_of_panel = len(self._names)
        self.caption = ["Shares are means over all workers and seeds."]
        self.rows = [
            {**dict(each.split("=", 1) for each in cell.facet), "name": name, **dict(zip(PARTS, shares, strict=True))}
            for cell, name, shares in self._bars
        ]

    def draw(self, axes: Axes, facet: Facet) -> None:
        for cell, name, shares in self._bars:
            if cell.facet == facet:
                self._bar(axes, self._names.index(name), shares)
        axes.set_yticks(range(len(self._names)), self._names)
        axes.set_ylim(len(self._names) - 0.5, -0.5)
        axes.set_xlim(0, 100)
        axes.grid(visible=False)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)

    def _bar(self, axes: Axes, place: int, shares: Sequence[float]) -> None:
        left = 0.0
        for share, (colour, ink, hatch) in zip(shares, PARTS.values(), strict=True):
            style: dict[str, Any] = {"color": colour, "edgecolor": "white", "hatch": hatch, "linewidth": 0.5}
            axes.barh(place, 100 * share, left=left, height=0.74, **style)
            if share >= _WRITTEN:
                box = {"boxstyle": "square,pad=0.1", "facecolor": colour, "edgecolor": "none"} if hatch else None
                middle = left + 50 * share
                axes.text(middle, place, f"{100 * share:.0f}", ha="center", va="center", color=ink, bbox=box)
            left += 100 * share

    def keys(self) -> list[Any]:
        from matplotlib.patches import Patch

        return [
            Patch(facecolor=colour, edgecolor="white", hatch=hatch, linewidth=0.5, label=name)
            for name, (colour, _, hatch) in PARTS.items()
        ]


def _bar_name(cell: Cell, x: str | None) -> str:
    return cell.name if x is None else f"{cell.name} · {text(cell.row.get(x))}"


def _shares(cell: Cell) -> list[float] | None:
    known = [
        [getattr(summary, f"{part}_fraction") for part in PARTS]
        for summary in cell.seeds.values()
        if summary.compute_fraction is not None
    ]
    if not known:
        return None
    return [math.fsum(each[part] or 0.0 for each in known) / len(known) for part in range(len(PARTS))]
