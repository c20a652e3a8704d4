"""What a reader of the answer might not expect: options without an effect in a run, and what was decided by default."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from sim.cluster.blueprint import Blueprint
from sim.cluster.cluster import Cluster
from sim.connections.server.connect import ParameterServer
from sim.experiment import Experiment
from sim.footprint import does_not_fit
from sim.option_name import option_name
from sim.problems.none import NoProblem
from sim.question import question
from sim.results.computing import computing
from sim.results.idle import idle, usual
from sim.results.idle_faults import idle_faults
from sim.results.stalled import stalled
from sim.until import Until
from sim.workloads.native import Native

if TYPE_CHECKING:
    from sim.results.result import Result

#: Who waits for a link that is as busy as this waits for nothing else: shares of the time, of both directions together,
#: which a barrier keeps busy one after the other.
BUSY = 0.8
#: How many shards are tried where one is crowded.
SHARDS = 4
#: How long what has been tried took (s), by what it asks: the runs of a sweep over learning rates ask the same.
_tried: dict[str, float] = {}


def notices(blueprint: Blueprint, result: Result) -> list[str]:
    """What is to be said of a run beside its figures, each in one line.

    Parameters
    ----------
    blueprint
        The cluster that has run.
    result
        What came of it.

    Returns
    -------
    list of str
        Why it has stalled; an option that is not the default and has no effect in this run; how graphs in files were
        understood; what the figures are not about; a default without which the run would have been more than twice as
        fast; of what figures a model's compute time is made; that its activations do not fit on the device.
    """
    return [
        *stalled(blueprint, result),
        *(f"{said} has no effect: {why}" for said, why in _without_effect(blueprint)),
        *_of_graphs(blueprint),
        *_alike(blueprint.experiment, result),
        *_of_another_model(blueprint.experiment),
        *_of_another_epoch(blueprint.experiment),
        *_decided(blueprint, result),
        *blueprint.experiment.workload.remarks(),
        *blueprint.experiment.straggler.remarks(blueprint.experiment.workers),
        *computing(blueprint.experiment),
        *does_not_fit(blueprint.experiment),
    ]


def _without_effect(blueprint: Blueprint) -> Iterator[tuple[str, str]]:
    """What has been chosen for nothing, and why it is for nothing."""
    experiment = blueprint.experiment
    for group, field, why in idle(blueprint):
        option, default = getattr(experiment, group), usual(experiment, group, field)
        if type(option) is not type(default):
            yield f"{group}={option_name(option)}", why
            continue
        names = [field] if field else [each.name for each in fields(option)]
        values = [(name, getattr(option, name), getattr(default, name)) for name in names]
        said = [f"{group}.{name}={_written(value)}" for name, value, other in values if value != other]
        if said:
            yield ", ".join(said), why
    yield from idle_faults(blueprint)


def _written(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _of_graphs(blueprint: Blueprint) -> Iterator[str]:
    """What the network, and the topology where it is used, say of themselves."""
    experiment = blueprint.experiment
    yield from (f"network={option_name(experiment.network)}: {said}" for said in experiment.network.remarks())
    if _over_topology(blueprint):
        yield from (f"topology={option_name(experiment.topology)}: {said}" for said in experiment.topology.remarks())


def _over_topology(blueprint: Blueprint) -> bool:
    """Whether anything in this run goes along the topology's edges."""
    return any(connection.over_topology for connection in blueprint.connections)


def _alike(experiment: Experiment, result: Result) -> Iterator[str]:
    margins = result.summary.ci95
    measured = ("virtual_seconds", "updates", "final_train_loss", "final_test_loss")
    if len(result.replicas) > 1 and not any(margins.get(name) for name in measured):
        yield f"replicas={len(result.replicas)} has no effect: nothing in this run depends on the seed"


def _of_another_model(experiment: Experiment) -> Iterator[str]:
    """Whether the clock is of one model, and the accuracy of another that nobody has asked for."""
    until, workload = experiment.until, experiment.workload
    asked = until.target_accuracy is not None or until.target_loss is not None or until.epochs is not None
    chosen = isinstance(workload, Native) or workload.problem is not None
    if not asked and not chosen and experiment.problem == Experiment().problem:
        name = option_name(experiment.problem)
        yield (
            f"accuracy and loss are those of problem={name}, the default: workload={option_name(workload)} is the cost "
            "of another model; problem=none asks for the times alone"
        )


def _of_another_epoch(experiment: Experiment) -> Iterator[str]:
    """Whether a model of the real world is timed over epochs whose length nobody has given."""
    problem, workload = experiment.problem, experiment.workload
    if workload.problem is not None and isinstance(problem, NoProblem) and problem.samples == NoProblem().samples:
        yield (
            f"an epoch has problem.samples={problem.samples}, the default, and not those of the training set of "
            f"workload={option_name(workload)}"
        )


def _decided(blueprint: Blueprint, result: Result) -> Iterator[str]:
    """Whether everybody has waited for the only shard of the server: what comes of more is tried on the clock."""
    experiment, summary = blueprint.experiment, result.summary
    if blueprint.connection(ParameterServer) is None or experiment.server.shards > 1 or not _crowded(result):
        return
    updates = max(4, math.ceil(4 * experiment.workers * (summary.updates or 0) / (summary.gradients or 1)))
    try:
        one, more = (_seconds(experiment, shards, updates) for shards in (1, SHARDS))
    except ValueError:
        return  # there is no room for more
    if one > 2 * more:
        yield (
            f"server.shards=1, the default, decides: with server.shards={SHARDS} the first {updates} updates are "
            f"{one / more:.1f} times as fast"
        )


def _crowded(result: Result) -> bool:
    """Whether workers compute less than half the time, and the links of the server are what is busiest by far."""
    busy: defaultdict[str, float] = defaultdict(float)  # of every host, in both directions together
    servers: set[str] = set()
    for link in result.links:
        for name, kind in ((link.source, link.source_kind), (link.target, link.target_kind)):
            if kind != "switch":
                busy[name] += link.utilisation
            if "server" in kind:
                servers.add(name)
    own = max((busy[name] for name in servers), default=0.0)
    others = max((share for name, share in busy.items() if name not in servers), default=0.0)
    computing = result.summary.compute_fraction
    return own >= BUSY and others < own / 2 and computing is not None and computing < 0.5


def _seconds(experiment: Experiment, shards: int, updates: int) -> float:
    """How long so many updates take with so many shards (s)."""
    timed = replace(
        experiment,
        server=replace(experiment.server, shards=shards),
        problem=NoProblem.in_place_of(experiment.problem),
        until=Until(updates=updates),
        **{name: getattr(Experiment(), name) for name in ("optimizer", "lr_schedule", "record", "replicas")},
    )
    asked = question(timed)
    if asked not in _tried:
        cluster = Cluster(Blueprint(timed), experiment.seed)
        cluster.run()
        _tried[asked] = float(cluster.environment.now)
    return _tried[asked]
