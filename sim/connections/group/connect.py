"""A group of all workers, and every worker's part in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from itertools import accumulate
from typing import TYPE_CHECKING

from sim.collectives import LacksOperationError
from sim.collectives.operations.site import Site
from sim.compressors.none import NoCompression
from sim.connections.connection import Connected, Connection, Deployment, Wiring
from sim.connections.group.buckets import accumulated, bucket_parts
from sim.connections.group.exchange import Exchange, Exchanges
from sim.connections.group.forming import Forming, Generation
from sim.connections.group.gang import Gang, goes_back
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
    from sim.world.worker import Worker


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
        self._exchanges_of = lru_cache(maxsize=4)(self._exchanges)  # those that were checked are those of the run

    @property
    def regions(self) -> Sequence[Ranges]:
        """Buckets, where these are compressed by themselves."""
        return [] if self.experiment.compression == NoCompression() else [part.ranges for part in self._parts]

    def check(self, deployment: Deployment, seed: int) -> None:
        self._exchanges_of(deployment.graph, deployment.workers)

    def connect(self, wiring: Wiring) -> Connected:
        if wiring.world.mortal:
            return self._connect_mortal(wiring)
        rows = self._exchanges_of(wiring.deployment.graph, wiring.deployment.workers)
        ranks = range(self.experiment.workers)
        make = self._members(self._group(wiring, ranks), rows)
        for worker in wiring.workers:
            setattr(worker, self.attribute, make(worker))
        return Connected()

    def _connect_mortal(self, wiring: Wiring) -> Connected:
        """The same where workers fail: survivors go on, or all go back to a checkpoint."""
        experiment, graph, hosts = self.experiment, wiring.deployment.graph, wiring.deployment.workers
        if goes_back(experiment):
            gang = Gang(self.attribute, partial(self._gang, wiring))
            gang.form(wiring.workers)
            return Connected(lose=gang.lose, group=gang)

        def make(first: int, ranks: Sequence[int]) -> Generation:
            rows = self._exchanges_of(graph, tuple(hosts[rank] for rank in ranks))
            return Generation(first, ranks, self._group(wiring, ranks), [each for row in rows for each in row])

        forming = Forming(
            wiring.world,
            make,
            self._departures_of_each(self._exchanges_of(graph, hosts)),
            self.decoding_seconds(),
            attribute=self.attribute,
            detection=experiment.faults.detection_seconds,
            nbytes=experiment.workload.message_bytes(experiment.problem),
            x=wiring.x,
        )
        forming.begin(wiring.workers)
        return Connected(lose=forming.lose, group=forming)

    def _gang(self, wiring: Wiring, ranks: Sequence[int]) -> tuple[Group, Callable[[Worker], Member]]:
        """A group of some ranks, and what makes a worker's part in it."""
        hosts = tuple(wiring.deployment.workers[rank] for rank in ranks)
        group = self._group(wiring, ranks)
        return group, self._members(group, self._exchanges_of(wiring.deployment.graph, hosts))

    def _group(self, wiring: Wiring, ranks: Sequence[int]) -> Group:
        """The group of some ranks, and what it makes of their vectors."""
        compression = self.experiment.compression
        senders: list[tuple[int, ...]] = [()] if compression.linear else [(rank,) for rank in ranks]
        compressors = [wiring.senders.compressors(self._parts, *sender) for sender in senders]
        reduction = Reduction(compression, list(zip(*compressors, strict=True)))
        return Group(wiring.world, [wiring.deployment.workers[rank] for rank in ranks], reduction)

    def _members(self, group: Group, rows: list[list[Exchange]]) -> Callable[[Worker], Member]:
        """What makes a worker's part in a group, of the exchanges of each row of carriers."""
        exchanges = [exchange for row in rows for exchange in row]
        departures = self._departures_of_each(rows)
        decoding = self.decoding_seconds()
        return lambda worker: Member(worker.world, group, worker.rank, exchanges, departures, decoding)

    def _departures_of_each(self, rows: list[list[Exchange]]) -> list[Departure]:
        """When each exchange may set out."""
        return [when for when, row in zip(self.departures(), rows, strict=True) for _ in row]

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
