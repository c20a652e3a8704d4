"""Synchronous SGD that learns what an experiment learns, at the same global batch."""

from __future__ import annotations

from dataclasses import replace

from sim.backgrounds.none import NoBackground
from sim.compressors.none import NoCompression
from sim.experiment import SYNCHRONOUS, Experiment
from sim.option_name import option_name
from sim.placements.packed import Packed
from sim.server import Server
from sim.stragglers.none import NoStragglers
from sim.transports.ideal import Ideal as IdealTransport
from topologies.communication.ring import Ring
from topologies.networks.ideal import Ideal

#: What it is called.
NAME = option_name(SYNCHRONOUS())


def reference(experiment: Experiment) -> Experiment:
    """The experiment by synchronous SGD, without compression, on a network that takes no time.

    How far synchronous SGD has learned after so many samples does not depend on the clock: workers that never wait
    give the same models sooner.

    Parameters
    ----------
    experiment
        Whose workers, batch, problem, data and optimizer it keeps, so that runs of a seed meet the same mini-batches.
    """
    return replace(
        experiment,
        protocol=SYNCHRONOUS(),
        compression=NoCompression(),
        server=Server(),
        topology=Ring(),
        network=Ideal(),
        transport=IdealTransport(),
        placement=Packed(),
        background=NoBackground(),
        straggler=NoStragglers(),
    )
