"""The token bucket at each end of a link: its rate, and the latency where the kernel has netem."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the programs of a measurement, which start in a moment, need no graphs
    from sim.lab.wires.layout import End

#: Largest packet of a link (B), and what a real link needs beside it for a frame: its header, and then the preamble,
#: the check sequence and the gap, which virtual cards do not count.
PACKET, HEADER, UNSEEN = 1500, 14, 24
FRAME = PACKET + HEADER

#: What may leave at once after a pause, beside one frame, in seconds of the link: the bucket has to last until the
#: kernel looks at it again, which it does late where the machine is busy. What leaves at once is no part of the time
#: that a message takes, so it has to be little of one.
BURST_SECONDS = 3e-4

#: Most that TCP hands to a card as one packet (B), to be cut into frames as late as possible.
LARGEST = 65536

#: What may wait: seconds of the link, and bytes at least and at most. More than senders have on the way, so that
#: nothing is lost: the network of the prediction loses nothing.
QUEUE_SECONDS, QUEUE_BYTES, LONGEST_QUEUE = 0.5, 8_000_000, 1_000_000_000


def burst(bandwidth: float) -> int:
    """What may leave a link at once after a pause (B).

    Parameters
    ----------
    bandwidth
        Of the link (B/s), > 0.
    """
    tick = max(BURST_SECONDS, 2 * time.clock_getres(time.CLOCK_MONOTONIC))
    return FRAME + UNSEEN + round(bandwidth * tick)


def segments(end: End) -> str:
    """What is said to ip of the frames that TCP hands to a card as one.

    On a slow link it is one at a time: of more, the bucket would count the gaps only once. On a fast one it is what
    TCP likes, because this saves most of the computing.

    Parameters
    ----------
    end
        The card.
    """
    slow = end.bandwidth is None or burst(end.bandwidth) < LARGEST
    return " gso_max_segs 1" if slow else ""


def shape(end: End, *, delays: bool) -> list[str]:
    """The lines for tc that have what leaves by an end leave at the link's rate.

    Parameters
    ----------
    end
        The end; one without a bandwidth needs no lines.
    delays
        Whether the kernel has netem: what leaves is then late by the link's latency.
    """
    if end.bandwidth is None:
        return []
    queue = min(max(QUEUE_BYTES, round(end.bandwidth * QUEUE_SECONDS)), LONGEST_QUEUE)
    lines = [
        f"qdisc add dev {end.name} root handle 1: tbf rate {round(8 * end.bandwidth)}bit"
        f" burst {burst(end.bandwidth)}b limit {queue}b overhead {UNSEEN}"
    ]
    if delays and end.latency > 0:
        lines.append(
            f"qdisc add dev {end.name} parent 1:1 handle 2: netem"
            f" delay {end.latency * 1e6:.3f}us limit {-(-queue // FRAME)}"
        )
    return lines
