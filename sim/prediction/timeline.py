"""What of a step's communication is hidden under its computing, and what is not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Parcel(NamedTuple):
    """A part of a gradient that travels by itself.

    Attributes
    ----------
    share
        The share of the gradient's compute time after which it is complete, in (0, 1].
    encoding
        What has been compressed by then, this part the last of it, beside the gradient's own time (s).
    seconds
        How long it is on its way (s).
    """

    share: float
    encoding: float
    seconds: float


class Stretch(NamedTuple):
    """From the beginning of a step to when the last of its gradient has arrived.

    Attributes
    ----------
    computing
        How long the worker computes (s): the gradient, what interferes with it, and compressing.
    interference
        What of this hidden traffic costs (s).
    busy
        How long anything is on its way (s).
    end
        When the last part has arrived (s).
    """

    computing: float
    interference: float
    busy: float
    end: float

    @property
    def exposed(self) -> float:
        """How long the worker waits (s)."""
        return self.end - self.computing

    @property
    def hidden(self) -> float:
        """How long anything is on its way while the worker computes (s)."""
        return max(0.0, self.busy - self.exposed)


def stretch(seconds: float, parcels: Iterable[Parcel], interference: float = 0.0) -> Stretch:
    """Let parts of a gradient travel one after the other, each when it is ready and the one before has arrived.

    ``end_l = max(ready_l, end_{l-1}) + seconds_l`` (Zhang et al. 2017, section 3.1; Li et al. 2020, section 3.2).

    Parameters
    ----------
    seconds
        What the gradient alone takes (s).
    parcels
        Its parts in the order of sending, at least one; the last one is ready when the gradient is.
    interference
        What a second of traffic under the gradient costs its computing (no unit), >= 0.
    """
    parcels = list(parcels)
    encoding = parcels[-1].encoding
    end = busy = hidden = 0.0
    for share, encoded, travelling in parcels:
        complete = seconds + interference * hidden + encoding
        begin = max(end, share * seconds + encoded if share < 1.0 else complete)
        end = begin + travelling
        busy += travelling
        hidden += max(0.0, min(end, seconds) - min(begin, seconds))
    return Stretch(complete, interference * hidden, busy, end)
