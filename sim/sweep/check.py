"""Whether an experiment can be simulated, found out before anything is."""

from __future__ import annotations

from sim.cluster.blueprint import Blueprint
from sim.cluster.lesson import lesson_of
from sim.config.build import ConfigError
from sim.experiment import Experiment
from sim.memory import available_memory

#: Address space of Python with the compiled kernels, and what LLVM takes where these have to be compiled (B).
LEAST_MEMORY = 800_000_000


def check_room() -> None:
    """Refuse a limit under which the compiled kernels could not be loaded: LLVM would end the process.

    Raises
    ------
    ConfigError
        Which says what there is, and what is needed.
    """
    memory = available_memory()
    if memory < LEAST_MEMORY:
        raise ConfigError(
            f"ulimit -v: leaves {memory / 1e6:.0f} MB, and the compiled kernels alone take {LEAST_MEMORY / 1e6:.0f} "
            "MB; give more"
        )


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
