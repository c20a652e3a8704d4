"""What can be run as real processes; what cannot is refused before any is started."""

from __future__ import annotations

from collections.abc import Callable

from sim.backgrounds.none import NoBackground
from sim.cluster.blueprint import Blueprint
from sim.cluster.lesson import Lesson
from sim.compressors.none import NoCompression
from sim.connections.connection import Connection
from sim.connections.group.connect import Collectives
from sim.connections.mixing.connect import Mixing
from sim.connections.pairs.connect import Pairs
from sim.connections.server.connect import ParameterServer
from sim.experiment import Experiment
from sim.lab.job import gloo
from sim.lab.job.mixing import RealMixing
from sim.lab.job.peers import RealPairs
from sim.lab.job.ring import RealRing
from sim.lab.job.server import RealServer
from sim.measuring.limits import Limits
from sim.option_name import option_name
from sim.server import Arrangement
from topologies.field_error import FieldError

#: Those that have been held against the simulator, by what their workers reach each other by.
PROTOCOLS: dict[type[Connection], tuple[str, ...]] = {
    ParameterServer: ("hardsync", "async_ps", "ssp", "softsync"),
    Collectives: ("allreduce", "local_sgd", "diloco"),
    Mixing: ("dpsgd",),
    Pairs: ("gossip_pull", "gossip_push", "adpsgd"),
}
#: The one that another program's all-reduce can carry out: it does nothing beside it.
BY_GLOO = "allreduce"
#: A connection between processes.
RealKind = RealServer | RealRing | RealMixing | RealPairs | gloo.RealGloo
#: What a connection of the simulator's becomes there.
KINDS: dict[type[Connection], Callable[[Experiment], RealKind]] = {
    ParameterServer: RealServer,
    Collectives: RealRing,
    Mixing: RealMixing,
    Pairs: RealPairs,
}
#: More processes than this are more than a machine carries.
MOST_PROCESSES = 64


def real_connection(blueprint: Blueprint, *, by_gloo: bool) -> RealKind:
    """What an experiment's processes reach each other by.

    Parameters
    ----------
    blueprint
        What the experiment is.
    by_gloo
        Whether PyTorch's all-reduce is to carry what workers average.

    Raises
    ------
    FieldError
        Where it cannot be run so; names the full key.
    """
    experiment, name = blueprint.experiment, option_name(blueprint.experiment.protocol)
    _check_experiment(experiment)
    kind = next((kind for kind, names in PROTOCOLS.items() if name in names), None)
    if kind is None or blueprint.connection(kind) is None:
        known = ", ".join(name for names in PROTOCOLS.values() for name in names)
        raise FieldError("protocol", f"{name} is not among those that the lab runs; use one of {known}", full=True)
    if by_gloo:
        _check_gloo(experiment, name)
        return gloo.RealGloo(experiment)
    if kind is Collectives:
        _check_ring(blueprint)
    return KINDS[kind](experiment)


def check_sizes(blueprint: Blueprint, lesson: Lesson | None) -> None:
    """Refuse messages that are smaller than the numbers that they carry, and more processes than can be.

    Raises
    ------
    FieldError
        Which names the full key.
    """
    experiment = blueprint.experiment
    shards = len(blueprint.layout)
    if experiment.workers + shards > MOST_PROCESSES:
        beside = f" and server.shards={shards}" if shards else ""
        raise FieldError(
            "workers",
            f"every worker and every shard is a process, {MOST_PROCESSES} at most, got {experiment.workers}{beside}; "
            "give fewer",
            full=True,
        )
    if lesson is None:
        return
    nbytes, initial = experiment.workload.message_bytes(experiment.problem), lesson.task.initial
    if nbytes < initial.nbytes:
        raise FieldError(
            "problem",
            f"{option_name(experiment.problem)} has {len(initial)} numbers of {initial.itemsize} B, and a message has "
            f"{nbytes:g} B; use a problem in float32, or workload=synthetic with workload.bytes={initial.nbytes} "
            "or more",
            full=True,
        )


def _check_experiment(experiment: Experiment) -> None:
    """Refuse what would not be done."""
    server = experiment.server
    refused = {
        "replicas": (experiment.replicas != 1, "a job has one seed; use replicas=1, and give seeds one by one"),
        "until.precision": (experiment.until.precision is not None, "a job has one seed; give null"),
        "compression": (experiment.compression != NoCompression(), "the lab compresses nothing; use none"),
        "background": (experiment.background != NoBackground(), "nobody else is on the lab's wires; use none"),
        "transport.overlap": (experiment.transport.overlap, "the lab sends complete gradients; give false"),
        "server.local_sum": (server.local_sum, "the lab's workers talk to the shards; give false"),
        "server.arrangement": (
            server.arrangement is not Arrangement.flat,
            "the lab's workers talk to the shards; use flat",
        ),
        "protocol.serial": (
            getattr(experiment.protocol, "takes_anew", False),
            "a server in a process of its own has no mini-batches; give false",
        ),
    }
    for key, (is_so, said) in refused.items():
        if is_so:
            raise FieldError(key, said, full=True)


def _check_ring(blueprint: Blueprint) -> None:
    """Refuse a prediction of another collective than the lab's own."""
    group = blueprint.connection(Collectives)
    assert group is not None, "who averages has a group"
    found = group.carried_by(blueprint.deployment(blueprint.experiment.seed))
    channels = getattr(blueprint.experiment.collective, "channels", None)
    if found != ["ring"] or channels not in (None, 1):
        said = f"the lab has one ring, and this would be {' and '.join(found)}; use collective=ring"
        raise FieldError("collective", said + (" collective.channels=1" if found == ["ring"] else ""), full=True)


def _check_gloo(experiment: Experiment, name: str) -> None:
    if name != BY_GLOO:
        said = f"gloo carries out protocol={BY_GLOO} alone, got {name}; give ring"
        raise FieldError("lab.allreduce", said, full=True)
    limits = Limits(experiment.until, experiment.problem.samples)
    if (limits.updates is None and limits.samples is None) or limits.seconds is not None:
        said = "gloo's ranks have to agree on the last step; give until.updates or until.epochs, and no seconds"
        raise FieldError("until.seconds", said, full=True)
    missing = gloo.missing()
    if missing is not None:
        raise FieldError("lab.allreduce", f"{missing}; or give ring", full=True)
