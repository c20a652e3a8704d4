"""Faults that have been written down."""

from __future__ import annotations

from dataclasses import dataclass

from sim.faults import Faults
from topologies.field_error import FieldError


@dataclass
class File(Faults):
    """What a list of events with times says, as a trace of a cluster: faults.file.path=FILE."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.file.path:
            raise FieldError("file.path", "is missing; give a CSV file of events, or faults=none")
