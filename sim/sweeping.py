"""What a sweep does about jobs that cannot be simulated, and what a search goes by."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class OnImpossible(StrEnum):
    """What becomes of a sweep in which a job cannot be simulated."""

    refuse = "refuse"
    skip = "skip"


@dataclass
class Sweep:
    """What a sweep does.

    Parameters
    ----------
    on_impossible
        Where a job cannot be simulated: refuse the whole sweep before its first run, or skip the job.
    objective
        The figure of summary.json that `paceline tune` and searching sweepers go by, in a list. Several are for a
        sweeper that has as many directions. None are given: the time to the target, without a target the test loss at
        the end, and where nothing is learned the samples per virtual second.
    """

    on_impossible: OnImpossible = OnImpossible.refuse
    objective: list[str] = field(default_factory=list)
