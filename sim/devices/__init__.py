"""What computes: the devices of the catalogue, and those of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sim.catalogue.catalogue import catalogue
from sim.catalogue.row import Row
from sim.catalogue.sheet import Rate, Sheet, seconds_per_sample
from sim.option_name import option_name
from sim.precision import Precision
from topologies.field_error import FieldError
from topologies.ranges import check


@dataclass
class Device:
    """A processor that one worker has to itself.

    Parameters
    ----------
    peak_flops
        Peak arithmetic rate (FLOP/s, a multiply-add is two), > 0; None: the catalogue's in the workload's precision.
        Where it or the efficiency is given, they are taken in place of measured throughputs, too.
    efficiency
        Share of the peak that a gradient reaches (above 0, to 1); None: the catalogue's in that precision.
    overhead_seconds
        Time per gradient that does not depend on the batch (s), >= 0. It goes to launches, input and the optimizer.
    memory_bytes
        What it holds (B), > 0; None: whatever it has to. Asked for by models of the real world alone.
    catalogue
        A file (CSV) of figures of one's own, which extend the catalogue (docs/devices.md); empty: none.
    """

    peak_flops: float | None = None
    efficiency: float | None = None
    overhead_seconds: float = 1e-3
    memory_bytes: float | None = None
    catalogue: str = ""

    def __post_init__(self) -> None:
        check("peak_flops", self.peak_flops, above=0.0)
        check("efficiency", self.efficiency, above=0.0, at_most=1.0)
        check("overhead_seconds", self.overhead_seconds, at_least=0.0)
        check("memory_bytes", self.memory_bytes, "give B, or null for no check", above=0.0)

    @property
    def listed(self) -> str:
        """Its name in the catalogue."""
        return option_name(self)

    @cached_property
    def sheet(self) -> Sheet:
        """What the catalogue has of it; read once, so that a run does not depend on a file once it has begun."""
        return Sheet(self.listed, catalogue(self.catalogue))

    def check(self) -> None:
        """Read the user's file, if there is one, and refuse what it must not say.

        Raises
        ------
        FieldError
            About ``catalogue``: file, line, column and remedy.
        """
        self.sheet  # noqa: B018  # reads it

    @property
    def holds(self) -> float | None:
        """Its memory (B); None: whatever it has to."""
        return self.memory_bytes

    def rate(self, precision: Precision | None = None) -> Rate:
        """Arithmetic of gradients in a precision; None: in that of single-precision programs."""
        computed = precision or self.sheet.usual
        rate = self.sheet.rate(computed, self.peak_flops, self.efficiency)
        if rate is None:
            others = ", ".join(self.sheet.peaks)
            said = f"of device={self.listed} no peak is known in {computed}; "
            remedy = (f"choose one of {others}, or " if others else "") + "give device.peak_flops"
            raise FieldError("workload.precision" if precision else "device.peak_flops", said + remedy, full=True)
        if rate.flops == 0.0:
            raise FieldError("device.peak_flops", f"{self.peak_flops} times the efficiency is 0; give more", full=True)
        return rate

    def seconds(self, flops: float, precision: Precision | None = None) -> float:
        """Mean time of one gradient that costs `flops` (s)."""
        return self.overhead_seconds + flops / self.rate(precision).flops

    def measured(self, workload: str, precision: Precision) -> Row | None:
        """The throughput that it has been measured to have of a workload, unless the user says how fast it is."""
        given = self.peak_flops is not None or self.efficiency is not None
        return None if given else self.sheet.throughput(workload, precision)

    def trained_on(self, row: Row, samples: float) -> float:
        """Mean time of one gradient over so many samples at a measured throughput (s)."""
        return self.overhead_seconds + samples * seconds_per_sample(row, type(self).overhead_seconds)
