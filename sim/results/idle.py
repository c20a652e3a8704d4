"""Options that nothing in a run looks at, and runs that differ in nothing else."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, NamedTuple

from sim.cluster.blueprint import Blueprint
from sim.connections.group.buckets import Bucketing
from sim.connections.group.connect import Collectives
from sim.connections.mixing.connect import Mixing
from sim.connections.server.connect import ParameterServer
from sim.connections.server.modulation import Modulation
from sim.connections.server.serves import Serves
from sim.experiment import Experiment
from sim.option_name import option_name
from sim.precision import Precision
from sim.problems.none import NoProblem
from sim.protocols import Protocol
from sim.results.computing import asked
from sim.server import Arrangement, Server, Sharding
from sim.workloads import Workload
from sim.workloads.synthetic import Synthetic
from sim.workloads.tabulated import Tabulated
from topologies.field_error import FieldError
from topologies.machines import machines_of

#: Why what a gradient costs is idle where it has been measured.
_MEASURED = "with straggler.seconds=absolute the trace says how long a gradient takes"


#: What of problem=none only says what a model costs.
_PRICED = ("sizes", "rows", "flops_per_sample")


class Idle(NamedTuple):
    """What has no effect in a run, whatever it is.

    Attributes
    ----------
    group
        Of options.
    field
        The one field of its option; empty: the whole option.
    why
        For what reason.
    """

    group: str
    field: str
    why: str


def idle(blueprint: Blueprint) -> Iterator[Idle]:
    """What nothing in a run of this cluster looks at."""
    experiment = blueprint.experiment
    yield from (Idle(group, "", why) for group, why in _groups(blueprint))
    yield from (Idle("workload", "seconds", why) for why in _workload_seconds(experiment))
    yield from (Idle("workload", "precision", why) for why in _precision(experiment))
    yield from (Idle("device", "catalogue", why) for why in _catalogue(blueprint))
    if isinstance(experiment.workload, Tabulated):
        why = f"workload={option_name(experiment.workload)} has tensors of its own"
        yield from (Idle("problem", name, why) for name in _PRICED if isinstance(experiment.problem, NoProblem))
    else:
        why = f"nobody knows what workload={option_name(experiment.workload)} keeps on a device"
        yield Idle("device", "memory_bytes", why)
    if blueprint.connection(ParameterServer) is not None:
        yield from (Idle("server", name, why) for name, why in _of_the_server(experiment.server))
    if experiment.transport.overlap and not blueprint.sends_early:
        why = "all of a gradient is sent at once"
        more = "; workload.tensors says how many tensors it has" if isinstance(experiment.workload, Synthetic) else ""
        yield Idle("transport", "overlap", why + more)
    protocol = experiment.protocol
    if not experiment.problem.learns:
        yield Idle("record", "of", f"problem={option_name(experiment.problem)} learns nothing")
    elif not protocol.own_models or (protocol.replicated and protocol.lockstep) or experiment.workers == 1:
        yield Idle("record", "of", "workers have one model")
    if not blueprint.connections or (protocol.lockstep and not blueprint.sends_early):
        yield Idle("transport", "interference", "nothing of a worker is on its way while it computes")
    yield from (Idle("protocol", name, why) for name, why in _of_buckets(protocol))
    over_topology = any(connection.over_topology for connection in blueprint.connections)
    if over_topology and blueprint.connection(Mixing) is None and hasattr(experiment.topology, "weights"):
        yield Idle("topology", "weights", f"peers of protocol={option_name(protocol)} are drawn with equal chances")
    if isinstance(protocol, Serves) and protocol.rule is Modulation.none and hasattr(protocol, "modulation"):
        yield Idle("protocol", "modulation", f"no gradient of {option_name(protocol)} is stale")


def usual(experiment: Experiment, group: str, field: str) -> Any:
    """The option of a group that is the default: of a field, the experiment's own option with its defaults."""
    if field:
        return type(getattr(experiment, group))()
    return getattr(Experiment(protocol=experiment.protocol), group)


def alike(blueprints: Iterable[Blueprint]) -> list[str]:
    """Say which of several runs are the same, because they differ in nothing but what is idle in all of them.

    Parameters
    ----------
    blueprints
        Those of the runs, of which one at a time is looked at and none is kept.

    Returns
    -------
    list of str
        One line for each kind of such runs.
    """
    same: defaultdict[str, list[Experiment]] = defaultdict(list)
    reasons: dict[str, list[Idle]] = {}
    for blueprint in blueprints:
        idle_here = list(idle(blueprint))
        essence = repr(_essence(blueprint.experiment, idle_here))
        same[essence].append(blueprint.experiment)
        reasons.setdefault(essence, idle_here)
    lines: Counter[str] = Counter()
    for essence, experiments in same.items():
        keys = _differing(experiments)
        if keys:
            why = dict.fromkeys(each.why for each in reasons[essence] if any(_within(key, each) for key in keys))
            lines[f"{', '.join(why)}: the {len(experiments)} runs over {', '.join(keys)} are the same"] += 1
    return [line if count == 1 else f"{line}, {count} times" for line, count in lines.items()]


def _essence(experiment: Experiment, without: Iterable[Idle]) -> Experiment:
    """The experiment with defaults for what is idle."""
    for group, field, _ in without:
        default = usual(experiment, group, field)
        if field:
            default = replace(getattr(experiment, group), **{field: getattr(default, field)})
        experiment = replace(experiment, **{group: default})
    return experiment


def _differing(experiments: Sequence[Experiment]) -> list[str]:
    """The keys in which some experiments differ."""
    keys = []
    for group in (field.name for field in fields(Experiment)):
        options = [getattr(each, group) for each in experiments]
        if all(option == options[0] for option in options):
            continue
        if not is_dataclass(options[0]) or any(type(option) is not type(options[0]) for option in options):
            keys.append(group)
            continue
        names = (field.name for field in fields(options[0]))
        keys += [f"{group}.{name}" for name in names if len({repr(getattr(each, name)) for each in options}) > 1]
    return keys


def _within(key: str, each: Idle) -> bool:
    group, _, field = key.partition(".")
    return each.group == group and each.field in ("", field)


def _groups(blueprint: Blueprint) -> Iterator[tuple[str, str]]:
    """Groups that nothing in this run looks at, and why."""
    experiment, connections = blueprint.experiment, blueprint.connections
    name = option_name(experiment.protocol)
    if not any(connection.over_topology for connection in connections):
        yield "topology", f"workers of protocol={name} have no neighbours"
    if blueprint.connection(Collectives) is None:
        yield "collective", f"protocol={name} has no collectives"
    if blueprint.connection(ParameterServer) is None:
        yield "server", f"protocol={name} has no server"
    if blueprint.graph is None and _places(blueprint) == _places(Blueprint(_elsewhere(experiment))):
        yield "placement", "on network=ideal no place is far from another"
    yield from _of_learning(blueprint)
    if experiment.straggler.mean_seconds() is not None:
        yield "device", _MEASURED
    elif _workload_says(blueprint):
        yield "device", f"workload={option_name(experiment.workload)} says how long a gradient takes"
    if blueprint.seconds == 0.0:
        yield "straggler", "workload.seconds=0 leaves it nothing to multiply"


def _elsewhere(experiment: Experiment) -> Experiment:
    """The experiment with the usual placement."""
    return replace(experiment, placement=usual(experiment, "placement", ""))


def _places(blueprint: Blueprint) -> tuple[int, ...]:
    """Who shares a host with whom: on an ideal network messages to others may still wait for a transport."""
    return machines_of(None, blueprint.hosts(blueprint.experiment.seed)).of


def _of_learning(blueprint: Blueprint) -> Iterator[tuple[str, str]]:
    experiment, problem = blueprint.experiment, blueprint.experiment.problem
    if not problem.learns:
        for group in (*(() if _counts_states(experiment) else ("optimizer",)), "lr_schedule", "partition"):
            yield group, "problem=none learns nothing"
    elif problem.samples is None:
        yield "partition", f"problem={option_name(problem)} has no samples"
    elif blueprint.portions:
        yield "partition", f"protocol={option_name(experiment.protocol)} hands out portions of the training set"


def _counts_states(experiment: Experiment) -> bool:
    """Whether the optimizer is asked for where nothing is learned: what it keeps has to fit on the device."""
    limited = experiment.device.holds is not None
    return limited and isinstance(experiment.workload, Tabulated) and experiment.protocol.own_models


def _workload_says(blueprint: Blueprint) -> bool:
    experiment, device = blueprint.experiment, blueprint.experiment.device
    slower = replace(device, overhead_seconds=1.0 + device.overhead_seconds)
    return _takes(replace(experiment, device=slower), experiment.workload) == blueprint.seconds


def _workload_seconds(experiment: Experiment) -> Iterator[str]:
    if isinstance(experiment.workload, Synthetic) and experiment.straggler.mean_seconds() is not None:
        yield _MEASURED


def _precision(experiment: Experiment) -> Iterator[str]:
    workload = experiment.workload
    if isinstance(workload, Tabulated) and workload.precision.wire_bytes == Precision.fp32.wire_bytes:
        travels = f"{workload.precision} travels in {workload.precision.wire_bytes} B, as fp32 does"
        if experiment.straggler.mean_seconds() is not None:
            yield f"{travels}, and {_MEASURED}"
        elif _takes(experiment, workload) == _takes(experiment, replace(workload, precision=Precision.fp32)):
            yield f"{travels}, and here is computed as fast"


def _takes(experiment: Experiment, workload: Workload) -> float | None:
    """How long a gradient of some workload would take (s); None where nobody knows."""
    samples = experiment.samples_per_gradient
    try:
        return workload.gradient_seconds(experiment.problem, experiment.device, samples)
    except FieldError:
        return None


def _catalogue(blueprint: Blueprint) -> Iterator[str]:
    device = blueprint.experiment.device
    if device.catalogue and not any(row.file == device.catalogue for row in asked(blueprint)):
        yield "nothing that is in it is asked for"


def _of_buckets(protocol: Protocol) -> Iterator[tuple[str, str]]:
    """Fields of a rule of bucketing that is not the chosen one."""
    chosen = getattr(protocol, "bucketing", None)
    if chosen is Bucketing.ddp:
        why = "only protocol.bucketing=horovod sends by cycle"
        yield from (("fusion_bytes", why), ("cycle_seconds", why))
        if protocol.bucket_bytes is None:  # type: ignore[attr-defined]
            yield "first_bucket_bytes", "protocol.bucket_bytes=null is one bucket"
    elif chosen is Bucketing.horovod:
        why = "protocol.bucketing=horovod waits for no bucket to be full"
        yield from (("bucket_bytes", why), ("first_bucket_bytes", why))


def _of_the_server(server: Server) -> Iterator[tuple[str, str]]:
    """Fields of the server that others make idle."""
    if server.apply_rate is None:
        yield "cores", "with server.apply_rate=null a push is applied at once"
    if server.shards == 1:
        yield "sharding", "there is one shard (server.shards=1)"
    if server.sharding is not Sharding.partitioned:
        yield "part_bytes", "only server.sharding=partitioned cuts tensors"
    if server.arrangement is Arrangement.flat:
        yield "fan_out", "server.arrangement=flat is no tree"
