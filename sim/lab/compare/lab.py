"""Everything that a lab has come to: what the page, lab.json and the terminal say is said of this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.experiment import Experiment
from sim.lab.compare.doubt import Load
from sim.lab.compare.rows import Compared
from sim.lab.compare.side import Side
from sim.lab.compare.survey import Survey


@dataclass(frozen=True)
class Lab:
    """A job beside its prediction.

    Parameters
    ----------
    command
        As it was typed.
    experiment
        What was asked.
    config
        The same, as keys and values.
    allreduce
        Who carried out all-reduces, ring or gloo; None: nobody reduces.
    words
        What the prediction says beside what was asked.
    survey
        What was measured before.
    predicted_at, began_at
        When the prediction was on disk, and when the first job began (ISO 8601, UTC).
    measured, predicted
        Both sides, by seed.
    compared
        Their figures.
    load
        What the jobs took of the machine.
    doubts, remarks
        What speaks against believing it, and what else is to be said, each in a line.
    most_workers
        How many such workers this machine would carry (an estimate); None: that cannot be told.
    """

    command: str
    experiment: Experiment
    config: Mapping[str, Any]
    allreduce: str | None
    words: Sequence[str]
    survey: Survey
    predicted_at: str
    began_at: str
    measured: Mapping[int, Side]
    predicted: Mapping[int, Side]
    compared: Compared
    load: Load
    doubts: Sequence[str]
    remarks: Sequence[str]
    most_workers: int | None
