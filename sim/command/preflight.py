"""Every run of a command line, composed and checked before the first of them is simulated."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from hydra import compose, initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.types import RunMode
from omegaconf import DictConfig, open_dict

from sim.command.words import Words
from sim.config.build import ConfigError, build
from sim.experiment import Experiment


def check_all(words: Words) -> int:
    """Check the configs of all runs, and that their clusters can be put together.

    Nothing is written. The keys are checked first, for all runs, because putting clusters together takes longer.

    Parameters
    ----------
    words
        The command line.

    Returns
    -------
    int
        How many runs there will be.

    Raises
    ------
    ConfigError, hydra.errors.HydraException, omegaconf.errors.OmegaConfBaseException
        At the first run that cannot be simulated.
    """
    state = HydraConfig.instance().cfg
    try:
        with initialize_config_module("conf", version_base="1.3", job_name="paceline"):
            experiments = [build(config) for config in _configs(words)]
    finally:
        HydraConfig.instance().cfg = state
    for experiment in experiments:
        check_cluster(experiment)
    return len(experiments)


def check_cluster(experiment: Experiment) -> None:
    """Put the cluster of an experiment together, to see whether its parts fit.

    Raises
    ------
    ConfigError
        Where they do not.
    """
    from sim.cluster.blueprint import Blueprint
    from sim.cluster.lesson import lesson_of

    try:
        lesson_of(Blueprint(experiment), experiment.seed)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _configs(words: Words) -> Iterator[DictConfig]:
    """The composed config of every run: the sweeps multiplied out as Hydra's basic sweeper does it."""
    parser = OverridesParser.create(config_loader=GlobalHydra.instance().config_loader())
    overrides = parser.parse_overrides(words.overrides)
    fixed = [str(override.input_line) for override in overrides if not override.is_sweep_override()]
    common = _compose(fixed, 0)
    if not words.multirun and common.hydra.mode != RunMode.MULTIRUN:
        yield common if fixed == words.overrides else _compose(words.overrides, 0)
    elif not str(common.hydra.sweeper.get("_target_")).endswith(".BasicSweeper"):
        yield common  # what another sweeper will ask for is not known before it has seen results
    else:
        swept = parser.parse_overrides([f"{key}={value}" for key, value in (common.hydra.sweeper.params or {}).items()])
        choices = {override.get_key_element(): _words(override) for override in [*swept, *overrides]}
        for number, job in enumerate(itertools.product(*choices.values())):
            yield _compose(list(job), number)


def _words(override: Override) -> list[str]:
    """An override as each run of a sweep has it."""
    if not override.is_sweep_override():
        return [str(override.input_line)]
    if not override.is_discrete_sweep():
        raise ConfigError(f"{override.input_line}: an interval has no values to sweep over; use range(start,stop,step)")
    words = [f"{override.get_key_element()}={value}" for value in override.sweep_string_iterator()]
    if not words:
        raise ConfigError(f"{override.input_line}: a sweep over no values; give one at the least")
    return words


def _compose(overrides: list[str], number: int) -> DictConfig:
    config = compose("config", overrides, return_hydra_config=True)
    with open_dict(config):
        config.hydra.job.num = number
        config.hydra.job.id = str(number)
    HydraConfig.instance().set_config(config)  # for values such as ${hydra:job.num}
    return config
