"""Machines of one type that train in one way: all of a candidate but how many there are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from sim.backgrounds.none import NoBackground
from sim.catalogue.machine import Machine
from sim.checkpoint import Checkpoint
from sim.collectives.auto import Auto
from sim.collectives.ring import Ring
from sim.compressors.none import NoCompression
from sim.connections.group.connect import Collectives
from sim.experiment import Experiment
from sim.faults import Faults
from sim.faults.none import NoFaults
from sim.option_name import option_name
from sim.placements.packed import Packed
from sim.protocols.families.keeping import Keeps
from sim.stragglers.none import NoStragglers
from topologies.networks.gpu_pod import GPUPod
from topologies.networks.ideal import Ideal
from topologies.networks.single_switch import SingleSwitch


@dataclass(frozen=True, eq=False)
class Family:
    """Candidates that differ in how many machines there are.

    Parameters
    ----------
    machine
        The type of machine.
    experiment
        A run on one of them.
    words
        Of the command for that run, without the number of workers.
    varied
        Those that set it apart from the other families of this machine.
    faults, checkpoint
        What goes wrong, and what is written down for it: of `failing` alone, so that speeds are without.
    """

    machine: Machine
    experiment: Experiment
    words: tuple[str, ...]
    varied: tuple[str, ...]
    faults: Faults = field(default_factory=NoFaults)
    checkpoint: Checkpoint = field(default_factory=Checkpoint)

    def at(self, count: int) -> Experiment:
        """A run on so many machines."""
        return replace(self.experiment, workers=count * self.machine.devices)

    def failing(self, count: int) -> Experiment:
        """The same with what goes wrong."""
        return replace(self.at(count), faults=self.faults, checkpoint=self.checkpoint)

    @property
    def batch(self) -> int:
        """Samples of a device's gradient."""
        return self.experiment.samples_per_gradient

    @cached_property
    def nics(self) -> int:
        """Network cards of a machine, each with a cap of its own."""
        cards, rate = self.cards
        sold = (self.machine.nics or 0) * (self.machine.nic_rate or 0.0) * 1e9 / 8.0
        return (self.machine.nics or cards) if math.isclose(cards * rate, sold) else cards

    @cached_property
    def cards(self) -> tuple[int, float]:
        """Links of a machine to the network, and what each carries in one direction (B/s)."""
        network = self.experiment.network
        if isinstance(network, GPUPod):
            return network.rails or 1, network.bandwidth_gbps * 1e9 / 8.0
        if isinstance(network, SingleSwitch):
            return network.nics, network.bandwidth_gbps * 1e9 / 8.0
        # of other networks nobody knows which links are a machine's: what software moves is all that bounds its cards
        return 1, math.inf

    @cached_property
    def beyond_formula(self) -> str | None:
        """Which key leaves it to the engine; None: the formula holds, on any number of machines."""
        return next(self._beyond(), None)

    def _beyond(self) -> Iterator[str]:
        run, protocol = self.experiment, self.experiment.protocol
        if not protocol.lockstep or protocol.needs != (Collectives,) or isinstance(protocol, Keeps):
            yield f"protocol={option_name(protocol)}"
        elif protocol != type(protocol)():
            yield f"the keys of protocol={option_name(protocol)}"
        usual = {
            "straggler": NoStragglers(),
            "background": NoBackground(),
            "compression": NoCompression(),
            "placement": Packed(),
        }
        for name, option in usual.items():
            if getattr(run, name) != option:
                yield f"{name}={option_name(getattr(run, name))}"
        if not run.transport.overlap:
            yield "transport.overlap=false"
        if not isinstance(run.network, SingleSwitch | GPUPod | Ideal):
            yield f"network={option_name(run.network)}"
        if run.collective not in (Auto(), Ring()):
            yield f"collective={option_name(run.collective)}"
