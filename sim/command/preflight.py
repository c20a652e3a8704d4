"""Every run of a command line, composed and checked before the first of them is simulated."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from hydra import compose, initialize_config_module
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.types import RunMode
from omegaconf import DictConfig, open_dict

from sim.cluster.blueprint import Blueprint
from sim.cluster.forecast import Forecast, announced
from sim.cluster.lesson import lesson_of
from sim.command.targets import refuse_foreign_targets
from sim.command.words import Words
from sim.config.build import ConfigError, build
from sim.config.options import groups
from sim.experiment import Experiment
from sim.memory import available_memory
from sim.results.idle import alike

#: Address space of Python with the compiled kernels, and what LLVM takes where these have to be compiled (B).
LEAST_MEMORY = 800_000_000


class Checked(NamedTuple):
    """What a command line asks for, and can have.

    Attributes
    ----------
    runs
        How many runs there will be.
    blueprint
        That of a single run, which need not be drawn again; None of several.
    notices
        What is to be said before the first run.
    warning
        What all runs together take of this machine, where that is much; None where it is little.
    """

    runs: int
    blueprint: Blueprint | None
    notices: Sequence[str] = ()
    warning: str | None = None


def check_all(words: Words) -> Checked:
    """Check the configs of all runs, and that their clusters can be put together.

    Nothing is written, and no cluster is made. The keys are checked first, for all runs, then what depends on data.

    Parameters
    ----------
    words
        The command line.

    Raises
    ------
    ConfigError, hydra.errors.HydraException, omegaconf.errors.OmegaConfBaseException
        At the first run that cannot be simulated.
    """
    _check_room()
    state = HydraConfig.instance().cfg
    try:
        with initialize_config_module("conf", version_base="1.3", job_name="paceline"):
            experiments = [build(config) for config in _configs(words)]
    finally:
        HydraConfig.instance().cfg = state
    if len(experiments) == 1:
        blueprint = check(experiments[0])
        return Checked(1, blueprint, warning=announced([blueprint.forecast]))
    forecasts: list[Forecast] = []
    notices = alike(_foretold(map(check, experiments), forecasts))
    return Checked(len(experiments), None, notices, announced(forecasts))


def _check_room() -> None:
    """Refuse a limit under which the compiled kernels could not be loaded: LLVM would end the process."""
    memory = available_memory()
    if memory < LEAST_MEMORY:
        raise ConfigError(
            f"ulimit -v: leaves {memory / 1e6:.0f} MB, and the compiled kernels alone take {LEAST_MEMORY / 1e6:.0f} "
            "MB; give more"
        )


def _foretold(blueprints: Iterable[Blueprint], forecasts: list[Forecast]) -> Iterator[Blueprint]:
    """Each of some blueprints, one at a time as they come, while what its run will take is noted."""
    for blueprint in blueprints:
        forecasts.append(blueprint.forecast)
        yield blueprint


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
        frames = _Frames(parser)
        for number, job in enumerate(itertools.product(*choices.values())):
            yield frames.config(job, number)


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


class _Frames:
    """Configs of a sweep's runs. Runs that choose the same options share a frame, which is composed once.

    To compose takes Hydra a tenth of a second; to set values in what has been composed, next to nothing.
    """

    def __init__(self, parser: OverridesParser) -> None:
        self._parser = parser
        self._composed: dict[tuple[str, ...], DictConfig] = {}

    def config(self, job: Sequence[str], number: int) -> DictConfig:
        """The composed config of run `number`, which has these overrides."""
        if any("${" in word for word in job):  # which may refer to anything
            return _compose(list(job), number)
        overrides = self._parser.parse_overrides(list(job))
        choosing = tuple(word for word, each in zip(job, overrides, strict=True) if _chooses(each))
        if choosing not in self._composed:
            self._composed[choosing] = _compose(list(choosing), number)
        config = _without_hydra(self._composed[choosing])
        ConfigLoaderImpl._apply_overrides_to_config([each for each in overrides if not _chooses(each)], config)
        return config


def _chooses(override: Override) -> bool:
    """Whether an override decides what a config is composed of, or is about Hydra itself."""
    key = override.key_or_group
    return key in groups() or key == "experiment" or key.partition(".")[0] == "hydra" or bool({*"/@"} & {*key})


def _without_hydra(config: DictConfig) -> DictConfig:
    own = copy.copy(config)
    with open_dict(own):
        del own["hydra"]
    return copy.deepcopy(own)


def _compose(overrides: list[str], number: int) -> DictConfig:
    config = compose("config", overrides, return_hydra_config=True)
    refuse_foreign_targets(config)
    with open_dict(config):
        config.hydra.job.num = number
        config.hydra.job.id = str(number)
    HydraConfig.instance().set_config(config)  # for values such as ${hydra:job.num}
    return config
