"""All that is kept of a run, and the directory of files that it is written to."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.results.atomic import write_directory_atomically
from sim.results.curve import curve_png, has_curve
from sim.results.failure import FAILURE
from sim.results.rows import Link, Metric, Scalar, Spans, Summary, Trajectory, csv_text, links_csv, metrics_csv
from sim.results.trace import write_trace

if TYPE_CHECKING:
    from rich.console import Group

#: The file whose presence says that a run is complete.
SUMMARY = "summary.json"
#: The summary of every seed of a run that has several.
REPLICAS = "replicas.parquet"
#: Files that not every run leaves.
OPTIONAL = (
    *(FAILURE, "curve.png", "links.csv", REPLICAS, "spans.npz", "staleness_by_shard.csv", "trace.json"),
    "trajectory.npz",
)


@dataclass
class Result:
    """All that is kept of a run."""

    summary: Summary
    metrics: list[Metric] = field(default_factory=list)  #: per seed in order of time
    staleness: dict[int, int] = field(default_factory=dict)  #: staleness -> applied gradients that had it
    staleness_by_shard: list[dict[int, int]] = field(default_factory=list)  #: the same of each shard of the server
    links: list[Link] = field(default_factory=list)  #: none on a network without wires
    spans: Spans | None = None
    trajectory: Trajectory | None = None
    replicas: list[Summary] = field(default_factory=list)  #: of every seed, where there are several
    notices: list[str] = field(default_factory=list)  #: what the figures do not say by themselves; in no file

    def write(self, directory: Path, question: Mapping[str, str] | None = None, *, curve: bool = True) -> None:
        """Write the run's files: all of them appear at once, or none where the writing is interrupted.

        When drawing fails (RuntimeWarning), everything else is written all the same. A problem without measures has no
        curve.png.

        Parameters
        ----------
        directory
            Made when it does not exist. Result files of an earlier run in it are replaced or removed.
        question
            Texts of further files, by their path in the directory: what was asked.
        curve
            Whether curve.png is drawn.
        """
        with write_directory_atomically(directory, SUMMARY, OPTIONAL) as folder:
            for name, text in (question or {}).items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                _write_text(folder / name, text)
            self._write_data(folder)
            if curve:
                self._draw(folder / "curve.png")
            _write_text(folder / SUMMARY, self.summary.to_json())

    def __rich__(self) -> Group:
        """What a console of rich shows."""
        from sim.results.glance import glance

        return glance(self)

    def _repr_html_(self) -> str:
        """What a notebook shows: the summary, and the curve where there is one."""
        from sim.results.glance import page

        try:
            return page(self, curve_png(self) if has_curve(self) else None)
        except Exception as error:  # as in _draw
            warnings.warn(f"the curve could not be drawn: {error}", RuntimeWarning, stacklevel=2)
            return page(self, None)

    def _write_data(self, folder: Path) -> None:
        _write_text(folder / "metrics.csv", metrics_csv(self.metrics))
        _write_text(folder / "staleness.csv", csv_text(["staleness", "count"], sorted(self.staleness.items())))
        if len(self.staleness_by_shard) > 1:
            by_shard = enumerate(self.staleness_by_shard)
            rows = [(shard, *row) for shard, counts in by_shard for row in sorted(counts.items())]
            _write_text(folder / "staleness_by_shard.csv", csv_text(["shard", "staleness", "count"], rows))
        if self.links:
            _write_text(folder / "links.csv", links_csv(self.links))
        if self.replicas:
            _write_table(folder / REPLICAS, [summary.flat() for summary in self.replicas])
        if self.spans is not None:
            _write_arrays(folder / "spans.npz", self.spans.columns())
            with (folder / "trace.json").open("wb") as file:
                write_trace(self.spans, file)
        if self.trajectory is not None:
            _write_arrays(folder / "trajectory.npz", self.trajectory.columns())

    def _draw(self, path: Path) -> None:
        try:
            drawn = curve_png(self) if has_curve(self) else None
        except Exception as error:  # whatever goes wrong in a drawing library, the numbers matter more
            warnings.warn(f"{path}: the curve could not be drawn: {error}", RuntimeWarning, stacklevel=3)
            return
        if drawn is not None:
            path.write_bytes(drawn)


def _write_text(path: Path, text: str) -> None:
    path.write_bytes(text.encode())


def _write_table(path: Path, rows: list[dict[str, Scalar]]) -> None:
    """Write a table of Parquet, a row for each mapping."""
    import polars as pl

    pl.DataFrame(rows, infer_schema_length=None).write_parquet(path)


def _write_arrays(path: Path, columns: dict[str, NDArray[Any]]) -> None:
    """Write an .npz that ``numpy.load`` reads, always of the same bytes: np.savez would put the time of day into it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, column in columns.items():
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            with archive.open(entry, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.ascontiguousarray(column), allow_pickle=False)
