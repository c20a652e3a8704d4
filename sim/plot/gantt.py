"""What every worker and server did when: a row each, of the run of the first seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.plot.cells import Cell, one_each
from sim.plot.picture import Facet, Picture
from sim.plot.utilisation import PARTS
from sim.report.mark import Mark
from sim.results.units import time_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: A kind of span -> its colour, and its height over that of a row.
KINDS = {
    "compute": (PARTS["compute"][0], 0.86),
    "send": (PARTS["communicate"][0], 0.5),
    "wait": (PARTS["wait"][0], 0.2),
    "apply": ("#8c2d1a", 0.86),
    "down": ("#1b1f24", 0.34),
    "recover": ("#cc79a7", 0.5),
}
#: Gradients of a worker that are shown where no window is given, and rows at the most.
_GRADIENTS, _ROWS = 8, 40
_COLUMNS = ("worker", "kind", "start", "end")


class Gantt(Picture):
    """See the module.

    Parameters
    ----------
    cells
        The runs, which have been simulated with ``record.spans=true``.
    window
        From when to when (s); None: the first gradients.
    varied
        The settings in which the runs differ.

    Raises
    ------
    ValueError
        Where several groups of runs would be one panel, or one has no spans.
    """

    file = "gantt"
    marks: Mapping[str, Mark] = {}
    up = "worker"

    def __init__(self, cells: Sequence[Cell], window: tuple[float, float] | None, varied: Sequence[str]) -> None:
        one_each(cells, [None] * len(cells), varied)
        self._spans = {(*cell.facet, cell.name): read_spans(Path(cell.row["run"]) / "spans.npz") for cell in cells}
        self.facets = [*self._spans]
        begin, end = window or (0.0, max(map(_first_gradients, self._spans.values())))
        unit = time_unit(end)
        self._window, self._unit = (begin / unit.size, end / unit.size), unit.size
        self.across = f"virtual time ({unit.name})"
        seeds = {min(cell.seeds) for cell in cells}
        self.caption = [f"The {'run' if len(cells) == 1 else 'runs'} of seed {', '.join(map(str, sorted(seeds)))}."]
        workers = max(int(spans["worker"].max()) for spans in self._spans.values()) + 1
        self.rows_of_panel = max(len(_shown(spans)) for spans in self._spans.values())
        if workers > _ROWS:
            self.caption = [*self.caption, f"The first {_ROWS} of {workers} workers are shown."]
        self.rows = [row for name, spans in self._spans.items() for row in _rows(name, spans, begin, end)]

    def draw(self, axes: Axes, facet: Facet) -> None:
        spans = self._spans[facet]
        rows = _shown(spans)
        for kind, (colour, height) in KINDS.items():
            of_kind = spans["kind"] == kind
            for place, worker in enumerate(rows):
                chosen = of_kind & (spans["worker"] == worker)
                start, end = spans["start"][chosen] / self._unit, spans["end"][chosen] / self._unit
                seen = (end > self._window[0]) & (start < self._window[1])
                pieces = list(zip(start[seen].tolist(), (end - start)[seen].tolist(), strict=True))
                axes.broken_barh(pieces, (place - height / 2, height), facecolors=colour, linewidth=0, label=kind)
        every = max(1, len(rows) // 8)
        places = [place for place in range(len(rows)) if place % every == 0]
        axes.set_yticks(places, [_name(rows[place]) for place in places])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(*self._window)
        axes.grid(visible=False, axis="y")

    def keys(self) -> list[Any]:
        from matplotlib.patches import Patch

        known = {str(kind) for spans in self._spans.values() for kind in np.unique(spans["kind"])}
        return [Patch(facecolor=colour, label=kind) for kind, (colour, _) in KINDS.items() if kind in known]


def read_spans(path: Path) -> dict[str, NDArray[Any]]:
    """Read a spans.npz.

    Raises
    ------
    ValueError
        Naming the file, when it is missing, truncated or not a table of spans.
    """
    if not path.exists():
        raise ValueError(f"--y gantt: {path.parent} has no spans; simulate it with record.spans=true")
    try:
        with np.load(path, allow_pickle=False) as archive:
            spans = {name: archive[name] for name in _COLUMNS}
    except (OSError, KeyError, ValueError, EOFError) as error:
        raise ValueError(f"{path}: truncated or not a table of spans ({error})") from error
    if not len(spans["worker"]) or len({column.shape for column in spans.values()}) > 1:
        raise ValueError(f"{path}: truncated or not a table of spans")
    return spans


def _first_gradients(spans: Mapping[str, NDArray[Any]]) -> float:
    """When the middle worker has finished its first gradients (s)."""
    ends = []
    for worker in np.unique(spans["worker"]):
        computed = np.sort(spans["end"][(spans["worker"] == worker) & (spans["kind"] == "compute")])
        if len(computed):
            ends.append(float(computed[min(_GRADIENTS, len(computed)) - 1]))
    return float(np.median(ends)) if ends else float(spans["end"].max())


def _shown(spans: Mapping[str, NDArray[Any]]) -> list[int]:
    """The servers and the first workers."""
    return [int(worker) for worker in np.unique(spans["worker"]) if worker < _ROWS]


def _name(worker: int) -> str:
    return str(worker) if worker >= 0 else f"server {-1 - worker}"


def _rows(name: Facet, spans: Mapping[str, NDArray[Any]], begin: float, end: float) -> list[dict[str, Any]]:
    seen = (spans["end"] > begin) & (spans["start"] < end)
    columns = {column: values[seen].tolist() for column, values in spans.items()}
    return [
        {"panel": " ".join(name), **dict(zip(columns, row, strict=True))} for row in zip(*columns.values(), strict=True)
    ]
