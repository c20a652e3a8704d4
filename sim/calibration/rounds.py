"""What workers lose that average their models seldom: the wait for the slowest, and a ring over slow links."""

from __future__ import annotations

from typing import NamedTuple

from sim.collectives.operations.route import Route
from sim.collectives.ring import Ring
from sim.evidence.range import Range
from sim.transports.tcp import TCP
from sim.transports.timeouts import waiting
from topologies.networks.single_switch import SingleSwitch

#: From one host of a switch to another (s), as networks have it by default.
LATENCY = 2.0 * SingleSwitch().latency_us * 1e-6
#: The token bucket that the links were shaped by: how long its queue is (s), and its burst (B).
QUEUE_SECONDS, BURST = 0.05, 32768.0
#: Payload of a jumbo frame on AWS (B): 9001 less 20 of IPv4, 20 of TCP and 12 of time stamps.
SEGMENT = 8949.0
#: Flows of a ring between two machines: NCCL opens two channels of two threads with eight sockets each on AWS.
FLOWS = 32


class Assumed(NamedTuple):
    """What a planner does not know.

    Attributes
    ----------
    slowest
        By which share the slowest of a handful of equal GPUs is behind the one that was timed (>= 0).
    opening
        What the first synchronisation of a run costs beside its ring (s, >= 0).
    exposed
        What share of the time that a flow waits for its timer nobody else uses (0 to 1).
    carried
        What of the rate the ring is given (ratio).
    latency
        What a message costs before its first byte, as a multiple of that of ``transport=tcp`` (ratio).
    """

    slowest: float
    opening: float
    exposed: float
    carried: float
    latency: float


#: 80 % of each, as they would be said of any such cluster; no figure has been fitted to runs that are predicted. Clocks
#: of the GPUs are locked, so that what sets equal GPUs of a cluster apart (8 %: Sinha et al., "Not all GPUs are created
#: equal", 2022), how far each may clock itself up, does not. NCCL opens its connections when they are first used, some
#: tenths of a second to seconds (pytorch/pytorch#135267, NVIDIA/nccl#534), and then, too, all wait for whoever began
#: last. All flows are one ring, but while one of them waits a machine has chunks of others to send: that nothing is
#: hidden is as likely as that all is. The rate was measured with one flow from one machine to one other; messages of
#: NCCL cost more, or less, than is assumed of TCP.
UNKNOWN = {
    "slowest": Range(0.005, 0.02, 0.06),
    "opening": Range(0.2, 0.5, 1.2),
    "exposed": Range(0.1, 0.5, 0.9),
    "carried": Range(0.97, 1.0, 1.03),
    "latency": Range(0.4, 1.0, 2.5),
}
USUAL = Assumed(**{name: some.middle for name, some in UNKNOWN.items()})


def synchronisation(
    workers: int, nbytes: float, tensors: int, rate: float, assumed: Assumed, latency: float = LATENCY
) -> float:
    """How long a ring takes, tensor after tensor (s).

    Parameters
    ----------
    workers
        How many average, >= 1.
    nbytes
        Size of what they average (B).
    tensors
        In how many tensors, each by itself, >= 1.
    rate
        Of a link, as payload (bit/s).
    assumed
        What else is.
    latency
        From one worker to the next, without the transport's (s).
    """
    usual = TCP()
    transport = TCP(
        # The rate was measured as payload, so that headers are in it; of the rest timers have their share.
        efficiency=1.0 / (1.0 + assumed.exposed * timers(rate)),
        overhead_seconds=assumed.latency * usual.overhead_seconds,
    )
    route = Route(
        latency + transport.overhead_seconds, transport.payload(assumed.carried * rate / 8.0), transport.flow_cap
    )
    return tensors * Ring().seconds("all_reduce", workers, nbytes / tensors, route)


def timers(rate: float) -> float:
    """How long a flow of a ring waits for its timer, for each second that it sends (ratio).

    The link has a queue of `QUEUE_SECONDS`, and acknowledgements stand in the neighbour's, which is as long.

    Parameters
    ----------
    rate
        Of the link (bit/s), > 0.
    """
    queue = rate / 8.0 * QUEUE_SECONDS + BURST
    return waiting(FLOWS, 2.0 * queue, SEGMENT, 2.0 * QUEUE_SECONDS)
