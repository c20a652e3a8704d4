"""All that is kept of a run, and the directory of files that it is written to."""

from __future__ import annotations

import warnings
import zipfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from sim.report.atomic import write_atomically
from sim.report.trace import write_trace
from sim.rows import Link, Metric, Spans, Summary, Trajectory, csv_text, links_csv, metrics_csv


@dataclass
class Result:
    """All that is kept of a run."""

    summary: Summary
    metrics: list[Metric] = field(default_factory=list)  # per seed in order of time
    staleness: dict[int, int] = field(default_factory=dict)  # staleness -> applied gradients that had it
    links: list[Link] = field(default_factory=list)  # none on a network without wires
    spans: Spans | None = None
    trajectory: Trajectory | None = None

    def write(self, directory: Path) -> None:
        """Write the run's files, each of them atomically.

        The data come first, then the drawing, then summary.json: where it is, the run is complete. When drawing fails
        (RuntimeWarning), everything else is written all the same. A problem without measures has no curve.png.

        Parameters
        ----------
        directory
            Made when it does not exist. Result files of an earlier run in it are replaced or removed.
        """
        directory.mkdir(parents=True, exist_ok=True)
        for name in ("summary.json", "curve.png", "links.csv", "spans.npz", "trace.json", "trajectory.npz"):
            (directory / name).unlink(missing_ok=True)
        _write_text(directory / "metrics.csv", metrics_csv(self.metrics))
        _write_text(directory / "staleness.csv", csv_text(["staleness", "count"], sorted(self.staleness.items())))
        if self.links:
            _write_text(directory / "links.csv", links_csv(self.links))
        if self.spans is not None:
            _write_arrays(directory / "spans.npz", self.spans.columns())
            write_atomically(directory / "trace.json", partial(write_trace, self.spans))
        if self.trajectory is not None:
            _write_arrays(directory / "trajectory.npz", self.trajectory.columns())
        self._draw(directory / "curve.png")
        _write_text(directory / "summary.json", self.summary.to_json())

    def _draw(self, path: Path) -> None:
        try:
            from sim.report.curve import draw_curve, has_curve  # drawing is the last thing a run needs

            if has_curve(self):
                draw_curve(self, path)
        except Exception as error:  # whatever goes wrong in a drawing library, the numbers matter more
            warnings.warn(f"{path}: the curve could not be drawn: {error}", RuntimeWarning, stacklevel=3)


def _write_text(path: Path, text: str) -> None:
    data = text.encode()
    write_atomically(path, lambda file: file.write(data))


def _write_arrays(path: Path, columns: dict[str, NDArray[Any]]) -> None:
    """Write an .npz that ``numpy.load`` reads, always of the same bytes: np.savez would put the time of day into it."""

    def write(file: BinaryIO) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, column in columns.items():
                entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
                with archive.open(entry, "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, np.ascontiguousarray(column), allow_pickle=False)

    write_atomically(path, write)
