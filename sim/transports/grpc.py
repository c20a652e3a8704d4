"""gRPC."""

from __future__ import annotations

from dataclasses import dataclass

from sim.transports import Transport


@dataclass
class GRPC(Transport):
    """gRPC over TCP, as parameter servers in TensorFlow use it.

    Efficiency: that of TCP, 0.9415, less the 9 bytes that HTTP/2 adds to each frame of 16384 [1]_. Overhead and cap,
    for serialising and copying a message on one thread, are assumed.

    Parameters
    ----------
    efficiency
        Share of every link's bandwidth that is left for payload (above 0, to 1): as TCP.
    overhead_seconds
        Time per message before its first byte is sent (s), >= 0; assumed.
    flow_cap_gbps
        The most that one message gets (Gb/s), > 0; assumed; None: no cap.

    References
    ----------
    .. [1] M. Thomson and C. Benfield, "HTTP/2", RFC 9113, 2022, section 4.
    """

    efficiency: float = 0.941
    overhead_seconds: float = 200e-6
    flow_cap_gbps: float | None = 10.0
