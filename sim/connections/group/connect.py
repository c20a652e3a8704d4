"""A group of all workers, and every worker's part in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from sim.collectives import LacksOperationError
from sim.collectives.operations.site import Site
from sim.compressors.none import NoCompression
from sim.connections.connection import Connected, Connection, Deployment, Wiring
from sim.connections.group.buckets import accumulated, bucket_parts
from sim.connections.group.exchange import Exchange, Exchanges
from sim.connections.group.group import Group
from sim.connections.group.member import Departure, Member
from sim.connections.group.reduction import Reduction
from sim.option_name import option_name
from sim.problems.part import Ranges
from topologies.field_error import FieldError, of_group

if TYPE_CHECKING:
    import networkx as nx

    from sim.compressors import Carrier
    from sim.experiment import Experiment
    from sim.world.world import World


class Collectives(Connection):
    """All workers in collectives.

    Attributes
    ----------
    buckets : list of Bucket
        What one operation carries of a vector, in the order of sending.
    """

    attribute = "group"

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(experiment)
        workload, problem = experiment.workload, experiment.problem
        seconds = experiment.gradient_seconds / workload.micro_batches
        self._of_a_pass = experiment.protocol.buckets(workload.message_tensors(problem), seconds)
        self.buckets = accumulated(self._of_a_pass, workload.micro_batches)
        self._parts = bucket_parts(problem, self.buckets)
        self._priced = bucket_parts(experiment.model, self.buckets)
        self._exchanges_of = lru_cache(maxsize=1)(self._exchanges)  # those that were checked are those of the run

    @property
    def regions(self) -> Sequence[Ranges]:
        """Buckets, where these are compressed by themselves."""
        return [] if self.experiment.compression == NoCompression() else [part.ranges for part in self._parts]

    def check(self, deployment: Deployment, seed: int) -> None:
        self._exchanges_of(deployment.graph, deployment.workers)

    def connect(self, wiring: Wiring) -> Connected:
        compression, workers = self.experiment.compression, wiring.workers
        senders: list[tuple[int, ...]] = [()] if compression.linear else [(worker.rank,) for worker in workers]
        compressors = [wiring.senders.compressors(self._parts, *sender) for sender in senders]
        reduction = Reduction(compression, list(zip(*compressors, strict=True)))
        group = Group(wiring.world, wiring.deployment.workers, reduction)
        rows = self._exchanges_of(wiring.deployment.graph, wiring.deployment.workers)
        make = self._members(wiring.world, group, rows)
        for worker in workers:
            setattr(worker, self.attribute, make(worker.rank))
        return Connected()

    def _members(self, world: World, group: Group, rows: list[list[Exchange]]) -> Callable[[int], Member]:
        """What makes a rank's part in a group, of the exchanges of each row of carriers."""
        exchanges = [exchange for row in rows for exchange in row]
        departures = [when for when, row in zip(self.departures(), rows, strict=True) for _ in row]
        decoding = self.decoding_seconds()
        return lambda rank: Member(world, group, rank, exchanges, departures, decoding)

    @property
    def sends_early(self) -> bool:
        return any(when.share < 1.0 for when in self.departures())

    def departures(self) -> list[Departure]:
        """When each bucket may set out: one after the other is compressed, by who computes the gradient."""
        compression, overlap = self.experiment.compression, self.experiment.transport.overlap
        seconds = [
            compression.encode_seconds(bucket.nbytes, part)
            for bucket, part in zip(self.buckets, self._priced, strict=True)
        ]
        return [
            Departure(bucket.ready if overlap else 1.0, encoding)
            for bucket, encoding in zip(self.buckets, accumulate(seconds), strict=True)
        ]

    def decoding_seconds(self) -> float:
        """How long a rank reads: what has been all-reduced once, what has been all-gathered once for every rank (s)."""
        compression = self.experiment.compression
        messages = 1 if compression.linear else self.experiment.workers
        return messages * sum(
            compression.decode_seconds(bucket.nbytes, part)
            for bucket, part in zip(self.buckets, self._priced, strict=True)
        )

    def carriers(self) -> list[list[Carrier]]:
        """For each bucket the operations that carry it, and the size of each rank's message."""
        compression = self.experiment.compression
        return [
            compression.carriers(bucket.nbytes, part) for bucket, part in zip(self.buckets, self._priced, strict=True)
        ]

    def carried_by(self, deployment: Deployment) -> list[str]:
        """Names of the collectives that carry out the operations of a deployment, in the order of sending."""
        rows = self._exchanges_of(deployment.graph, deployment.workers)
        return list(dict.fromkeys(exchange.collective for row in rows for exchange in row))

    def scheduled(self, deployment: Deployment) -> int:
        """How many sends and delays the schedules of a deployment's round consist of."""
        rows = self._exchanges_of(deployment.graph, deployment.workers)
        return sum(len(exchange.schedule.source) for row in rows for exchange in row)

    def _exchanges(self, graph: nx.Graph | None, hosts: tuple[int, ...]) -> list[list[Exchange]]:
        """What carries each bucket."""
        transport = self.experiment.transport
        site = Site(
            graph,
            hosts,
            efficiency=transport.efficiency,
            overhead=transport.overhead_seconds,
            cap=transport.flow_cap,
            card_cap=transport.card_cap,
        )
        exchanges = Exchanges(self.experiment.collective, site)
        try:
            with of_group("collective"):
                return [[exchanges.of(carrier) for carrier in row] for row in self.carriers()]
        except LacksOperationError as error:
            if self.experiment.compression == NoCompression():
                raise
            name = option_name(self.experiment.compression)
            remedy = f"or a compression whose messages can be all-reduced: those of {name} cannot"
            raise FieldError(error.field, f"{error.said}; {remedy}", full=True) from error
