"""What stands on an axis or in a table: a figure of the summary or a setting, its words and its unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sim.results.units import Unit, byte_unit, time_unit

Kind = Literal["seconds", "bytes", "share", "number"]

#: Words of those figures of which the name alone does not read well; the others are their name's words.
WORDS = {
    "batch": "mini-batch per worker (samples)",
    "bytes_sent": "bytes sent",
    "communicate_fraction": "time spent communicating",
    "compute_fraction": "time spent computing",
    "efficiency": "parallel efficiency",
    "max_staleness": "largest staleness (versions)",
    "mean_staleness": "mean staleness (versions)",
    "noise_scale": "noise scale (samples)",
    "samples_per_second": "samples per second",
    "seconds_per_epoch": "time per epoch",
    "seconds_to_target": "time to target",
    "smoothed_seconds_to_target": "time to target, smoothed",
    "speed_up": "speed-up",
    "test_rmse": "test RMSE",
    "final_test_rmse": "final test RMSE",
    "throughput_efficiency": "parallel efficiency of throughput",
    "throughput_speed_up": "speed-up of throughput",
    "train_loss": "training loss",
    "final_train_loss": "final training loss",
    "virtual_seconds": "virtual time",
    "wait_fraction": "time spent waiting",
}
_SHARES = ("accuracy", "fraction", "utilisation", "efficiency", "_share", "averagings_per_step")


class Scale(NamedTuple):
    """What the numbers of an axis or a column are divided by, and what that makes them.

    Attributes
    ----------
    size
        The number of SI units that it is.
    unit
        Its name; "": none.
    """

    size: float
    unit: str


@dataclass(frozen=True)
class Quantity:
    """A figure of a run, or a setting.

    Attributes
    ----------
    name
        As the summary, metrics.csv or the config has it.
    """

    name: str

    @property
    def kind(self) -> Kind:
        """What it is measured in."""
        last = self.name.rpartition(".")[2]
        if "seconds" in last and "per_second" not in last:
            return "seconds"
        if last.startswith("bytes"):
            return "bytes"
        return "share" if last.endswith(_SHARES) else "number"

    @property
    def words(self) -> str:
        """What it is called."""
        return WORDS.get(self.name) or (self.name if "." in self.name else self.name.replace("_", " "))

    def scale(self, values: Iterable[float]) -> Scale:
        """The unit in which some values (SI units) read best."""
        largest = max(map(abs, values), default=0.0)
        if self.kind == "share":
            return Scale(0.01, "%")
        if self.kind == "number":
            return Scale(1.0, "")
        unit: Unit = time_unit(largest) if self.kind == "seconds" else byte_unit(largest)
        return Scale(unit.size, unit.name)

    def title(self, scale: Scale) -> str:
        """What stands at the axis or over the column."""
        return f"{self.words} ({scale.unit})" if scale.unit else self.words
