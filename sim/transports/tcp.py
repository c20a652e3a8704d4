"""TCP."""

from __future__ import annotations

from dataclasses import dataclass

from sim.transports import Transport


@dataclass
class TCP(Transport):
    """TCP over Ethernet frames of 1500 bytes, each flow served by one core.

    Efficiency: a frame takes 1538 bytes of the wire (14 header, 4 check sequence, 8 preamble, 12 gap) and carries 1448
    of payload (1500 less 20 of IPv4, 20 of TCP and 12 of time stamps): 0.9415. Cap: the data of one flow is copied by
    one core, which moves at most about 42 Gb/s in Linux, every optimisation on [1]_. The overhead per message, two
    system calls and wake-ups, is assumed.

    Parameters
    ----------
    efficiency
        Share of every link's bandwidth that is left for payload (above 0, to 1): 1448 / 1538 bytes.
    overhead_seconds
        Time per message before its first byte is sent (s), >= 0; assumed.
    flow_cap_gbps
        The most that one message gets (Gb/s), > 0: one core (Cai et al. 2021); None: no cap.

    References
    ----------
    .. [1] Q. Cai et al., "Understanding host network stack overheads", SIGCOMM 2021, section 3.1.
    """

    efficiency: float = 0.9415
    overhead_seconds: float = 20e-6
    flow_cap_gbps: float | None = 42.0
