"""A study that has been done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.study.claim import Judged
from sim.study.effect import Effect
from sim.study.parts import Planned
from sim.study.study import Drawing, Form, Study


@dataclass(frozen=True)
class Answered:
    """What has come of a study.

    Attributes
    ----------
    name, study, form
        What was done.
    claims
        The claims as they were judged.
    itself
        The A/A row.
    conclusion
        What to do; "": the claims say all.
    parts
        The runs.
    drawings
        The figures -> their pictures (SVG).
    command
        What does the same again, as it is typed.
    wall_seconds
        What all simulations have taken (s of wall-clock time, of one process).
    """

    name: str
    study: Study
    form: Form
    claims: Sequence[Judged]
    itself: Effect
    conclusion: str
    parts: Sequence[Planned]
    drawings: Mapping[Drawing, Path]
    command: str
    wall_seconds: float
