"""What a machine draws that does not compute all the time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

#: What is believed of the share of its power that a machine of eight devices draws whatever it does (ratio), before
#: anything is measured: fans, memory, processors and leakage; and the standard deviation of that.
IDLE, SPREAD = 0.4, 0.15
#: How far a machine's power is from the law (standard deviation of its logarithm).
NOISE = 0.05


class Share(NamedTuple):
    """A measurement beside that of one machine.

    Attributes
    ----------
    kept
        Throughput per machine as a share of that of one machine alone (ratio).
    watts
        Power per machine as a share of that of one machine alone (ratio).
    """

    kept: float
    watts: float


class PowerLaw(NamedTuple):
    """Power is that of waiting and that of computing: ``idle + (1 - idle) kept`` of what one machine draws.

    A machine that keeps a share of its throughput computes for that share of the time and waits for the rest (Barroso
    and Hoelzle, "The case for energy-proportional computing", IEEE Computer 40(12), 2007).

    Attributes
    ----------
    idle
        Share of its power that a waiting machine draws (ratio).
    uncertainty
        Its standard deviation (ratio).
    """

    idle: float
    uncertainty: float

    def watts(self, kept: float) -> float:
        """Power per machine as a share of that of one machine alone (ratio).

        Parameters
        ----------
        kept
            Throughput per machine as a share of that of one machine alone (ratio).
        """
        return self.idle + (1.0 - self.idle) * kept

    def variance(self, kept: float) -> float:
        """Of the logarithm of the same (no unit).

        Parameters
        ----------
        kept
            As in `watts`.
        """
        return (self.uncertainty * (1.0 - kept) / self.watts(kept)) ** 2 + NOISE**2


def power_law(measured: Sequence[Share]) -> PowerLaw:
    """The law after some measurements: by least squares, beside what is believed.

    Parameters
    ----------
    measured
        Any number of them.
    """
    # watts - kept = idle (1 - kept), each with an error of NOISE watts
    weight = 1.0 / SPREAD**2 + sum(((1.0 - share.kept) / (NOISE * share.watts)) ** 2 for share in measured)
    said = IDLE / SPREAD**2 + sum(
        (share.watts - share.kept) * (1.0 - share.kept) / (NOISE * share.watts) ** 2 for share in measured
    )
    return PowerLaw(said / weight, 1.0 / math.sqrt(weight))
