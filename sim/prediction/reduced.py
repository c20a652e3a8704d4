"""A step whose gradients are averaged by collectives."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sim.connections.group.connect import Collectives
from sim.prediction.timeline import Parcel, Stretch, stretch

if TYPE_CHECKING:
    from sim.compressors import Carrier
    from sim.experiment import Experiment
    from sim.prediction.alone import OnOneSwitch, OverWires


def reduced(experiment: Experiment, group: Collectives, seconds: float, network: OnOneSwitch | OverWires) -> Stretch:
    """A step of a group whose ranks all begin at once.

    Parameters
    ----------
    experiment
        What is simulated.
    group
        The plan of its collectives.
    seconds
        What a gradient takes (s).
    network
        Where its operations take place.
    """
    interference = experiment.transport.interference if group.sends_early else 0.0

    @cache
    def alone(carrier: Carrier) -> tuple[float, float]:
        nbytes = carrier.vector_bytes(experiment.workers)
        return network.seconds(carrier.operation, nbytes, together=interference > 0.0)

    parcels = []
    for when, row in zip(group.departures(), group.carriers(), strict=True):
        travelling, latencies = zip(*map(alone, row), strict=True)
        parcels.append(Parcel(when.share, when.encoding, sum(travelling), sum(latencies)))
    found = stretch(seconds, parcels, interference)
    return found._replace(end=found.end + group.decoding_seconds())
