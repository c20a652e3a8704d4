"""What is known of one device."""

from __future__ import annotations

from typing import NamedTuple

from sim.catalogue.catalogue import Catalogue
from sim.catalogue.row import Row
from sim.precision import Precision
from topologies.field_error import FieldError

#: Share of the peak that a gradient is taken to reach where nobody has measured it: ResNet-50 reaches half of it on a
#: P100 and a V100.
ASSUMED = 0.5
#: The same of tensor cores, which wait for memory more often: the median of what has been measured (throughputs.csv).
ASSUMED_OF_TENSOR_CORES = 0.2


class Rate(NamedTuple):
    """Arithmetic that a device does in a precision.

    Attributes
    ----------
    flops
        How much of it (FLOP/s).
    said
        What it is made of, for the reader of a run.
    rows
        The figures that it is made of.
    """

    flops: float
    said: str
    rows: tuple[Row, ...]


class Sheet(NamedTuple):
    """The figures of one device; what is None is not known.

    Attributes
    ----------
    name
        Of the device.
    known
        The catalogue that it is in.
    """

    name: str
    known: Catalogue

    def find(self, figure: str, workload: str = "", precision: str = "") -> Row | None:
        """One figure of it."""
        return self.known.find("device", self.name, figure, workload, precision)

    @property
    def peaks(self) -> dict[Precision, Row]:
        """Its arithmetic rate in every precision that it computes in."""
        found = {precision: self.find("peak", precision=precision) for precision in Precision}
        return {precision: row for precision, row in found.items() if row is not None}

    def on_tensor_cores(self, precision: Precision) -> bool:
        """Whether something other than its single-precision units computes in a precision, and faster."""
        peaks = self.peaks
        return precision in peaks and peaks[precision].amount > (
            peaks[Precision.fp32].amount if Precision.fp32 in peaks else 0.0
        )

    @property
    def usual(self) -> Precision:
        """What single-precision programs compute in: TF32 where there are cores for it, as frameworks do."""
        return Precision.tf32 if self.on_tensor_cores(Precision.tf32) else Precision.fp32

    def throughput(self, workload: str, precision: Precision) -> Row | None:
        """What it has been measured to train on."""
        return self.find("throughput", workload, precision)

    def amount(self, figure: str) -> float | None:
        """A figure that there is one of, in its first unit: memory (B), idle_power and busy_power (W)."""
        row = self.find(figure)
        return None if row is None else row.amount

    def rate(self, precision: Precision, peak: float | None = None, efficiency: float | None = None) -> Rate | None:
        """Arithmetic in a precision; None where there is no peak.

        Parameters
        ----------
        precision
            That is computed in.
        peak
            What a user gives in place of the figure (FLOP/s), > 0; None: nothing.
        efficiency
            The same of the share of it that is reached, above 0, to 1.
        """
        its_peak = self.find("peak", precision=precision) if peak is None else None
        share = self.find("efficiency", precision=precision) if efficiency is None else None
        if peak is None and its_peak is None:
            return None
        top = its_peak.amount if its_peak is not None else peak or 0.0
        assumed = ASSUMED_OF_TENSOR_CORES if self.on_tensor_cores(precision) else ASSUMED
        reached = efficiency if efficiency is not None else share.amount if share else assumed
        first = f"device.peak_flops={top:g}" if its_peak is None else f"{its_peak.written} ({its_peak.cited})"
        second = (
            f"device.efficiency={reached:g}"
            if efficiency is not None
            else f"{reached:g} of it ({share.cited if share else 'assumed, nobody has measured it'})"
        )
        return Rate(top * reached, f"{first} x {second}", tuple(row for row in (its_peak, share) if row is not None))


def seconds_per_sample(row: Row, overhead: float) -> float:
    """What of a measured throughput every sample takes (s), where a gradient takes `overhead` (s) besides.

    A mini-batch as large as those that were measured takes just as long as it did there: batch / throughput is
    overhead + batch x this.

    Raises
    ------
    FieldError
        Where nothing is left of it.
    """
    each = 1.0 / row.amount - overhead / row.batch
    if each <= 0.0:
        raise FieldError(
            "device.catalogue",
            f"{row.place}, column value: {row.written} in mini-batches of {row.batch} is one each "
            f"{row.batch / row.amount:.3g} s, less than the {overhead:g} s that do not depend on the batch; measure "
            "with more samples",
            full=True,
        )
    return each
