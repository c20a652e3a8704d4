"""What a reader of the answer might not expect: options without an effect in a run, and what was decided by default."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from sim.cluster.blueprint import Blueprint
from sim.cluster.cluster import Cluster
from sim.connections.group.connect import Collectives
from sim.connections.server.connect import ParameterServer
from sim.connections.server.modulation import Modulation
from sim.connections.server.serves import Serves
from sim.experiment import Experiment
from sim.option_name import option_name
from sim.problems.none import NoProblem
from sim.record import Record
from sim.server import Arrangement, Server, Sharding
from sim.until import Until
from sim.workloads.native import Native

if TYPE_CHECKING:
    from sim.results.result import Result

#: Who waits for a link that is as busy as this waits for nothing else: shares of the time, of both directions together,
#: which a barrier keeps busy one after the other.
BUSY = 0.8
#: How many shards are tried where one is crowded.
SHARDS = 4


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
        An option that is not the default and has no effect in this run; what the figures are not about; a default
        without which the run would have been more than twice as fast.
    """
    return [
        *(f"{said} has no effect: {why}" for said, why in _without_effect(blueprint)),
        *_alike(blueprint.experiment, result),
        *_of_another_model(blueprint.experiment),
        *_decided(blueprint, result),
        *blueprint.experiment.straggler.remarks(blueprint.experiment.workers),
    ]


def _without_effect(blueprint: Blueprint) -> Iterator[tuple[str, str]]:
    """What has been chosen for nothing, and why it is for nothing."""
    experiment = blueprint.experiment
    usual = Experiment(protocol=experiment.protocol)
    for group, why in _unread(blueprint):
        said = _chosen(group, getattr(experiment, group), getattr(usual, group))
        if said:
            yield said, why
    if blueprint.connection(ParameterServer) is not None:
        yield from _of_the_server(experiment.server)
    if experiment.transport.overlap and not blueprint.sends_early:
        yield (
            "transport.overlap=True",
            "all of a gradient is sent at once; workload.tensors says how many tensors it has",
        )
    protocol = experiment.protocol
    if isinstance(protocol, Serves) and protocol.rule is Modulation.none:
        asked = getattr(protocol, "modulation", Modulation.none)
        if asked is not Modulation.none:
            yield f"protocol.modulation={asked}", f"no gradient of {option_name(protocol)} is stale"


def _unread(blueprint: Blueprint) -> Iterator[tuple[str, str]]:
    """Groups that nothing in this run looks at, and why."""
    experiment, connections = blueprint.experiment, blueprint.connections
    name = option_name(experiment.protocol)
    if not any(connection.over_topology for connection in connections):
        yield "topology", f"workers of protocol={name} have no neighbours"
    if blueprint.connection(Collectives) is None:
        yield "collective", f"protocol={name} has no collectives"
    if blueprint.connection(ParameterServer) is None:
        yield "server", f"protocol={name} has no server"
    if not experiment.problem.learns:
        for group in ("optimizer", "lr_schedule", "partition"):
            yield group, "problem=none learns nothing"
    workload, problem, device = experiment.workload, experiment.problem, experiment.device
    slower = replace(device, overhead_seconds=1.0 + device.overhead_seconds)
    if workload.gradient_seconds(problem, slower, experiment.batch) == blueprint.seconds:
        yield "device", f"workload={option_name(workload)} says how long a gradient takes"


def _of_the_server(server: Server) -> Iterator[tuple[str, str]]:
    """Fields of the server that others make idle."""
    usual = Server()
    if server.cores != usual.cores and server.apply_rate is None:
        yield f"server.cores={server.cores}", "with server.apply_rate=null a push is applied at once"
    if server.shards == 1 and server.sharding is not usual.sharding:
        yield f"server.sharding={server.sharding}", "there is one shard (server.shards=1)"
    if server.part_bytes != usual.part_bytes and server.sharding is not Sharding.partitioned:
        yield f"server.part_bytes={server.part_bytes:g}", "only server.sharding=partitioned cuts tensors"
    if server.fan_out != usual.fan_out and server.arrangement is Arrangement.flat:
        yield f"server.fan_out={server.fan_out}", "server.arrangement=flat is no tree"


def _chosen(group: str, option: Any, usual: Any) -> str:
    """What differs from the default, as it is written on the command line; nothing where nothing does."""
    if type(option) is not type(usual):
        return f"{group}={option_name(option)}"
    values = {field.name: getattr(option, field.name) for field in fields(option)}
    return ", ".join(f"{group}.{name}={value}" for name, value in values.items() if value != getattr(usual, name))


def _alike(experiment: Experiment, result: Result) -> Iterator[str]:
    margins = result.summary.ci95
    measured = ("virtual_seconds", "updates", "final_train_loss", "final_test_loss")
    if experiment.replicas > 1 and not any(margins.get(name) for name in measured):
        yield f"replicas={experiment.replicas} has no effect: nothing in this run depends on the seed"


def _of_another_model(experiment: Experiment) -> Iterator[str]:
    """Whether the clock is of one model, and the accuracy of another that nobody has asked for."""
    until, workload = experiment.until, experiment.workload
    asked = until.target_accuracy is not None or until.target_loss is not None or until.epochs is not None
    if not asked and not isinstance(workload, Native) and experiment.problem == Experiment().problem:
        name = option_name(experiment.problem)
        yield (
            f"accuracy and loss are those of problem={name}, the default: workload={option_name(workload)} is the cost "
            "of another model; problem=none asks for the times alone"
        )


def _decided(blueprint: Blueprint, result: Result) -> Iterator[str]:
    """Whether everybody has waited for the only shard of the server: what comes of more is tried on the clock."""
    experiment, summary = blueprint.experiment, result.summary
    if blueprint.connection(ParameterServer) is None or experiment.server.shards > 1 or not _crowded(result):
        return
    updates = max(4, math.ceil(4 * experiment.workers * (summary.updates or 1) / (summary.gradients or 1)))
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
    server = replace(experiment.server, shards=shards)
    timed = replace(
        experiment, server=server, problem=NoProblem(), until=Until(updates=updates), record=Record(), replicas=1
    )
    cluster = Cluster(Blueprint(timed), experiment.seed)
    cluster.run()
    return float(cluster.environment.now)
