"""What a run will take of this machine, before it begins: time and memory, for what, and which key makes it less."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sim.collectives.operations.size import MESSAGE_BYTES
from sim.connections.group.connect import Collectives
from sim.memory import available_memory
from topologies.field_error import FieldError

if TYPE_CHECKING:
    from sim.cluster.blueprint import Blueprint

#: What this machine takes (s), on one core, to a factor of three: for a gradient's events, for a message that Python
#: sees and for one of a schedule, which it does not, for an evaluation, for a FLOP of the arithmetic, and for a
#: parameter in a gradient, a step and the copies between.
GRADIENT, MESSAGE, SCHEDULED, EVALUATION, FLOP, PARAMETER = 3e-6, 4e-6, 1e-6, 3e-4, 1e-11, 1e-9
#: The same of making a worker, with its streams of randomness and its ways over the network (s).
WORKER = 2e-4
#: What is kept (B) of a worker, of a node or link of the network, of an evaluation, and of a gradient's spans.
WORKER_BYTES, WIRE_BYTES, EVALUATION_BYTES, SPAN_BYTES = 20_000, 1_000, 1_000, 100
#: Refused is what needs so many times the memory there is: these numbers are rough.
SURELY = 2.0
#: Less than this is begun without a word (s, B).
WORTH_A_WORD_SECONDS, WORTH_A_WORD_BYTES = 60.0, 2e9


class Need(NamedTuple):
    """A part of what a run takes.

    Attributes
    ----------
    amount
        How much (s or B).
    key
        What decides it.
    what
        What it is for, with its number.
    remedy
        How to make it less.
    """

    amount: float
    key: str
    what: str
    remedy: str


@dataclass(frozen=True)
class Forecast:
    """What a run will take, about.

    Parameters
    ----------
    work
        What takes its time, each in seconds of this machine.
    memory
        What takes its memory, each in bytes.
    bound
        Whether the run may be over before: it races to a target.
    """

    work: tuple[Need, ...]
    memory: tuple[Need, ...]
    bound: bool

    @property
    def seconds(self) -> float:
        """Time of this machine (s)."""
        return sum(need.amount for need in self.work)

    @property
    def nbytes(self) -> float:
        """Memory (B)."""
        return sum(need.amount for need in self.memory)

    @property
    def largest(self) -> Need:
        """What needs most of the memory."""
        return max(self.memory, key=lambda need: need.amount)

    def check(self) -> None:
        """Refuse what does not fit into the memory.

        Raises
        ------
        FieldError
            Which names the key of what needs most.
        """
        memory, most = available_memory(), self.largest
        if self.nbytes > SURELY * memory:
            raise FieldError(
                most.key,
                f"{most.what} need about {most.amount / 1e9:.0f} GB, this machine has {memory / 1e9:.0f} GB; "
                f"{most.remedy}",
                full=True,
            )


def forecast(blueprint: Blueprint) -> Forecast:
    """What the run of a blueprint, all its replicas, will take."""
    experiment = blueprint.experiment
    return Forecast(
        work=tuple(_of_all(experiment.least_replicas, need) for need in _work(blueprint)),
        memory=tuple(_memory(blueprint)),
        bound=experiment.until.has_target,
    )


def _of_all(replicas: int, need: Need) -> Need:
    """What all replicas, one after the other, take: where there are several, it is their number that decides."""
    if replicas == 1:
        return need
    return Need(need.amount * replicas, "replicas", f"{need.what} in each of {replicas} replicas", "give fewer")


def announced(forecasts: Iterable[Forecast]) -> str | None:
    """One line about what some runs will take together, where it is worth a word; else None.

    Time is that of all, one after the other; memory that of the largest.
    """
    every = list(forecasts)
    said = []
    seconds = sum(each.seconds for each in every)
    if seconds > WORTH_A_WORD_SECONDS:
        most = _most(need for each in every for need in each.work)
        said.append(f"about {_time(seconds)}, {_least_of(most)}")
    largest = max(every, key=lambda each: each.nbytes, default=None)
    if largest is not None and largest.nbytes > WORTH_A_WORD_BYTES:
        most = _most(largest.memory)
        said.append(f"about {largest.nbytes / 1e9:.1f} GB of memory, {_least_of(most)}")
    if not said:
        return None
    who = "this run takes" if len(every) == 1 else f"these {len(every)} runs take"
    return f"{who} {'at most ' if all(each.bound for each in every) else ''}{'; and '.join(said)}"


def _most(needs: Iterable[Need]) -> Need:
    """The largest of what is needed, by what decides it; it says what the largest single one is for."""
    by_key: defaultdict[str, list[Need]] = defaultdict(list)
    for need in needs:
        by_key[need.key].append(need)
    group = max(by_key.values(), key=lambda group: sum(need.amount for need in group))
    return max(group, key=lambda need: need.amount)


def _least_of(most: Need) -> str:
    return f"most of it for {most.what}; to make it less, {most.key}: {most.remedy}"


def _time(seconds: float) -> str:
    """A time as people say it."""
    for unit, size in (("days", 86_400.0), ("h", 3_600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _work(blueprint: Blueprint) -> Iterator[Need]:
    experiment, problem, cost = blueprint.experiment, blueprint.experiment.problem, blueprint.cost
    key, gradients = cost.gradients
    messages = sum(connection.messages for connection in blueprint.connections)
    each = GRADIENT + MESSAGE * messages + SCHEDULED * _scheduled(blueprint) / experiment.workers
    measuring = EVALUATION
    if problem.learns:
        each += FLOP * experiment.batch * problem.flops_per_sample + PARAMETER * problem.parameters
        measuring += FLOP * (problem.samples or 0) * problem.flops_per_sample
    begun = max(gradients, experiment.workers)  # everybody computes one, at the least
    yield Need(begun * each, key, f"{gradients:.2g} gradients", "give less, or fewer workers")
    yield Need(WORKER * _parties(blueprint), "workers", f"putting {experiment.workers} workers together", "use fewer")
    flows = cost.flows
    yield Need(
        flows.work_seconds,
        "background.utilisation" if flows.crowded else "background.mean_bytes",
        f"{flows.count:.2g} random flows, {flows.under_way:.2g} of them under way at once",
        "give less" if flows.crowded else "give larger ones",
    )
    yield Need(cost.evaluations * measuring, _every(blueprint), f"{cost.evaluations:.2g} evaluations", "give more")


def _memory(blueprint: Blueprint) -> Iterator[Need]:
    experiment, problem, graph, cost = (
        blueprint.experiment,
        blueprint.experiment.problem,
        blueprint.graph,
        blueprint.cost,
    )
    workers, scheduled = experiment.workers, _scheduled(blueprint)
    row = problem.parameters * problem.itemsize if problem.learns else 0
    wires = 0 if graph is None else len(graph) + graph.number_of_edges()
    yield Need(WIRE_BYTES * wires, "network", f"{wires} nodes and links of the network", "use a smaller one")
    vectors = (2 + experiment.compression.states) * workers
    yield Need(
        WORKER_BYTES * _parties(blueprint) + vectors * row,
        "workers",
        f"{workers} workers",
        "use fewer, or a smaller model",
    )
    yield Need(MESSAGE_BYTES * scheduled, "workers", f"{scheduled} messages of a collective", "use fewer")
    kept = EVALUATION_BYTES + (row if experiment.record.trajectory else 0)
    evaluations = Need(cost.evaluations * kept, _every(blueprint), f"{cost.evaluations:.2g} evaluations", "give more")
    yield _of_all(experiment.least_replicas, evaluations)  # results are kept until their mean is taken
    if experiment.record.spans:
        gradients = cost.gradients[1]
        yield Need(SPAN_BYTES * gradients, "record.spans", f"the spans of {gradients:.2g} gradients", "give false")


def _parties(blueprint: Blueprint) -> int:
    """Workers, and those whom their connections bring with them."""
    return blueprint.experiment.workers + sum(connection.hosts for connection in blueprint.connections)


def _scheduled(blueprint: Blueprint) -> int:
    """Messages of the schedules that all workers together carry out."""
    group = blueprint.connection(Collectives)
    return group.scheduled(blueprint.deployment(blueprint.experiment.seed)) if group is not None else 0


def _every(blueprint: Blueprint) -> str:
    """What decides how often a run is evaluated."""
    return "record.every_seconds" if blueprint.experiment.record.every_seconds is not None else "record.every_updates"
