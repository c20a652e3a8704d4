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
    nic_cap_gbps
        The most that all messages together get of a network card in each direction (Gb/s), > 0; None: its line rate. It
        is what hosts move, whatever the link could; links between switches are not capped.
    overlap
        Whether a gradient is sent, part by part, while its backward pass goes on (true or false). What that has made
        ready sets out while the rest is computed; otherwise a gradient is sent when it is complete.
    interference
        Seconds that computing loses for each second of own traffic under it (no unit), 0 to 100. A gradient of T
        seconds, during H of which something of its worker is on its way, messages or a collective, ends after
        ``T + interference H``; what of it is ready before T is not later for that.
    """

    efficiency: float = 1.0
    overhead_seconds: float = 0.0
    flow_cap_gbps: float | None = None
    nic_cap_gbps: float | None = None
    overlap: bool = False
    interference: float = 0.0

    def __post_init__(self) -> None:
        check("efficiency", self.efficiency, "give the share of the line rate", above=0.0, at_most=1.0)
        check("overhead_seconds", self.overhead_seconds, "give the seconds per message", at_least=0.0)
        check("flow_cap_gbps", self.flow_cap_gbps, "give the Gb/s of one message, or null for no cap", above=0.0)
        check("nic_cap_gbps", self.nic_cap_gbps, "give the Gb/s of one card, or null for its line rate", above=0.0)
        check("interference", self.interference, "give the seconds lost per second", at_least=0.0, at_most=100.0)

    @property
    def flow_cap(self) -> float:
        """The most that one message gets (B/s); infinite without a cap."""
        return math.inf if self.flow_cap_gbps is None else bytes_per_second(self.flow_cap_gbps)

    @property
    def card_cap(self) -> float:
        """The most that all messages together get of a network card (B/s); infinite without a cap."""
        return math.inf if self.nic_cap_gbps is None else bytes_per_second(self.nic_cap_gbps)

    def payload(self, bandwidth: float, *, inside: bool = False, cards: int = 0) -> float:
        """What of a link is there for payload (B/s).

        Parameters
        ----------
        bandwidth
            Its line rate (B/s).
        inside
            Whether it stays inside a machine.
        cards
            Number of network cards that it is plugged into; 0: it joins switches.
        """
        left = float(bandwidth) if inside else float(bandwidth) * self.efficiency
        return min(left, cards * self.card_cap) if cards else left
