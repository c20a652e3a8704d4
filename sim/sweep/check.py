"""Whether an experiment can be simulated, found out before anything is."""

from __future__ import annotations

from sim.cluster.blueprint import Blueprint
from sim.cluster.lesson import lesson_of
from sim.config.build import ConfigError
from sim.experiment import Experiment


def check(experiment: Experiment) -> Blueprint:
    """Draw the blueprint of an experiment, and see whether its data are there and go round.

    Raises
    ------
    ConfigError
        Where its parts do not fit.
    """
    try:
        blueprint = Blueprint(experiment)
        lesson_of(blueprint, experiment.seed)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    return blueprint
