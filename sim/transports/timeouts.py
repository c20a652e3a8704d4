"""What TCP loses where many flows share a queue that is too short for them."""

from __future__ import annotations

#: The least that Linux waits for an acknowledgement before it sends again (s): TCP_RTO_MIN.
LEAST_TIMEOUT = 0.2
#: A loss is only noticed by three duplicate acknowledgements; fewer segments than that leave it to the timer [2]_.
DUPLICATES = 3.0
#: The square of the constant of Mathis et al. where every other segment is acknowledged [1]_.
MATHIS = 0.75


def waiting(flows: float, in_flight: float, segment: float, round_trip: float) -> float:
    """How long a flow waits for its retransmission timer, for each second that it sends (ratio, >= 0).

    Flows that fill a queue lose just so many segments that their windows fit: a window of w segments is what a loss
    rate of 3 / (4 w^2) leaves [1]_. A loss is left to the timer with probability min(1, 3 / w) [2]_, and a segment
    takes round_trip / w to send, so that it is 3 / (4 w^2) min(1, 3 / w) timeout w / round_trip.

    Parameters
    ----------
    flows
        How many share the queue, >= 1.
    in_flight
        What all of them together have on their way when the queue is full (B), > 0.
    segment
        Payload of a segment (B), > 0.
    round_trip
        From a segment to its acknowledgement (s), > 0.

    References
    ----------
    .. [1] M. Mathis, J. Semke, J. Mahdavi and T. Ott, "The macroscopic behavior of the TCP congestion avoidance
       algorithm", Computer Communication Review 27(3), 1997.
    .. [2] J. Padhye, V. Firoiu, D. Towsley and J. Kurose, "Modeling TCP throughput: a simple model and its empirical
       validation", SIGCOMM 1998, equation 23.
    """
    window = max(1.0, in_flight / segment / flows)  # a flow that sends has a segment on its way
    lost = MATHIS / window**2
    return lost * min(1.0, DUPLICATES / window) * LEAST_TIMEOUT * window / round_trip
