"""What cannot be: options that do not fit each other, and what this machine, or the clock, could not bear."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sim.backgrounds.none import NoBackground
from sim.catalogue.catalogue import near
from sim.compressors.none import NoCompression
from sim.connections.batches.connect import Batches
from sim.connections.server.connect import ParameterServer
from sim.connections.server.modulation import Modulation
from sim.connections.server.serves import Serves
from sim.footprint import alternatives, footprint
from sim.measuring.target import most_held
from sim.memory import available_memory
from sim.option_name import option_name
from sim.problems import Problem
from sim.problems.part import Part
from sim.protocols import Protocol
from sim.server import Arrangement
from sim.transports.ideal import Ideal as IdealTransport
from sim.workloads.file import File as FileOfModel
from sim.workloads.synthetic import Synthetic
from sim.workloads.tabulated import Tabulated
from topologies.field_error import FieldError, of_group
from topologies.mixing import Stochastic
from topologies.networks.ideal import Ideal as IdealNetwork
from topologies.options import options_in

if TYPE_CHECKING:
    from sim.connections.connection import Connection
    from sim.experiment import Experiment
    from topologies.rounds import Rounds

#: A gradient that takes less would not move the clock: no run could end (s).
LEAST_SECONDS = 1e-9
#: What to do where nothing takes time.
INSTANT_REMEDY = "give the seconds of a gradient, or let workers wait for messages on a network, for long enough"
#: Evaluations during one gradient.
MOST_EVALUATIONS = 100
#: Samples of a gradient that is computed.
MOST_SAMPLES = 1_000_000


def check_options(experiment: Experiment) -> None:
    """Refuse options that do not fit each other.

    Raises
    ------
    FieldError
        Which names the full key.
    """
    with of_group("workload"):
        experiment.workload.check()
    with of_group("device"):
        experiment.device.check()
    _check_throughputs(experiment)
    _check_accumulation(experiment)
    _check_device_memory(experiment)
    for check in (_check_wires, _check_overlap, _check_targets, _check_records, _check_epochs, _check_partition):
        check(experiment)
    with of_group("protocol"):
        experiment.protocol.check_workers(experiment.workers)
    _check_compression(experiment)
    _check_arrangement(experiment)
    _check_anew(experiment)
    _check_noise(experiment)
    with of_group("straggler"):
        experiment.straggler.check()
        experiment.straggler.check_workers(experiment.workers)
    if experiment.straggler.mean_seconds() is not None and Batches in experiment.protocol.needs:
        said = (
            f"absolute times are those of mini-batches, and {option_name(experiment.protocol)} computes portions of "
            "the training set; use relative"
        )
        raise FieldError("straggler.seconds", said, full=True)


def _check_wires(experiment: Experiment) -> None:
    if not isinstance(experiment.network, IdealNetwork):
        return
    transport = experiment.transport
    for name, option, neutral in (
        ("transport", transport, IdealTransport(overlap=transport.overlap)),
        ("background", experiment.background, NoBackground()),
    ):
        if option != neutral:
            said = f"{option_name(option)} needs wires, and network=ideal has none; choose another network"
            raise FieldError(name, said, full=True)


def _check_overlap(experiment: Experiment) -> None:
    if experiment.transport.overlap and not experiment.protocol.overlaps:
        raise FieldError(
            "transport.overlap",
            f"{option_name(experiment.protocol)} sends nothing before its gradient is complete; use "
            f"{_protocols(lambda option: option.overlaps)}, or give false",
            full=True,
        )
    served = ParameterServer in experiment.protocol.needs
    if experiment.transport.overlap and served and experiment.server.arrangement is Arrangement.overlapped_tree:
        raise FieldError(
            "transport.overlap",
            "with server.arrangement=overlapped_tree a gradient is pushed whole, while the next is computed; use "
            "server.arrangement=tree or flat, or give false",
            full=True,
        )


def _protocols(fitting: Callable[[type[Protocol]], bool]) -> str:
    """The protocols that fit, as the user would choose them."""
    names = [name for name, option in options_in("sim.protocols", Protocol) if fitting(option)]
    return f"protocol={names[0]}" if len(names) == 1 else f"one of protocol={', '.join(names)}"


def _check_targets(experiment: Experiment) -> None:
    until, problem = experiment.until, experiment.problem
    for name, target in (("accuracy", until.target_accuracy), ("loss", until.target_loss)):
        if target is None:
            continue
        if not problem.learns:
            said = f"problem=none learns nothing, got {target}; choose a problem or another limit"
            raise FieldError(f"until.target_{name}", said, full=True)
        if name == "accuracy" and problem.metric != "accuracy":
            said = f"{option_name(problem)} has no accuracy, got {target}; use until.target_loss"
            raise FieldError("until.target_accuracy", said, full=True)


def _check_records(experiment: Experiment) -> None:
    record = experiment.record
    if record.gradients and not experiment.problem.learns:
        raise FieldError("record.gradients", "problem=none has no gradients; choose a problem", full=True)
    if record.curvature:
        _check_curvature(experiment.problem)
    for name, wanted in (("trajectory", record.trajectory), ("spans", record.spans)):
        if wanted and experiment.least_replicas > 1:
            remedy = "use replicas=1" if experiment.until.precision is None else "leave until.precision out"
            said = f"is kept of one replica only, not of {experiment.least_replicas}; {remedy}"
            raise FieldError(f"record.{name}", said, full=True)


def _check_curvature(problem: Problem) -> None:
    """Refuse Hessians that are not there, and those that differences of gradients do not tell."""
    if not problem.learns:
        raise FieldError("record.curvature", "problem=none has no Hessian; choose a problem", full=True)
    if problem.kinked:
        said = (
            f"the gradients of problem={option_name(problem)} jump where a unit is rectified, and a difference of them "
            "is no Hessian there; choose a perceptron or a recurrent network, or give false"
        )
        raise FieldError("record.curvature", said, full=True)


def _check_epochs(experiment: Experiment) -> None:
    if experiment.until.epochs is None:
        return
    with of_group("problem"):  # which may have to look into a folder
        samples = experiment.problem.samples
    if samples is None:
        said = f"{option_name(experiment.problem)} has no training set to count epochs of; use until.updates"
        raise FieldError("until.epochs", said, full=True)


def _check_partition(experiment: Experiment) -> None:
    partition, problem = experiment.partition, experiment.problem
    if not partition.by_class or not problem.learns:
        return
    deals = f"{option_name(partition)} deals samples by class, but"
    if problem.metric == "rmse":
        said = f"the targets of problem={option_name(problem)} are numbers; use partition=sharded or partition=shared"
        raise FieldError("partition", f"{deals} {said}", full=True)
    if problem.metric is None:
        said = f"problem={option_name(problem)} has no samples; use partition=shared"
        raise FieldError("partition", f"{deals} {said}", full=True)


def _check_compression(experiment: Experiment) -> None:
    """Refuse to compress what is not a gradient, what is weighed after a vote, and what nobody knows the shapes of."""
    compression, protocol = experiment.compression, experiment.protocol
    if compression == NoCompression():
        return
    if not protocol.sends_gradients:
        raise FieldError(
            "compression",
            f"{option_name(compression)} is for gradients, and protocol={option_name(protocol)} does not send "
            "gradients for an optimizer to follow; use compression=none, or a protocol that does: "
            f"{_protocols(lambda option: option.sends_gradients)}",
            full=True,
        )
    if compression.votes and isinstance(protocol, Serves) and protocol.rule is Modulation.per_gradient:
        raise FieldError(
            "protocol.modulation",
            "per_gradient gives every gradient a weight, and votes have none; use another modulation, or "
            "compression.mode=error_feedback",
            full=True,
        )
    with of_group("problem"):
        compression.message_bytes(0.0, Part(experiment.model, []))


def _check_arrangement(experiment: Experiment) -> None:
    """Refuse to let workers compute on that have to wait for an answer."""
    protocol = experiment.protocol
    served = ParameterServer in protocol.needs or Batches in protocol.needs
    at_once = isinstance(protocol, Serves) and protocol.answers_at_once
    if experiment.server.arrangement is Arrangement.overlapped_tree and served and not at_once:
        raise FieldError(
            "server.arrangement",
            "overlapped_tree is for workers that need not wait for an answer, and those of "
            f"protocol={option_name(protocol)} with these fields must; use server.arrangement=tree, or "
            f"{_protocols(lambda option: issubclass(option, Serves) and option().answers_at_once)}",
            full=True,
        )


def _check_anew(experiment: Experiment) -> None:
    """Refuse to take gradients anew of which the server has parts, or what a compression has left."""
    protocol = experiment.protocol
    if not isinstance(protocol, Serves) or not protocol.takes_anew:
        return
    for name, given, remedy in (
        ("server.shards", experiment.server.shards > 1, "use server.shards=1"),
        ("compression", experiment.compression != NoCompression(), "use compression=none"),
        ("record.gradients", experiment.record.gradients, "leave it out: what workers took is not what is applied"),
    ):
        if given:
            said = f"with protocol.serial=true the server takes whole gradients anew at its own model; {remedy}"
            raise FieldError(name, said, full=True)


def _check_noise(experiment: Experiment) -> None:
    """Refuse to disturb a model that is not there."""
    noise = getattr(experiment.protocol, "weight_noise", 0.0)
    if noise > 0.0 and not experiment.problem.learns:
        said = f"problem=none has no weights to disturb, got {noise:g}; choose a problem, or give 0"
        raise FieldError("protocol.weight_noise", said, full=True)


def check_mixing(experiment: Experiment, rounds: Rounds) -> None:
    """Refuse weights that would move the mean of the workers' models, where the protocol does not make up for it."""
    topology, protocol = experiment.topology, experiment.protocol
    if protocol.mixing is Stochastic.doubly and rounds.stochastic is not Stochastic.doubly:
        raise FieldError(
            "topology",
            f"{option_name(protocol)} needs a doubly stochastic mixing matrix, and that of {option_name(topology)} is "
            "only column stochastic: some ranks get more than they give; use topology.weights=metropolis on an "
            f"undirected graph, or {_protocols(lambda option: option.mixing is Stochastic.column)}",
            full=True,
        )


def check_memory(experiment: Experiment, connections: Sequence[Connection]) -> None:
    """Refuse models and gradients that this machine cannot hold, before one of them is made."""
    workers, problem = experiment.workers, experiment.problem
    if not problem.learns:
        return
    memory = available_memory()
    row = problem.parameters * problem.itemsize
    below = sum(connection.models for connection in connections)
    held = most_held(row) if experiment.until.has_target else 0
    needed = ((2 + experiment.compression.states) * workers + below + held) * row
    if needed > memory:
        raise FieldError(
            "workers",
            f"{workers} need {needed / 1e9:.0f} GB for their models and gradients"
            f"{' and those of their centres' if below else ''}, this machine has {memory / 1e9:.0f} GB; use fewer "
            "workers or a smaller model, or problem=none for the clock alone",
            full=True,
        )
    for connection in connections:
        connection.check_memory(row, memory)


def _check_accumulation(experiment: Experiment) -> None:
    """Refuse gradients over more samples than a mini-batch may have, where they are computed."""
    samples, micro_batches = experiment.samples_per_gradient, experiment.workload.micro_batches
    if experiment.problem.learns and samples > MOST_SAMPLES:
        raise FieldError(
            "workload.accumulation",
            f"{micro_batches} times batch={experiment.batch} are gradients over {samples} samples, more than the "
            f"{MOST_SAMPLES} that can be computed; give less, or problem=none for the clock alone",
            full=True,
        )


def _check_device_memory(experiment: Experiment) -> None:
    """Refuse a model of the real world whose weights, gradients and optimizer state a device cannot hold."""
    memory = experiment.device.holds
    if memory is None or not isinstance(experiment.workload, Tabulated):
        return
    found = footprint(experiment)
    if found is None or found.lasting <= memory:
        return
    names = ["weights", "gradients", *(["copies"] if found.copies else [])]
    if found.optimizer:  # else it is the server's
        names.append(f"states of optimizer={option_name(experiment.optimizer)}")
    fitting = [(said, each) for said, each in alternatives(experiment) if each.lasting <= memory]
    ways = [f"{said}, which needs {each.lasting / 1e9:.3g} GB," for said, each in fitting[:1]]
    other = "give what yours holds" if experiment.device.memory_bytes is None else "give null for no check"
    raise FieldError(
        "device.memory_bytes",
        f"{memory / 1e9:g} GB do not hold the {found.lasting / 1e9:.3g} GB of "
        f"workload={option_name(experiment.workload)}: {', '.join(names[:-1])} and {names[-1]}; choose "
        f"{' or '.join([*ways, 'a device with more'])}, or {other}",
        full=True,
    )


def _check_throughputs(experiment: Experiment) -> None:
    """Refuse throughputs in a user's catalogue that are of no model: none would ever be asked for."""
    device = experiment.device
    if not device.catalogue:
        return
    models = [name for name, option in options_in("sim.workloads", Tabulated) if not issubclass(option, FileOfModel)]
    for row in device.sheet.known.throughputs():
        if row.workload not in models:
            said = f"{row.place}, column workload: there is no model {row.workload!r}; {near(row.workload, models)}"
            raise FieldError("device.catalogue", said, full=True)


def check_seconds(experiment: Experiment, seconds: float) -> None:
    """Refuse gradients too short to move the clock, and evaluations too many for them."""
    if seconds == 0.0 and isinstance(experiment.workload, Synthetic):
        _check_without_compute(experiment)
    elif seconds < LEAST_SECONDS:
        raise FieldError(
            "device.overhead_seconds",
            f"a gradient would take {seconds:g} s, less than {LEAST_SECONDS:g}; give it an overhead",
            full=True,
        )
    period, least = experiment.record.every_seconds, max(seconds, LEAST_SECONDS) / MOST_EVALUATIONS
    if period is not None and period < least:
        raise FieldError(
            "record.every_seconds",
            f"{period:g} makes more than {MOST_EVALUATIONS} evaluations during one gradient of {seconds:g} s; give at "
            f"least {least:g}",
            full=True,
        )


def _check_without_compute(experiment: Experiment) -> None:
    """Refuse runs in which neither computing nor the network takes time; see also `sim.cluster.instants`."""
    alone = not experiment.protocol.connections(experiment.workers)
    if isinstance(experiment.network, IdealNetwork) or alone:
        network = "nobody is sent anything" if alone else "network=ideal takes none either"
        raise FieldError("workload.seconds", f"0 takes no time, and {network}; {INSTANT_REMEDY}", full=True)
