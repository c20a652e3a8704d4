"""A device of the catalogue, by its name."""

from __future__ import annotations

from dataclasses import dataclass

from sim.catalogue.catalogue import near
from sim.devices import Device
from topologies.field_error import FieldError


@dataclass
class Named(Device):
    """A device by its name in the catalogue, which a file of one's own may have put there.

    Parameters
    ----------
    name
        Its name there.
    memory_bytes
        What it holds (B), > 0; None: as the catalogue says, or whatever it has to.
    """

    name: str = ""

    @property
    def listed(self) -> str:
        return self.name

    @property
    def holds(self) -> float | None:
        return self.sheet.amount("memory") if self.memory_bytes is None else self.memory_bytes

    def check(self) -> None:
        super().check()
        names = self.sheet.known.names("device")
        if self.name not in names:
            raise FieldError("name", f"the catalogue has no device {self.name!r}; {near(self.name, names)}")
