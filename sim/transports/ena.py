"""The network card of AWS."""

from __future__ import annotations

from dataclasses import dataclass

from sim.transports.tcp import TCP


@dataclass
class ENA(TCP):
    """TCP over the elastic network adapter of AWS, as collectives on its cloud have measured it.

    Efficiency and overhead are those of TCP. A flow gets 10 Gb/s at the most between instances of one placement group
    [1]_. The cap of a card is fitted: 5.3 Gb/s go through one in published scaling tables of all-reduce by TCP,
    whatever the instance is sold with.

    Parameters
    ----------
    flow_cap_gbps
        The most that one message gets (Gb/s), > 0: a flow of a placement group; None: no cap.
    nic_cap_gbps
        The most that all messages together get of a network card in each direction (Gb/s), > 0; fitted; None: its rate.

    References
    ----------
    .. [1] Amazon Web Services, "Amazon EC2 instance network bandwidth", user guide, as of 2021-06.
    """

    flow_cap_gbps: float | None = 10.0
    nic_cap_gbps: float | None = 5.3
