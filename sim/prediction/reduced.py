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
    def alone(carrier: Carrier) -> float:
        nbytes = carrier.nbytes if carrier.operation == "all_reduce" else experiment.workers * carrier.nbytes
        return network.seconds(carrier.operation, nbytes, together=interference > 0.0)

    travelling = [sum(map(alone, row)) for row in group.carriers()]
    parcels = [
        Parcel(when.share, when.encoding, each) for when, each in zip(group.departures(), travelling, strict=True)
    ]
    found = stretch(seconds, parcels, interference)
    return found._replace(end=found.end + group.decoding_seconds())
