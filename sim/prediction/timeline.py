"""What of a step's communication is hidden under its computing, and what is not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sim.prediction.sharing import seconds_in


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
    latency
        What of that is latency (s).
    """

    share: float
    encoding: float
    seconds: float
    latency: float


class Stretch(NamedTuple):
    """From the beginning of a step to its end.

    Attributes
    ----------
    end
        When the worker has all that it waits for (s).
    computing
        How long it computes (s): the gradient, what interferes with it, and compressing.
    interference
        What of this hidden traffic costs (s).
    busy
        How long anything is on its way (s).
    hidden
        How long anything is on its way while the worker computes (s).
    latency
        How long it would be on its way without bytes (s).
    applying
        How long a server works in between (s).
    """

    end: float
    computing: float
    interference: float
    busy: float
    hidden: float
    latency: float = 0.0
    applying: float = 0.0

    @property
    def exposed(self) -> float:
        """How long the worker waits (s)."""
        return self.end - self.computing


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
    early = [parcel for parcel in parcels if parcel.share < 1.0]
    spans = _fifo([(parcel.share * seconds + parcel.encoding, parcel.seconds) for parcel in early])
    hindered = interference * seconds_in(spans, seconds)
    computing = seconds + hindered + parcels[-1].encoding
    reached = spans[-1][1] if spans else 0.0
    spans += _fifo([(computing, parcel.seconds) for parcel in parcels[len(early) :]], reached)
    latency = sum(parcel.latency for parcel in parcels)
    return Stretch(spans[-1][1], computing, hindered, seconds_in(spans), seconds_in(spans, computing), latency)


def _fifo(parts: Iterable[tuple[float, float]], reached: float = 0.0) -> list[tuple[float, float]]:
    """When parts (when ready, how long on their way) are on their way, one after the other (s)."""
    spans = []
    for ready, travelling in parts:
        begin = max(reached, ready)
        reached = begin + travelling
        spans.append((begin, reached))
    return spans
