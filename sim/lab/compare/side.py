"""One side of the comparison: what a job has come to, or its prediction, in the same figures."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.lab.job.measured import Measured
from sim.results.read import read_metrics, read_staleness, read_summary
from sim.until import Until

#: Files of a run.
SUMMARY, METRICS, STALENESS, SPANS = "summary.json", "metrics.csv", "staleness.csv", "spans.npz"


@dataclass(frozen=True)
class Side:
    """One seed on one side.

    Parameters
    ----------
    seconds
        How long it took (s).
    updates
        How many there were.
    bytes_sent
        What was sent (B); None: nobody counted.
    mean_staleness
        Mean number of versions that applied gradients were stale; None: there is no server.
    evaluated_at
        When models were evaluated ``[n]`` (s).
    made
        How many updates had made them ``[n]``.
    losses, metrics
        Their test loss and metric ``[n]`` (no unit); nan where nothing is learned.
    steps
        From the beginning of each gradient of a worker to that of its next one (s).
    staleness
        How many applied gradients had which staleness (versions).
    diverged
        Whether the prediction ended because its loss had grown too large.
    """

    seconds: float
    updates: float
    bytes_sent: float | None
    mean_staleness: float | None
    evaluated_at: NDArray[np.float64]
    made: NDArray[np.float64]
    losses: NDArray[np.float64]
    metrics: NDArray[np.float64]
    steps: NDArray[np.float64]
    staleness: Counter[int]
    diverged: bool = False

    @property
    def learns(self) -> bool:
        """Whether there is a loss."""
        return bool(np.isfinite(self.losses).any())

    def seconds_to(self, until: Until) -> float | None:
        """When the target was reached by an evaluation, or by the running mean of some (s); None: never.

        Parameters
        ----------
        until
            The target.
        """
        latest: deque[tuple[float, float]] = deque(maxlen=until.smoothed_over)
        for seconds, loss, metric in zip(self.evaluated_at, self.losses, self.metrics, strict=True):
            latest.append((loss, metric))
            if len(latest) == until.smoothed_over and _is_at(until, *np.mean(latest, axis=0)):
                return float(seconds)
        return None


def _is_at(until: Until, loss: float, metric: float) -> bool:
    accuracy, most = until.target_accuracy, until.target_loss
    return bool((accuracy is not None and metric >= accuracy) or (most is not None and loss <= most))


def of_job(job: Measured) -> Side:
    """The side of a job.

    Parameters
    ----------
    job
        What it has come to.
    """
    columns = np.array([each[:2] + each[3:5] for each in job.evaluations], float).reshape(-1, 4).T
    return Side(
        seconds=job.seconds,
        updates=float(job.updates),
        bytes_sent=None if job.bytes_sent is None else float(job.bytes_sent),
        mean_staleness=job.mean_staleness,
        evaluated_at=columns[0],
        made=columns[1],
        losses=columns[2],
        metrics=columns[3],
        steps=np.concatenate([each.steps for each in job.workers]),
        staleness=job.staleness,
    )


def of_run(folder: Path) -> Side:
    """The side of a prediction, from the folder of its run.

    Parameters
    ----------
    folder
        Which has spans.npz, too.
    """
    summary, rows = read_summary(folder / SUMMARY), read_metrics(folder / METRICS)
    metrics = [row.test_accuracy if row.test_rmse is None else row.test_rmse for row in rows]
    return Side(
        seconds=_number(summary.virtual_seconds),
        updates=_number(summary.updates),
        bytes_sent=summary.bytes_sent,
        mean_staleness=summary.mean_staleness,
        evaluated_at=np.array([row.seconds for row in rows]),
        made=np.array([row.updates for row in rows], float),
        losses=_column([row.test_loss for row in rows]),
        metrics=_column(metrics),
        steps=_steps(folder / SPANS),
        staleness=read_staleness(folder / STALENESS),
        diverged=summary.status == "diverged",
    )


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _column(values: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array([_number(value) for value in values])


def _steps(path: Path) -> NDArray[np.float64]:
    """From the beginning of each gradient to that of the next one of its worker (s)."""
    with np.load(path, allow_pickle=False) as spans:
        begins = spans["kind"] == "compute"
        worker, start = spans["worker"][begins], spans["start"][begins]
    found = [np.diff(np.sort(start[worker == rank])) for rank in np.unique(worker)]
    return np.concatenate(found) if found else np.empty(0)
