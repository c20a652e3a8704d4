"""Measurements of a planner's own, and which candidates they are of."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sim.calibration.points import Job, Measured
from sim.planning.computing import computing_of
from sim.planning.family import Family


class Own(NamedTuple):
    """What has been measured of one family.

    Attributes
    ----------
    family
        The family.
    files
        The measurements.
    several
        Whether it has been chosen among several that they might be of.
    """

    family: Family
    files: Sequence[Measured]
    several: bool


def own(families: Sequence[Family], read: Callable[[Job], Sequence[Measured]]) -> Own:
    """Measurements of one type of machine, as those of the family that comes nearest to what one machine does.

    Parameters
    ----------
    families
        Those of the machine, at least one.
    read
        What has been measured, where a job says how many samples a step is of.
    """
    found = [(family, read(Job(family.experiment.batch, family.machine.devices))) for family in families]
    nearest, files = min(found, key=lambda each: _apart(*each))
    jobs = {(each.experiment.batch, repr(each.experiment.workload)) for each in families}
    return Own(nearest, files, len(jobs) > 1)


def _apart(family: Family, files: Sequence[Measured]) -> float:
    """How far what one machine has been measured to do is from what figures say (logarithm of the factor)."""
    alone = [point for file in files for point in file.points if point.nodes == 1]
    if not alone:
        return 0.0
    most = max(alone, key=lambda point: point.devices)
    usual = family.experiment.batch / computing_of(family.experiment).seconds
    return abs(math.log(most.each / usual))
