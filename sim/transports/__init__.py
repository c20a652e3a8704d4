"""What a transport protocol makes of the wires."""

from __future__ import annotations

import math
from dataclasses import dataclass

from topologies.ranges import check
from topologies.units import bytes_per_second


@dataclass
class Transport:
    """How much of the line rate a message gets, and what it costs beside.

    Parameters
    ----------
    efficiency
        Share of every link's bandwidth that is left for payload (above 0, to 1).
    overhead_seconds
        Time per message before its first byte is sent (s), >= 0. It goes to system calls, copies and serialisation.
    flow_cap_gbps
        The most that one message gets (Gb/s), > 0; None: no cap.
    overlap
        Whether a gradient is sent, part by part, while its backward pass goes on (true or false). What that has made
        ready sets out while the rest is computed; otherwise a gradient is sent when it is complete.
    """

    efficiency: float = 1.0
    overhead_seconds: float = 0.0
    flow_cap_gbps: float | None = None
    overlap: bool = False

    def __post_init__(self) -> None:
        check("efficiency", self.efficiency, "give the share of the line rate", above=0.0, at_most=1.0)
        check("overhead_seconds", self.overhead_seconds, "give the seconds per message", at_least=0.0)
        check("flow_cap_gbps", self.flow_cap_gbps, "give the Gb/s of one message, or null for no cap", above=0.0)

    @property
    def flow_cap(self) -> float:
        """The most that one message gets (B/s); infinite without a cap."""
        return math.inf if self.flow_cap_gbps is None else bytes_per_second(self.flow_cap_gbps)
