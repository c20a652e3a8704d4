"""Faults that have been written down."""

from __future__ import annotations

from dataclasses import dataclass

from sim.faults import Faults
from sim.incidents.fleet import Fleet
from topologies.field_error import FieldError


@dataclass
class File(Faults):
    """What a list of events with times says, as a trace of a cluster: faults.file.path=FILE."""

    def check(self, fleet: Fleet) -> None:
        if not self.file.path:
            raise FieldError("file.path", "is missing; give a CSV file of events, or faults=none")
        super().check(fleet)
