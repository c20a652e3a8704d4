"""What is drawn: panels that share their axes, and the names that have a mark in them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.report.mark import Mark

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: A panel: the values of its settings as texts.
Facet = tuple[str, ...]


class Picture(ABC):
    """A figure without its size.

    Attributes
    ----------
    file
        The beginning of the names of its files.
    facets
        Its panels, in their order.
    marks
        The marks of its names, in the order of the legend.
    across, up
        What stands at the axes.
    rows_of_panel
        As many rows of bars as a panel has; 0: it has none, and the usual shape.
    caption
        What a reader has to know, in sentences.
    rows
        The numbers that are drawn, a row each, in SI units.
    """

    file: str
    facets: Sequence[Facet]
    marks: Mapping[str, Mark]
    across: str
    up: str
    rows_of_panel: int = 0
    caption: Sequence[str]
    rows: Sequence[Mapping[str, Any]]

    @abstractmethod
    def draw(self, axes: Axes, facet: Facet) -> None:
        """Draw a panel."""

    def keys(self) -> list[Any]:
        """The legend: a line of Matplotlib for each name."""
        from matplotlib.lines import Line2D

        return [
            Line2D([], [], label=name, **line_style(mark), marker=mark.marker, markersize=3.4)
            for name, mark in self.marks.items()
        ]


def left_out(shown: int, of: int) -> list[str]:
    """What a caption says of groups of runs that have not measured what is drawn."""
    if shown == of:
        return []
    return [f"{of - shown} of {of} groups of runs have not measured it, or it is not known of them; they are left out."]


def line_style(mark: Mark) -> dict[str, Any]:
    """The line of a name as Matplotlib takes it."""
    return {"color": mark.colour, "linestyle": (0, mark.dashes) if mark.dashes else "-"}
