"""gRPC."""

from __future__ import annotations

from dataclasses import dataclass

from sim.transports import Transport


@dataclass
class GRPC(Transport):
    """gRPC over TCP, as parameter servers in TensorFlow use it.

    Efficiency: that of TCP, 0.9415, less the 9 bytes that HTTP/2 adds to each frame of 16384 [1]_. Overhead and cap,
    for serialising and copying a message on one thread, are assumed.

    References
    ----------
    .. [1] M. Thomson and C. Benfield, "HTTP/2", RFC 9113, 2022, section 4.
    """

    efficiency: float = 0.941
    overhead_seconds: float = 200e-6
    flow_cap_gbps: float | None = 10.0
