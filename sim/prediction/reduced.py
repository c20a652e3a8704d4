"""A step whose gradients are averaged by collectives."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sim.connections.group.connect import Collectives
from sim.prediction.timeline import Parcel, Stretch, stretch
from topologies.field_error import of_group

if TYPE_CHECKING:
    from sim.collectives.operations.route import Route
    from sim.compressors import Carrier
    from sim.experiment import Experiment


def reduced(
    experiment: Experiment, group: Collectives, seconds: float, route: Route, interference: float = 0.0
) -> Stretch:
    """A step of a group whose ranks all begin at once.

    Parameters
    ----------
    experiment
        What is simulated.
    group
        The plan of its collectives.
    seconds
        What a gradient takes (s).
    route
        The way from one rank to another.
    interference
        What a second of traffic under the gradient costs its computing (no unit), >= 0.
    """

    @cache
    def alone(carrier: Carrier) -> float:
        ranks = experiment.workers
        nbytes = carrier.nbytes if carrier.operation == "all_reduce" else ranks * carrier.nbytes
        return experiment.collective.seconds(carrier.operation, ranks, nbytes, route)

    with of_group("collective"):
        travelling = [sum(map(alone, row)) for row in group.carriers()]
    parcels = [
        Parcel(when.share, when.encoding, each) for when, each in zip(group.departures(), travelling, strict=True)
    ]
    found = stretch(seconds, parcels, interference)
    return found._replace(end=found.end + group.decoding_seconds())
