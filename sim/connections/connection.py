"""What every kind of connection is: planned from the experiment alone, then wired for one seed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

if TYPE_CHECKING:
    import networkx as nx
    import simpy

    from sim.connections.group.forming import Forming
    from sim.connections.group.gang import Gang
    from sim.connections.senders import Senders
    from sim.connections.server.shard import Shard
    from sim.experiment import Experiment
    from sim.lr_schedules.learning_rate import LearningRate
    from sim.problems.part import Ranges
    from sim.tape.tape import Tape
    from sim.tape.vector import Vector
    from sim.world.worker import Worker
    from sim.world.world import World


class Deployment(NamedTuple):
    """Where everybody lives.

    Attributes
    ----------
    graph
        Annotated graph of the network; None of an ideal one.
    workers
        Host of each worker, by rank.
    servers
        Hosts of those whom a connection brings with it.
    """

    graph: nx.Graph | None
    workers: tuple[int, ...]
    servers: tuple[int, ...]


class Wiring(NamedTuple):
    """What a connection is wired into: the parts of one seed's cluster that are there before any connection."""

    seed: int
    world: World
    tape: Tape
    senders: Senders
    rate: LearningRate
    deployment: Deployment
    workers: Sequence[Worker]
    x: Vector  # the whole model to begin with


def _nothing(whom: object) -> None:
    """Where a connection has nothing to do."""


class Connected(NamedTuple):
    """What a connection has made that the rest of a cluster has to know.

    Attributes
    ----------
    shards
        Of its server: their parts are the model that is measured.
    learners
        Who takes the workers' steps in place of the protocol, by rank; as a rule nobody.
    group
        The group that forms anew when somebody fails, where there is one.
    lose
        Told the rank of a worker that has failed, at that instant.
    renew
        Gives a worker that is back, in another incarnation, its side of the connection; returns how many steps it
        counts to have taken, where it counts from there.
    """

    shards: Sequence[Shard] = ()
    learners: Sequence[Learner] = ()
    group: Forming | Gang | None = None
    lose: Callable[[int], object] = _nothing
    renew: Callable[[Worker], int | None] = _nothing


class Learner(Protocol):
    """Somebody who takes a worker's steps."""

    def steps(self) -> Generator[simpy.Event, Any, None]:
        """What it does, for ever: a SimPy process."""


class Connection(ABC):
    """A kind of connection between workers, as one experiment uses it.

    Making one plans it: whatever the experiment's options cannot do together is refused then.

    Parameters
    ----------
    experiment
        What it is planned for.

    Attributes
    ----------
    attribute
        What workers call it: `me.<attribute>`.
    over_topology
        Whether the topology says who is connected to whom.
    hosts : int
        How many hosts it needs beside those of the workers.

    Raises
    ------
    FieldError
        Where parts of the experiment do not fit together.
    """

    attribute: ClassVar[str]
    over_topology: ClassVar[bool] = False
    hosts: int = 0

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment

    def inhabitants(self) -> str:
        """Who lives on those hosts, in words that follow the number of workers."""
        return ""

    @property
    def regions(self) -> Sequence[Ranges]:
        """The parts that vectors are taken apart into; none where they stay whole."""
        return ()

    @property
    def sends_early(self) -> bool:
        """Whether anything of a gradient is sent before all of it is complete."""
        return False

    def house(self, graph: nx.Graph | None, workers: Sequence[int], own: Sequence[int]) -> Sequence[int]:
        """Hosts of those whom it brings with it.

        Parameters
        ----------
        graph
            Annotated graph of the network; None of an ideal one.
        workers
            Host of each worker, by rank.
        own
            The hosts that placement has chosen for it, `hosts` of them.
        """
        return own

    def check(self, deployment: Deployment, seed: int) -> None:  # noqa: B027  # most have nothing left to refuse
        """Refuse what a deployment, or what is drawn from a seed, makes impossible.

        Raises
        ------
        FieldError
            Which names the key.
        """

    def learning_rate(self, rate: LearningRate, updates: int, applied: int, together: int) -> float | None:
        """The learning rate of the next update, where it is this connection that takes the steps; else None.

        Parameters
        ----------
        rate
            That of the optimizer and its schedule.
        updates, applied
            How many updates the model has been through, and how many gradients, or pushes, these were made of.
        together
            How many of those make an update, >= 1.
        """
        return None

    @property
    def messages(self) -> float:
        """About how many messages a gradient makes that are sent one by one: there and back."""
        return 2.0

    @property
    def models(self) -> int:
        """How many models it keeps beside those of the workers and the server."""
        return 0

    def check_memory(self, row: int, memory: int) -> None:  # noqa: B027  # most keep next to nothing
        """Refuse to keep more vectors, each of `row` bytes, than fit into a memory of so many (B).

        Raises
        ------
        FieldError
            Which names the key.
        """

    @abstractmethod
    def connect(self, wiring: Wiring) -> Connected:
        """Give every worker its side of the connection."""
