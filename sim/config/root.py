"""The root of the config: an experiment, and what is said of the sweep that it is one job of."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.experiment import Experiment
from sim.sweeping import Sweep


@dataclass
class Root(Experiment):
    """What can be set from the command line.

    Parameters
    ----------
    sweep
        What a sweep does.
    """

    sweep: Sweep = field(default_factory=Sweep)
