"""What a machine draws while it trains."""

from __future__ import annotations

from typing import NamedTuple

from sim.catalogue.row import Row
from sim.planning.family import Family

#: What a machine draws in training as a share of what its data sheet says it may, and the standard deviation of its
#: logarithm: a machine of eight H100 has drawn 5.7 to 6.9 kW (sim/truth/power.json, six benchmarks), of the 10.2 that a
#: DGX H100 may.
OF_THE_MOST, SPREAD = 0.63, 0.1
#: The same as a multiple of what its devices may draw together: 1.0 to 1.2 of these, 1.2 to 1.3 of eight B200.
OF_DEVICES, OF_DEVICES_SPREAD = 1.2, 0.1


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
    machine = family.machine
    if machine.busy_power is not None:
        rows = tuple(row for row in machine.rows if row.figure == "busy_power")
        return Power(OF_THE_MOST * machine.busy_power, SPREAD, f"{OF_THE_MOST:g} of what it may draw", rows)
    row = family.experiment.device.sheet.find("busy_power")
    if row is None:
        return None
    said = f"{OF_DEVICES:g} times what its devices may draw"
    return Power(OF_DEVICES * machine.devices * row.amount, OF_DEVICES_SPREAD, said, (row,))
