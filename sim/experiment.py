"""One experiment: everything that a run is determined by."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.backgrounds import Background
from sim.backgrounds.none import NoBackground
from sim.checkpoint import Checkpoint
from sim.collectives import Collective
from sim.collectives.auto import Auto
from sim.compressors import Compression
from sim.compressors.none import NoCompression
from sim.devices import Device
from sim.devices.cpu_core import CPUCore
from sim.evidence.precision import LEAST
from sim.faults import Faults
from sim.faults.none import NoFaults
from sim.lr_schedules import LRSchedule
from sim.lr_schedules.constant import Constant
from sim.optimizers import Optimizer
from sim.optimizers.sgd import SGD
from sim.partitions import Partition
from sim.partitions.shared import Shared
from sim.placements import Placement
from sim.placements.packed import Packed
from sim.problems import Problem
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.part import Shaped
from sim.protocols import Protocol
from sim.protocols.async_ps import AsyncPS
from sim.protocols.hardsync import HardSync
from sim.record import Record
from sim.server import Server
from sim.start import Start
from sim.stragglers import StragglerLaw
from sim.stragglers.none import NoStragglers
from sim.transports import Transport
from sim.transports.ideal import Ideal as IdealTransport
from sim.until import Until
from sim.workloads import Workload
from sim.workloads.native import Native
from topologies.communication import Topology
from topologies.communication.ring import Ring
from topologies.field_error import FieldError
from topologies.networks import Network
from topologies.networks.single_switch import SingleSwitch
from topologies.options import options_in
from topologies.ranges import check

#: Synchronous SGD as others are compared with it.
SYNCHRONOUS: type[Protocol] = HardSync
#: Stands for the protocol's own topology; a ring where it has none.
_UNCHOSEN = Ring()
#: Stands for the workload's own problem; the default where it has none.
_UNCHOSEN_PROBLEM = DigitsMLP()


@dataclass
class Experiment:
    """A cluster, an algorithm and what it learns.

    Parameters
    ----------
    workers
        Number of workers, 1 to 1 000 000.
    batch
        Mini-batch per worker (samples), 1 to 1 000 000.
    seed
        The one seed of every stream of randomness, 0 to 2^62.
    replicas
        How many seeds one run simulates, 1 to 100 000; figures are means, with confidence intervals. The first is
        `seed`, the others are derived from it (`sim.streams.replica_seed`). See until.precision.
    start
        Where in a step workers begin: together or spread; None: spread if the protocol is asynchronous.
    until
        When a run ends.
    record
        What is measured on the way.
    protocol
        The algorithm: who sends what to whom, and when.
    optimizer
        How a gradient changes the model.
    lr_schedule
        How the learning rate changes over a run.
    problem
        What is learned: data, model and loss. Where none is given, it is the workload's own.
    partition
        Which samples a worker draws its mini-batches from.
    workload
        What a gradient and a message cost (s, B).
    device
        What computes.
    straggler
        How compute times scatter about their mean.
    network
        The wires: hosts, switches and links.
    transport
        What TCP, RDMA or gRPC leave of the line rate, and what they cost per message.
    placement
        Which host a rank or a server lives on.
    background
        What others do on the network meanwhile.
    topology
        Who talks to whom, where workers have neighbours; a protocol may choose another. Where none is given, it is the
        protocol's own.
    collective
        How an all-reduce is carried out.
    server
        The parameter server, where the protocol has one.
    compression
        How gradients are made smaller before they are sent.
    faults
        What goes wrong: machines fail, links go down, workers join and leave.
    checkpoint
        When the model is written down, to go on from after a failure.
    """

    workers: int = 8
    batch: int = 32
    seed: int = 0
    replicas: int = 1
    start: Start | None = None
    until: Until = field(default_factory=Until)
    record: Record = field(default_factory=Record)
    protocol: Protocol = field(default_factory=AsyncPS)
    optimizer: Optimizer = field(default_factory=SGD)
    lr_schedule: LRSchedule = field(default_factory=Constant)
    problem: Problem = field(default_factory=lambda: _UNCHOSEN_PROBLEM)
    partition: Partition = field(default_factory=Shared)
    workload: Workload = field(default_factory=Native)
    device: Device = field(default_factory=CPUCore)
    straggler: StragglerLaw = field(default_factory=NoStragglers)
    network: Network = field(default_factory=SingleSwitch)
    transport: Transport = field(default_factory=IdealTransport)
    placement: Placement = field(default_factory=Packed)
    background: Background = field(default_factory=NoBackground)
    topology: Topology = field(default_factory=lambda: _UNCHOSEN)
    collective: Collective = field(default_factory=Auto)
    server: Server = field(default_factory=Server)
    compression: Compression = field(default_factory=NoCompression)
    faults: Faults = field(default_factory=NoFaults)
    checkpoint: Checkpoint = field(default_factory=Checkpoint)

    @property
    def held_bytes(self) -> float:
        """Size of the model and of its optimizer's state (B)."""
        return (1 + self.optimizer.vectors) * self.workload.message_bytes(self.problem)

    @property
    def least_replicas(self) -> int:
        """How many seeds are simulated at the least; without until.precision, how many there are."""
        return self.replicas if self.until.precision is None else max(self.replicas, LEAST)

    def __post_init__(self) -> None:
        check("workers", self.workers, at_least=1, at_most=1_000_000)
        check("batch", self.batch, at_least=1, at_most=1_000_000)
        check("seed", self.seed, at_least=0, at_most=2**62)
        check("replicas", self.replicas, at_least=1, at_most=100_000)
        if self.until.precision is not None and self.replicas > self.until.most_replicas:
            said = (
                f"must be at most until.most_replicas={self.until.most_replicas}, got {self.replicas}; give more there"
            )
            raise FieldError("replicas", said, full=True)
        if self.topology is _UNCHOSEN and self.protocol.topology is not None:
            self.topology = dict(options_in("topologies.communication", Topology))[self.protocol.topology]()
        if self.problem is _UNCHOSEN_PROBLEM and self.workload.problem is not None:
            self.problem = dict(options_in("sim.problems", Problem))[self.workload.problem]()

    @property
    def samples_per_gradient(self) -> int:
        """Samples that one gradient is the mean over: its micro-batches of `batch` each."""
        return self.batch * self.workload.micro_batches

    @property
    def gradient_seconds(self) -> float:
        """Mean compute time of a gradient (s)."""
        measured = self.straggler.mean_seconds()
        if measured is not None:
            return measured
        return self.workload.gradient_seconds(self.problem, self.device, self.samples_per_gradient)

    @property
    def model(self) -> Shaped:
        """Whose parameters the messages stand for: those of the workload, where it has a table, or of the problem."""
        return self.workload.model(self.problem)
