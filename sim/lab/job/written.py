"""The files of a job: JSON, CSV and NPZ, without anything that a reader would have to run."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from sim.lab.job.measured import Evaluated, Measured
from sim.results.atomic import write_atomically, write_bytes_atomically


def write(measured: Measured, folder: Path) -> None:
    """Write what a job has come to.

    Parameters
    ----------
    measured
        What that is.
    folder
        Where to: job.json, evaluations.csv, gradients.csv and models.npz.
    """
    write_bytes_atomically(folder / "job.json", (json.dumps(_summary(measured), indent=2) + "\n").encode())
    _write_table(folder / "evaluations.csv", Evaluated._fields, measured.evaluations)
    columns = ("worker", "began", "computed", "asked", "busy", "late")
    rows = [
        (rank, *row)
        for rank, each in enumerate(measured.workers)
        for row in zip(*(getattr(each, name).tolist() for name in columns[1:]), strict=True)
    ]
    _write_table(folder / "gradients.csv", columns, rows)
    seconds = np.array([each.seconds for each in measured.evaluations])
    updates = np.array([each.updates for each in measured.evaluations])
    write_atomically(
        folder / "models.npz",
        lambda file: np.savez(
            file, seconds=seconds, updates=updates, x=measured.models, update_seconds=measured.update_seconds
        ),
    )


def _summary(measured: Measured) -> dict[str, object]:
    sleeps = measured.oversleeping
    per_update = measured.seconds_per_update
    return {
        "seconds": measured.seconds,
        "updates": measured.updates,
        "gradients": measured.gradients,
        "seconds_per_update": per_update if math.isfinite(per_update) else None,
        "mean_staleness": measured.mean_staleness,
        "staleness": {str(versions): count for versions, count in sorted(measured.staleness.items())},
        "bytes_sent": measured.bytes_sent,
        "bytes_beside": measured.bytes_beside,
        "cpu_shares": measured.cpu_shares,
        "machine_share": measured.machine_share,
        "mean_oversleeping_seconds": float(sleeps.mean()) if len(sleeps) else None,
        "longest_oversleeping_seconds": float(sleeps.max()) if len(sleeps) else None,
        "overrun_gradients": measured.overrun,
        "remarks": measured.remarks,
    }


def _write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(columns)
    table.writerows(rows)
    write_bytes_atomically(path, text.getvalue().encode())
