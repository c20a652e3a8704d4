"""What a sweep does about jobs that cannot be simulated."""

from __future__ import annotations

from dataclasses import dataclass
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
    """

    on_impossible: OnImpossible = OnImpossible.refuse
