"""What a machine draws while it trains."""

from __future__ import annotations

from typing import NamedTuple

from sim.catalogue.machine import Machine
from sim.catalogue.row import Row
from sim.planning.family import Family

#: What a machine draws in training as a share of what its data sheet says it may, and the standard deviation of its
#: logarithm: machines of eight GPUs have been measured to draw 60 to 95 % (sim/truth/power.json).
OF_THE_MOST, SPREAD = 0.8, 0.15
#: What a whole machine may draw as a multiple of what its devices may together: 1.5 of a DGX-1, 2.0 of a DGX A100, 1.8
#: of a DGX H100 (sim/catalogue/machines.csv); and the standard deviation of its logarithm.
OF_DEVICES, OF_DEVICES_SPREAD = 1.75, 0.2


class Power(NamedTuple):
    """What a machine draws that computes all the time.

    Attributes
    ----------
    watts
        What that is (W), > 0.
    spread
        Standard deviation of its logarithm (no unit).
    said
        Where that comes from, in words.
    rows
        The figures.
    """

    watts: float
    spread: float
    said: str
    rows: tuple[Row, ...]


def power_of(family: Family) -> Power | None:
    """What a machine of a family draws; None where nobody knows.

    Parameters
    ----------
    family
        The family.
    """
    machine: Machine = family.machine
    share = f"{OF_THE_MOST:g} of what it may draw"
    if machine.busy_power is not None:
        rows = tuple(row for row in machine.rows if row.figure == "busy_power")
        return Power(OF_THE_MOST * machine.busy_power, SPREAD, share, rows)
    row = family.experiment.device.sheet.find("busy_power")
    if row is None:
        return None
    watts = OF_THE_MOST * OF_DEVICES * machine.devices * row.amount
    said = f"{share}, {OF_DEVICES:g} times what its devices may"
    return Power(watts, (SPREAD**2 + OF_DEVICES_SPREAD**2) ** 0.5, said, (row,))
