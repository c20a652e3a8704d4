"""What a job has come to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Evaluated(NamedTuple):
    """A model of the job, measured when the job was over.

    Attributes
    ----------
    seconds
        When it was there (s).
    updates
        How many updates had made it.
    train_loss, test_loss
        Its losses (no unit); nan where nothing is learned.
    test_metric
        The problem's metric, on the test samples (no unit).
    consensus_distance
        How far the workers' own models were apart (no unit); 0 where they have none.
    """

    seconds: float
    updates: int
    train_loss: float
    test_loss: float
    test_metric: float
    consensus_distance: float


@dataclass(frozen=True)
class WorkerTimes:
    """The gradients of one worker, in order.

    Parameters
    ----------
    began, computed
        When each began and was complete ``[n]`` (s).
    asked, busy
        How long the device model says that it takes ``[n]`` (s), and how long the process computed for it.
    late
        How much later than that it was complete ``[n]`` (s): sleep that has lasted too long, or computing.
    """

    began: NDArray[np.float64]
    computed: NDArray[np.float64]
    asked: NDArray[np.float64]
    busy: NDArray[np.float64]
    late: NDArray[np.float64]

    @property
    def steps(self) -> NDArray[np.float64]:
        """From the beginning of each gradient to that of the next ``[n - 1]`` (s)."""
        return np.diff(self.began)

    @property
    def overrun(self) -> int:
        """How many gradients took the process longer than the device model says."""
        return int(np.count_nonzero(self.busy > self.asked))


@dataclass(frozen=True)
class Measured:
    """What a job has come to, until its end; what processes did after that is left out.

    Parameters
    ----------
    seconds
        How long it took (s).
    updates, gradients
        How many there were.
    update_seconds
        When each update was made ``[updates]`` (s).
    evaluations
        The models that were kept, measured.
    models
        They themselves ``[n, d]``: those of the server, or the means of the workers' (or worker 0's; see `record.of`).
    workers
        What each worker did when, by rank.
    staleness
        How many applied gradients had which staleness (versions), over all shards; empty without a server.
    bytes_sent
        What processes sent, as the simulator counts it (B); None: gloo counts for itself.
    bytes_beside
        What they sent beside that (B): heads of messages, and words that the simulator does without.
    cpu_shares
        Share of a core that each process took: the workers, then the shards (0 to 1).
    machine_share
        Share of the machine's cores that everything on it took meanwhile (0 to 1).
    remarks
        What is to be said beside the figures, each in one line.
    """

    seconds: float
    updates: int
    gradients: int
    update_seconds: NDArray[np.float64]
    evaluations: list[Evaluated]
    models: NDArray[Any]
    workers: list[WorkerTimes]
    staleness: Counter[int]
    bytes_sent: int | None
    bytes_beside: int
    cpu_shares: list[float]
    machine_share: float
    remarks: list[str] = field(default_factory=list)

    @property
    def seconds_per_update(self) -> float:
        """How long an update took on average (s); nan without one."""
        return self.seconds / self.updates if self.updates else float("nan")

    @property
    def mean_staleness(self) -> float | None:
        """Mean staleness of applied gradients (versions); None where there is no server."""
        count = self.staleness.total()
        return sum(versions * times for versions, times in self.staleness.items()) / count if count else None

    @property
    def oversleeping(self) -> NDArray[np.float64]:
        """How long each sleep lasted too long ``[n]`` (s), of gradients that left something to sleep."""
        parts = [each.late[each.busy <= each.asked] for each in self.workers]
        return np.concatenate(parts) if parts else np.empty(0)

    @property
    def overrun(self) -> int:
        """How many gradients took longer than the device model says."""
        return sum(each.overrun for each in self.workers)
