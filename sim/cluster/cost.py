"""What a run costs before it is begun: the seconds of whatever takes time, its gradients, the flows of others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sim.cluster.feasibility import LEAST_SECONDS
from sim.cluster.random_flows import RandomFlows
from sim.connections.server.serves import Serves
from sim.measuring.evaluation_points import EVALUATIONS
from sim.measuring.limits import Limits
from sim.problems.part import Part
from topologies.field_error import FieldError

if TYPE_CHECKING:
    import networkx as nx

    from sim.experiment import Experiment

#: Longer than this nothing may take (s): from there on the clock, a double, moves in steps of 0.1 ms.
MOST_SECONDS = 1e12
#: What a day is enough for: some 10^4 gradients or flows a second, with all the events that come with them.
MOST_GRADIENTS = MOST_FLOWS = 1e9
#: The same, of this machine's time (s).
DAY = 86_400.0


@dataclass(frozen=True)
class Cost:
    """What an experiment is expected to take.

    Parameters
    ----------
    experiment
        What is to be simulated.
    graph
        Annotated graph of its network; None of an ideal one.
    seconds
        Mean compute time of a gradient (s).
    alone
        Whether workers have nobody to wait for.
    shards
        Number of the server's shards, each of which gets a part of every push; 0: there is no server.
    """

    experiment: Experiment
    graph: nx.Graph | None
    seconds: float
    alone: bool
    shards: int = 0

    def check(self) -> None:
        """Refuse durations that no clock could tell, and more gradients or flows than can be simulated.

        Raises
        ------
        FieldError
            Which names the key that it depends on most.
        """
        self._check_durations()
        if not self.experiment.until.has_target:  # a race may be over long before its limits
            self._check_gradients()
            self._check_flows()

    def _check_durations(self) -> None:
        experiment, nbytes = self.experiment, self._nbytes
        if nbytes == math.inf:
            raise FieldError(self._bytes_key, "a model would have more bytes than can be counted; give less", full=True)
        slowest = max(map(experiment.straggler.mean, range(experiment.workers)))
        part = Part(experiment.model, [])
        costs = (
            (self._gradient_key, "a gradient", self.seconds),
            ("straggler.factor", "a slow gradient", self.seconds * slowest),
            ("transport.overhead_seconds", "a message", experiment.transport.overhead_seconds),
            ("network.latency_us", "the latency of a link", self._latency),
            *((key, f"a message of {nbytes:g} B", taken) for key, taken in self._on_the_wire),
            ("server.apply_rate", f"applying {nbytes:g} B", _over(nbytes, experiment.server.apply_rate)),
            ("compression.seconds_per_byte", "compressing a gradient", self._encoding(part)),
            (
                "collective.reduce_seconds_per_byte",
                "adding up all gradients",
                experiment.workers * nbytes * experiment.collective.reduce_seconds_per_byte,
            ),
        )
        for key, what, taken in costs:
            if not taken <= MOST_SECONDS:
                raise FieldError(
                    key, f"{what} would take {taken:g} s, more than {MOST_SECONDS:g}; choose another value", full=True
                )
        quickest = self.seconds * min(map(experiment.straggler.mean, range(experiment.workers)))
        if quickest < LEAST_SECONDS <= self.seconds:
            raise FieldError(
                "straggler.factor",
                f"a fast gradient would take {quickest:g} s, less than {LEAST_SECONDS:g}; give a larger factor",
                full=True,
            )

    def _encoding(self, part: Part) -> float:
        compression, nbytes = self.experiment.compression, self._nbytes
        return max(compression.encode_seconds(nbytes, part), compression.decode_seconds(nbytes, part))

    @property
    def _nbytes(self) -> float:
        return self.experiment.workload.message_bytes(self.experiment.problem)

    @property
    def _bytes_key(self) -> str:
        """What decides how large a message is."""
        fields = ("bytes", "path")
        own = next((field for field in fields if hasattr(self.experiment.workload, field)), None)
        return f"workload.{own}" if own else "problem"

    @property
    def _gradient_key(self) -> str:
        """What decides how long a gradient takes."""
        if hasattr(self.experiment.workload, "seconds"):
            return "workload.seconds"
        if hasattr(self.experiment.workload, "path"):
            return "workload.path"
        slow = self.experiment.device.overhead_seconds > MOST_SECONDS
        return "device.overhead_seconds" if slow else "device.peak_flops"

    @cached_property
    def _on_the_wire(self) -> list[tuple[str, float]]:
        """How long the largest message takes on the slowest link, by what limits it (s)."""
        if self.graph is None:
            return []
        transport, nbytes = self.experiment.transport, self._nbytes
        slowest = min((float(rate) for *_, rate in self.graph.edges(data="bandwidth")), default=math.inf)
        key = self._bytes_key if nbytes > MOST_SECONDS else "network.bandwidth_gbps"
        return [
            (key, _over(nbytes, slowest)),
            ("transport.efficiency", _over(nbytes, slowest * transport.efficiency)),
            ("transport.flow_cap_gbps", _over(nbytes, transport.flow_cap)),
            ("transport.nic_cap_gbps", _over(nbytes, transport.card_cap)),
        ]

    @cached_property
    def _latency(self) -> float:
        """The longest of a link (s)."""
        if self.graph is None:
            return 0.0
        return max((float(latency or 0.0) for *_, latency in self.graph.edges(data="latency")), default=0.0)

    @cached_property
    def _rate(self) -> float:
        """Gradients of all workers together, while none waits for another (1/s)."""
        law, beside = self.experiment.straggler, 0.0
        if not self.alone:
            on_the_wire = max((taken for _, taken in self._on_the_wire), default=0.0)
            beside = self.experiment.transport.overhead_seconds + self._latency + on_the_wire
        each = [self.seconds * law.mean(rank) + beside for rank in range(self.experiment.workers)]
        return sum(1.0 / seconds if seconds > 0.0 else math.inf for seconds in each)

    @cached_property
    def gradients(self) -> tuple[str, float]:
        """The limit that ends the run first, and about how many gradients it lets be computed."""
        experiment = self.experiment
        limits, rate = Limits(experiment.until, experiment.problem.samples), self._rate
        counts = []
        if limits.samples is not None:
            counts.append(("until.epochs", limits.samples / experiment.samples_per_gradient))
        if limits.seconds is not None:
            counts.append(("until.seconds", limits.seconds * rate))
        if limits.updates is not None:
            each = float(limits.updates)
            if self.alone:  # the slowest takes as many steps as the limit says, the others all that fit in
                slowest = max(map(experiment.straggler.mean, range(experiment.workers)))
                counts.append(("until.updates", each * self.seconds * slowest * rate))
            else:
                counts.append(self._with_others(each))
        return min(counts, key=lambda counted: counted[1])

    def _with_others(self, updates: float) -> tuple[str, float]:
        """What decides how many gradients so many updates take of workers that need each other, and the number."""
        workers, protocol = self.experiment.workers, self.experiment.protocol
        if protocol.own_models:
            return "until.updates", updates * workers
        batch = getattr(protocol, "k", 1)  # the first k gradients of all workers make an update, also k > workers
        if batch > workers:
            return "protocol.k" if batch > updates else "until.updates", updates * batch
        if not isinstance(protocol, Serves) or protocol.gradients_per_push == 1:
            return "until.updates", updates
        pushed = max(updates, float(workers)) * protocol.gradients_per_push  # while one adds up, so do all others
        return "protocol.n_push" if protocol.gradients_per_push > updates else "until.updates", pushed

    @property
    def virtual_seconds(self) -> float:
        """About how long the run lasts on its clock (s); none where no gradient takes any time."""
        rate = self._rate
        return self.gradients[1] / rate if rate < math.inf else 0.0

    @property
    def evaluations(self) -> float:
        """About how often the run is evaluated."""
        experiment = self.experiment
        updates = self.gradients[1] / (experiment.workers if experiment.protocol.own_models else 1)
        if experiment.until.updates is not None:
            updates = min(updates, experiment.until.updates)
        if experiment.record.every_updates is not None:
            return updates / experiment.record.every_updates
        if experiment.record.every_seconds is not None:
            return self.virtual_seconds / experiment.record.every_seconds
        return min(updates, EVALUATIONS)

    @cached_property
    def flows(self) -> RandomFlows:
        """The random flows of others meanwhile."""
        return RandomFlows(self.experiment, self.graph, self.virtual_seconds)

    def _check_gradients(self) -> None:
        key, count = self.gradients
        replicas = self.experiment.least_replicas
        if replicas > count:
            key = "replicas"
        count *= replicas
        if count > MOST_GRADIENTS:
            raise FieldError(
                key,
                f"makes about {count:.2g} gradients of all workers, more than the {MOST_GRADIENTS:g} that can be "
                "simulated; give less, or workers that are less unlike each other",
                full=True,
            )

        parts = count * self.shards
        if parts > MOST_GRADIENTS:
            raise FieldError(
                "server.shards",
                f"makes about {parts:.2g} parts of gradients, more than the {MOST_GRADIENTS:g} that can be "
                "simulated; give fewer, or a shorter run",
                full=True,
            )

    def _check_flows(self) -> None:
        flows, remedy = self.flows, "a smaller background.utilisation or a shorter run"
        replicas = self.experiment.least_replicas
        count = flows.count * replicas
        if not count <= MOST_FLOWS:
            raise FieldError(
                "background.mean_bytes",
                f"makes about {count:.2g} random flows while the workers compute, more than the {MOST_FLOWS:g} "
                f"that can be simulated; give larger ones, {remedy}",
                full=True,
            )
        if flows.work_seconds * replicas > DAY:
            raise FieldError(
                "background.utilisation",
                f"makes about {count:.2g} random flows while the workers compute, {flows.under_way:.2g} of them "
                "under way at once, which would be simulated for more than a day; give less, larger "
                "flows (background.mean_bytes), slower links, a larger transport.flow_cap_gbps or a shorter run",
                full=True,
            )


def _over(nbytes: float, rate: float | None) -> float:
    """How long so many bytes take (s); no time where there is no rate, and for ever where it is rounded to 0."""
    if rate is None or nbytes == 0.0:
        return 0.0
    return nbytes / rate if rate > 0.0 else math.inf
