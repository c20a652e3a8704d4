"""A candidate, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sim.calibration.numbers import Numbers
from sim.efficiency.power_law import IDLE, SPREAD
from sim.evidence.range import Range
from sim.footprint import Footprint
from sim.planning.endured import Endured
from sim.planning.family import Family
from sim.planning.goal import Goal
from sim.planning.pace import Pace
from sim.planning.power import Power
from sim.planning.survived import Survived
from sim.planning.verified import Verified
from sim.streams import stream

#: What becomes of a candidate.
MEETS, UNSURE, MISSES, DOES_NOT_FIT, REFUSED = "meets", "unsure", "misses", "does_not_fit", "refused"


@dataclass(frozen=True, eq=False)
class Candidate:
    """So many machines of a family.

    Parameters
    ----------
    family
        The family.
    count
        How many machines, >= 1.
    pace
        How fast they train; None: they do not.
    samples
        How many it takes to the goal (shape (draws,)); None: the goal says nothing of that.
    goal
        The goal.
    memory
        What a device has to hold; None: nobody knows.
    refused
        Why it is none, in words; empty: it is one.
    evidence
        What computing, the network and the samples stand on.
    link
        The busiest link, in words.
    epochs_factor
        How many times the samples of a tiny batch it takes (ratio).
    verified
        The formula beside the engine; None: has not been.
    power
        What a machine draws; None: nobody knows.
    round
        Of sites: what the link of one carries (Gb/s), and how many local steps a round has.
    endured
        What failures leave of it, which its pace has counted in.
    survived
        That by simulation; None: has not been.
    """

    family: Family
    count: int
    goal: Goal
    pace: Pace | None = None
    samples: Numbers | None = None
    memory: Footprint | None = None
    refused: str = ""
    evidence: dict[str, str] = field(default_factory=dict)
    link: str = ""
    epochs_factor: float = 1.0
    verified: Verified | None = None
    power: Power | None = None
    round: tuple[float, ...] = ()
    endured: Endured = field(default_factory=Endured)
    survived: Survived | None = None

    def __str__(self) -> str:
        # of a key its last part: workload.precision=amp is precision=amp
        varied = [
            word.partition("=")[0].rpartition(".")[2] + "=" + word.partition("=")[2] for word in self.family.varied
        ]
        return " ".join([f"{self.count} x {self.family.machine.name}", *varied])

    @property
    def devices(self) -> int:
        """How many devices train."""
        return self.count * self.family.machine.devices

    @property
    def batch(self) -> int:
        """Samples of an update."""
        return self.devices * self.family.batch

    @property
    def step(self) -> Numbers | None:
        """How long a step takes (s, shape (draws,))."""
        return None if self.pace is None else self.batch / self.pace.rate

    @property
    def minutes(self) -> Numbers | None:
        """How long the whole takes (min, shape (draws,)): training alone, without evaluations and starting up."""
        if self.pace is None or self.samples is None:
            return None
        return self.samples / self.pace.rate / 60.0

    @property
    def cost(self) -> Numbers | None:
        """What that costs (USD, shape (draws,))."""
        price = self.family.machine.price
        paid = self.count * self.endured.paid + self.endured.spares
        return None if self.minutes is None or price is None else self.minutes / 60.0 * price * paid

    @property
    def energy(self) -> Numbers | None:
        """What that draws (kWh, shape (draws,)): a machine that waits draws a share of what one that computes does."""
        if self.minutes is None or self.power is None or self.pace is None:
            return None
        generator = stream(0, "plan_power")
        idle = np.clip(IDLE + SPREAD * generator.standard_normal(len(self.minutes)), 0.0, 1.0)
        busy = self.power.watts * np.exp(self.power.spread * generator.standard_normal(len(self.minutes)))
        drawn = busy * (idle + (1.0 - idle) * self.pace.shares["compute"])
        return np.asarray(self.count * drawn / 1e3 * self.minutes / 60.0, np.float64)

    @property
    def chance(self) -> float | None:
        """How likely it is to meet every part of the goal (0 to 1); None: it does not run."""
        if self.pace is None:
            return None
        goal, met = self.goal, np.ones(len(self.pace.rate), np.bool_)
        for most, values in ((goal.minutes, self.minutes), (goal.cost, self.cost)):
            if most is not None:
                met &= np.zeros_like(met) if values is None else values <= most
        if goal.utilisation is not None:
            met &= self.pace.shares["compute"] >= goal.utilisation
        return float(met.mean())

    @property
    def status(self) -> str:
        """What becomes of it."""
        if self.refused:
            return DOES_NOT_FIT if self.memory is not None and not self.memory.fits else REFUSED
        chance = self.chance or 0.0
        return MEETS if chance >= self.goal.confidence else UNSURE if chance >= 1.0 - self.goal.confidence else MISSES

    def range_of(self, values: Numbers | None) -> Range | None:
        """What is told of a figure of each draw."""
        return None if values is None or self.pace is None else self.pace.range_of(values)

    def middle(self, values: Numbers | None) -> float:
        """Its middle; infinite where nobody knows."""
        found = self.range_of(values)
        return np.inf if found is None else found.middle
