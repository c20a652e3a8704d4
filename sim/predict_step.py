"""How long a step takes, in closed form: hundreds of candidates in a second, and no event."""

from __future__ import annotations

from dataclasses import dataclass

from sim.backgrounds.none import NoBackground
from sim.cluster.blueprint import Blueprint
from sim.collectives.operations.form import NoClosedFormError
from sim.collectives.operations.site import Site
from sim.connections.group.connect import Collectives
from sim.connections.group.gathered import GatheredModel
from sim.connections.server.connect import ParameterServer
from sim.experiment import Experiment
from sim.option_name import option_name
from sim.prediction.alone import OnOneSwitch, OverWires
from sim.prediction.gathered import gathered
from sim.prediction.reduced import reduced
from sim.prediction.served import Served
from sim.prediction.star import route_of
from sim.prediction.timeline import Stretch
from sim.protocols import Protocol
from sim.stragglers.none import NoStragglers
from topologies.options import options_in


@dataclass(frozen=True)
class StepPrediction:
    """One step of workers that all are alike, from one update to the next.

    Parameters
    ----------
    seconds
        How long it takes (s).
    compute_seconds
        What of it a worker computes (s).
    exposed_seconds
        What of it a worker waits for messages (s): the rest.
    hidden_seconds
        How long messages are on their way while it computes (s).
    latency_seconds
        How long all communication, hidden or not, would take without bytes (s).
    samples_per_second
        Samples of all workers in a second (1/s).
    bound_by
        What takes most of a step: ``"compute"``, or of what is exposed ``"latency"``, ``"bandwidth"`` or ``"server"``.
    """

    seconds: float
    compute_seconds: float
    exposed_seconds: float
    hidden_seconds: float
    latency_seconds: float
    samples_per_second: float
    bound_by: str


class _Plan(Blueprint):
    """A cluster that will not be made: nothing is laid out, and no schedule written."""

    def __post_init__(self) -> None:
        self.check_plan()


def predict_step(experiment: Experiment) -> StepPrediction:
    """Say how long a step takes, without simulating it.

    Parameters
    ----------
    experiment
        A candidate: workers that are alike and wait for each other, on wires that nobody else uses (docs/step_time.md).

    Returns
    -------
    StepPrediction
        Within 1 % of what a simulation finds.

    Raises
    ------
    NoClosedFormError
        Which key of the experiment leaves it without a closed form, and what to do.
    FieldError
        Where the experiment is impossible.
    """
    _check(experiment)
    plan = _Plan(experiment)
    if not plan.connections:
        return _prediction(experiment, Stretch(plan.seconds, plan.seconds, 0.0, 0.0, 0.0))
    deployment, transport = plan.deployment(experiment.seed), experiment.transport
    everybody = [*deployment.workers, *deployment.servers]
    apart = deployment.workers if experiment.server.colocated else everybody
    if len(set(apart)) < len(apart):
        raise _none("placement", "puts several workers or servers on a host", "give each a host of its own")
    route = route_of(deployment.graph, everybody, transport)
    group, server = plan.connection(Collectives), plan.connection(ParameterServer)
    if group is not None:
        network: OnOneSwitch | OverWires
        if route is not None and not Site(deployment.graph, deployment.workers).adders:
            network = OnOneSwitch(experiment.collective, experiment.workers, route)
        else:
            assert deployment.graph is not None, "on an ideal network all ways are alike"
            network = OverWires(experiment.collective, deployment.graph, deployment.workers, transport)
        if isinstance(group, GatheredModel):
            return _prediction(experiment, gathered(experiment, group, plan.seconds, network))
        return _prediction(experiment, reduced(experiment, group, plan.seconds, network))
    assert server is not None, "a lockstep protocol averages gradients by one of the two"
    if route is None:
        name = option_name(experiment.network)
        raise _none("network", f"on {name} the ways to a server are not all alike", "use single_switch")
    served = Served(experiment, server, plan.seconds, route)
    return _prediction(experiment, served.stretch(transport.interference))


def _prediction(experiment: Experiment, found: Stretch) -> StepPrediction:
    """What is told of a step."""
    if found.end == 0.0:
        raise _none("workload.seconds", "nothing in a step takes time", "give the seconds of a gradient")
    share = min(1.0, found.latency / found.busy) if found.busy > 0.0 else 0.0
    travelling = found.exposed - found.applying
    parts = {
        "compute": found.computing,
        "latency": travelling * share,
        "bandwidth": travelling * (1.0 - share),
        "server": found.applying,
    }
    return StepPrediction(
        seconds=found.end,
        compute_seconds=found.computing,
        exposed_seconds=found.exposed,
        hidden_seconds=found.hidden,
        latency_seconds=found.latency,
        samples_per_second=experiment.workers * experiment.samples_per_gradient / found.end,
        bound_by=max(parts, key=lambda name: parts[name]),
    )


def _check(experiment: Experiment) -> None:
    """Refuse what makes steps unlike each other."""
    protocol, straggler, background = experiment.protocol, experiment.straggler, experiment.background
    if not protocol.lockstep and protocol.connections(experiment.workers):
        options: list[tuple[str, type[Protocol]]] = list(options_in("sim.protocols", Protocol))
        others = " or ".join(name for name, option in options if option.lockstep)
        raise _none("protocol", f"workers of {option_name(protocol)} do not step together", f"use {others}")
    if straggler != NoStragglers():
        raise _none("straggler", f"{option_name(straggler)} scatters compute times", "use none")
    if background != NoBackground():
        raise _none("background", f"{option_name(background)} takes a part of the links", "use none")


def _none(key: str, said: str, remedy: str) -> NoClosedFormError:
    return NoClosedFormError(key, f"{said}; {remedy}, or simulate it", full=True)
