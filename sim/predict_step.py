"""How long a step takes, in closed form: hundreds of candidates in a second, and no event."""

from __future__ import annotations

from dataclasses import dataclass

from sim.backgrounds.none import NoBackground
from sim.cluster.blueprint import Blueprint
from sim.collectives import NoClosedFormError
from sim.connections.group.connect import Collectives
from sim.experiment import Experiment
from sim.option_name import option_name
from sim.prediction.reduced import reduced
from sim.prediction.star import route_of
from sim.prediction.timeline import Stretch
from sim.stragglers.none import NoStragglers


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
        What of all communication, hidden or not, is latency (s): that on links without limit.
    samples_per_second
        Samples of all workers in a second (1/s).
    bound_by
        What takes most of a step: ``"compute"``, or of what is exposed ``"latency"`` or ``"bandwidth"``.
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
        A candidate: workers that are alike and wait for each other, on one switch that nobody else uses.

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
    group = plan.connection(Collectives)
    deployment = plan.deployment(experiment.seed)
    route = route_of(plan, deployment)
    found = reduced(experiment, group, plan.seconds, route)
    return _prediction(experiment, found, reduced(experiment, group, plan.seconds, route.wide))


def _prediction(experiment: Experiment, found: Stretch, wide: Stretch) -> StepPrediction:
    latency = min(1.0, wide.busy / found.busy) if found.busy > 0.0 else 0.0
    parts = {
        "compute": found.computing,
        "latency": found.exposed * latency,
        "bandwidth": found.exposed * (1.0 - latency),
    }
    return StepPrediction(
        seconds=found.end,
        compute_seconds=found.computing,
        exposed_seconds=found.exposed,
        hidden_seconds=found.hidden,
        latency_seconds=wide.busy,
        samples_per_second=experiment.workers * experiment.samples_per_gradient / found.end,
        bound_by=max(parts, key=lambda name: parts[name]),
    )


def _check(experiment: Experiment) -> None:
    """Refuse what makes steps unlike each other."""
    if not experiment.protocol.lockstep:
        said = f"workers of {option_name(experiment.protocol)} do not take their steps together; simulate it"
        raise NoClosedFormError("protocol", said, full=True)
    if experiment.straggler != NoStragglers():
        said = f"{option_name(experiment.straggler)} scatters compute times; use straggler=none, or simulate it"
        raise NoClosedFormError("straggler", said, full=True)
    if experiment.background != NoBackground():
        said = f"{option_name(experiment.background)} takes a part of the links; use background=none, or simulate it"
        raise NoClosedFormError("background", said, full=True)
