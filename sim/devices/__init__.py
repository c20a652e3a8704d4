"""What computes: the catalogue of devices."""

from __future__ import annotations

from dataclasses import dataclass

from topologies.field_error import FieldError
from topologies.ranges import check


@dataclass
class Device:
    """A processor that one worker has to itself.

    Parameters
    ----------
    peak_flops
        Peak arithmetic rate in the precision used for training (FLOP/s, a multiply-add is two), > 0.
    efficiency
        Share of the peak that a gradient reaches (above 0, to 1).
    overhead_seconds
        Time per gradient that does not depend on the batch (s), >= 0. It goes to launches, input and the optimizer.
    memory_bytes
        What it holds (B), > 0; None: whatever it has to. Asked for by models of the real world alone.
    """

    peak_flops: float = 1e12
    efficiency: float = 0.5
    overhead_seconds: float = 0.0
    memory_bytes: float | None = None

    def __post_init__(self) -> None:
        check("peak_flops", self.peak_flops, above=0.0)
        check("efficiency", self.efficiency, above=0.0, at_most=1.0)
        if self.peak_flops * self.efficiency == 0.0:
            raise FieldError("peak_flops", f"{self.peak_flops:g} times efficiency={self.efficiency:g} is 0; give more")
        check("overhead_seconds", self.overhead_seconds, at_least=0.0)
        check("memory_bytes", self.memory_bytes, "give B, or null for no check", above=0.0)

    def seconds(self, flops: float) -> float:
        """Mean time of one gradient that costs `flops` (s)."""
        return self.overhead_seconds + flops / (self.peak_flops * self.efficiency)
