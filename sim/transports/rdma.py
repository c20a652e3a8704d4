"""RDMA."""

from __future__ import annotations

from dataclasses import dataclass

from sim.transports import Transport


@dataclass
class RDMA(Transport):
    """RDMA over converged Ethernet (RoCE v2) with packets of 4096 bytes.

    Efficiency: each packet adds 82 bytes on the wire (14 Ethernet header, 20 IPv4, 8 UDP, 12 transport header and 4
    check of InfiniBand [1]_, 4 check sequence, 8 preamble, 12 gap): 4096 / 4178 = 0.9804. The card moves the data, so
    that there is no cap; the overhead per message, posting and completion, is assumed.

    Parameters
    ----------
    efficiency
        Share of every link's bandwidth that is left for payload (above 0, to 1): 4096 / 4178 bytes.
    overhead_seconds
        Time per message before its first byte is sent (s), >= 0; assumed.

    References
    ----------
    .. [1] InfiniBand Trade Association, "Supplement to InfiniBand architecture specification: RoCEv2", annex A17, 2014.
    """

    efficiency: float = 0.9804
    overhead_seconds: float = 2e-6
