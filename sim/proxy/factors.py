"""What a second of a cluster is worth, apart: hardware efficiency x statistical efficiency x protocol."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from sim.efficiency.batch_law import BatchLaw, Entry
from sim.efficiency.penalty import Penalty, against_itself
from sim.evidence.range import TENTH, Range, lognormal
from sim.proxy.noise import geometric
from sim.proxy.penalty import Raced
from sim.proxy.race import Race


@dataclass(frozen=True)
class Hardware:
    """How fast samples are computed.

    Parameters
    ----------
    samples_per_second
        Of all workers (1/s).
    ideal
        The same of workers that do nothing but compute, without stragglers (1/s).
    seconds_per_update
        From one update to the next (s).
    computing, communicating, waiting
        Shares of the workers' time (ratio).
    """

    samples_per_second: float
    ideal: float
    seconds_per_update: float
    computing: float
    communicating: float
    waiting: float

    @property
    def efficiency(self) -> float:
        """Samples a second over the ideal (ratio)."""
        return self.samples_per_second / self.ideal


@dataclass(frozen=True)
class Statistics:
    """How much a sample of a large batch is worth.

    Parameters
    ----------
    batch
        Samples of an update of synchronous SGD, B, >= 1.
    critical
        The critical batch, Bc (samples).
    source
        Where that is from: ``"table"``, ``"given"`` or ``"measured"``.
    samples
        To the target by synchronous SGD (samples).
    """

    batch: int
    critical: Range
    source: str
    samples: Range

    @property
    def efficiency(self) -> Range:
        """Samples to the target of the smallest batch over those of this one: 1 / (1 + B / Bc) (ratio)."""
        return Range(*(1.0 / (1.0 + self.batch / critical) for critical in self.critical))


@dataclass(frozen=True)
class Factors:
    """All of it.

    Parameters
    ----------
    raced
        The protocol beside synchronous SGD.
    hardware
        Of the protocol.
    statistics
        Of synchronous SGD.
    """

    raced: Raced
    hardware: Hardware
    statistics: Statistics

    @property
    def itself(self) -> Penalty | None:
        """Synchronous SGD against itself (A/A)."""
        return against_itself(self.raced.reference.samples)

    @property
    def efficiency(self) -> float:
        """What a second is worth over one of the ideal cluster at the smallest batch (ratio)."""
        return self.hardware.efficiency * self.statistics.efficiency.middle / self.raced.penalty.ratio

    @property
    def samples_to_target(self) -> tuple[float, float, float | None] | None:
        """By the protocol, with the 80 % interval (samples); None where it has diverged, None above where cut off."""
        penalty = self.raced.penalty
        if not math.isfinite(penalty.ratio):
            return None
        if self.statistics.source == "table":
            low = penalty.low80 if penalty.low80 is not None else penalty.ratio
            variance = _variance(self.statistics.samples) + (math.log(penalty.ratio / low) / TENTH) ** 2
            found = lognormal(math.log(self.statistics.samples.middle * penalty.ratio), variance)
        else:
            found = samples_of(self.raced.protocol)
        return found.low, found.middle, found.high if penalty.reached == penalty.seeds else None

    @property
    def seconds_to_target(self) -> tuple[float, float, float | None] | None:
        """Samples over samples a second, likewise (s)."""
        found = self.samples_to_target
        if found is None:
            return None
        low, middle, high = found
        rate = self.hardware.samples_per_second
        return low / rate, middle / rate, None if high is None else high / rate


def hardware_of(race: Race) -> Hardware:
    """How fast the runs of a race were.

    Parameters
    ----------
    race
        Of a protocol on its own cluster.
    """
    experiment, runs = race.experiment, [*race.summaries.values()]

    def mean(name: str) -> float:
        return statistics.fmean(getattr(run, name) or 0.0 for run in runs)

    return Hardware(
        samples_per_second=mean("samples_per_second"),
        ideal=experiment.workers * experiment.samples_per_gradient / experiment.gradient_seconds,
        seconds_per_update=1.0 / mean("updates_per_second"),
        computing=mean("compute_fraction"),
        communicating=mean("communicate_fraction"),
        waiting=mean("wait_fraction"),
    )


def from_table(race: Race, table: Sequence[Entry]) -> Statistics:
    """Statistical efficiency by a table of samples to the target of what is really to be learned.

    Parameters
    ----------
    race
        Of synchronous SGD, which says the batch.
    table
        At least one line.
    """
    law, batch = BatchLaw(table), batch_of(race)
    return Statistics(batch, law.critical, "table", law.expected(batch).range)


def from_noise_scale(race: Race, critical: Range, source: str) -> Statistics:
    """Statistical efficiency by a noise scale; samples to the target are those of the race.

    Parameters
    ----------
    race
        Of synchronous SGD.
    critical
        The noise scale (samples).
    source
        As in `Statistics`.
    """
    return Statistics(batch_of(race), critical, source, samples_of(race))


def batch_of(race: Race) -> int:
    """Samples of an update of synchronous SGD."""
    return race.experiment.workers * race.experiment.samples_per_gradient


def samples_of(race: Race) -> Range:
    """Samples to the target, or where runs were cut off until then, as a geometric mean over seeds."""
    return geometric([math.log(each.seconds) for each in race.samples.values()])


def _variance(range_: Range) -> float:
    return (math.log(range_.high / range_.low) / 2.0 / TENTH) ** 2
