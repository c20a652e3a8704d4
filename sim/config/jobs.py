"""The jobs of a command line: its sweeps multiplied out, each with its config and its experiment.

Hydra takes a tenth of a second to compose a config. Jobs that choose the same options share one composition, and a job
whose experiment is asked for, but not its config, has only those parts made anew that it says something of.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra.core.config_loader import ConfigLoader
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from sim.config.build import ConfigError, build, rebuilt
from sim.config.keys import unknown_key
from sim.config.options import groups
from sim.config.targets import refuse_foreign_targets
from sim.experiment import Experiment
from sim.record import MORE

#: What Hydra itself multiplies sweeps out with.
_BASIC = "hydra._internal.core_plugins.basic_sweeper.BasicSweeper"


class Job(NamedTuple):
    """One job of a command line.

    Attributes
    ----------
    number
        From 0, in the order in which Hydra's basic sweeper counts.
    overrides
        All that is said of it, as ``key=value``.
    varied
        Those of them that other jobs do not have.
    """

    number: int
    overrides: tuple[str, ...]
    varied: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(self.varied or self.overrides)


class Jobs:
    """The jobs of a command line, to be asked for in the order of their numbers.

    Parameters
    ----------
    loader
        Hydra's, with the search path of the command line.
    name
        Of the root config.
    overrides
        ``key=value`` words, sweeps among them.
    multirun
        Whether sweeps are asked for (``-m``).

    Attributes
    ----------
    common
        The config of what all jobs have in common, with Hydra's own node.
    multirun
        Whether this is a sweep: the config may say so, too.
    multiplied
        Whether the sweeps are multiplied out; another sweeper asks for what it wants when it has seen results.
    asked
        What is asked of the runs: the text of every override that changes their figures, by its key.
    subdir
        How the folders of jobs are named, as it is written in the config.
    sweeps
        The folder that the folders of sweeps are made in, whatever the time is.

    Raises
    ------
    ConfigError, hydra.errors.HydraException, omegaconf.errors.OmegaConfBaseException
        Where the command line cannot be composed.
    """

    def __init__(self, loader: ConfigLoader, name: str, overrides: Sequence[str], multirun: bool) -> None:
        self._loader, self._name = loader, name
        self._parser = OverridesParser.create(config_loader=loader)
        parsed = self._parser.parse_overrides(list(overrides))
        self._frames: dict[tuple[str, ...], _Frame] = {}
        self._words: dict[str, Override] = {}
        self.multirun = multirun
        fixed = [str(override.input_line) for override in parsed if not override.is_sweep_override()]
        self.common = self._compose(fixed)
        self.multirun = multirun or self.common.hydra.mode == RunMode.MULTIRUN
        if not self.multirun and fixed != list(overrides):
            self._compose(list(overrides))  # which says what a sweep needs
        self.multiplied = self.multirun and self.common.hydra.sweeper.get("_target_") == _BASIC
        of_the_sweeper = (self.common.hydra.sweeper.get("params") or {}) if self.multiplied else {}
        swept = self._parser.parse_overrides([f"{key}={value}" for key, value in of_the_sweeper.items()])
        self._overrides = {override.get_key_element(): override for override in (*swept, *parsed)}
        self.asked = {key: str(each.input_line) for key, each in self._overrides.items() if not _beside(key)}
        said: Any = OmegaConf.to_container(self.common.hydra.sweep)
        self.subdir = str(said["subdir"])
        self.sweeps = str(said["dir"]).partition("${")[0].rpartition("/")[0] or "."

    def __iter__(self) -> Iterator[Job]:
        if not self.multiplied:
            words = tuple(str(override.input_line) for override in self._overrides.values())
            yield Job(0, words, ())
            return
        choices = {key: _words(override) for key, override in self._overrides.items()}
        varied = [len(words) > 1 for words in choices.values()]
        for number, job in enumerate(itertools.product(*choices.values())):
            yield Job(number, job, tuple(itertools.compress(job, varied)))

    def experiment(self, job: Job) -> Experiment:
        """What a job asks.

        Raises
        ------
        ConfigError, hydra.errors.HydraException, omegaconf.errors.OmegaConfBaseException
            Where its config cannot be composed, or says nothing that can be simulated.
        """
        if not self.multiplied:
            return build(self.common)
        frame, setting = self._frame(job)
        if frame is None or not frame.plain or any(_adds(each) for each in setting):
            return build(self.config(job))
        return frame.experiment(setting)

    def config(self, job: Job) -> DictConfig:
        """The config of a job, with Hydra's own node; of this process alone."""
        config = self._config(job) if self.multiplied else self.common
        with read_write(config.hydra), open_dict(config):
            config.hydra.job.num = job.number
            config.hydra.job.id = str(job.number)
        HydraConfig.instance().set_config(config)  # for values such as ${hydra:job.num}
        return config

    def _config(self, job: Job) -> DictConfig:
        frame, setting = self._frame(job)
        if frame is None:
            return self._compose(list(job.overrides))
        config = copy.deepcopy(frame.config)
        ConfigLoaderImpl._apply_overrides_to_config(setting, config)
        own = [word for word in job.overrides if not _of_hydra(word)]
        naming = config.hydra.job.config.override_dirname
        with open_dict(config):
            config.hydra.overrides.task = own
            config.hydra.job.override_dirname = get_overrides_dirname(self._parser.parse_overrides(own), **naming)
        return config

    def _frame(self, job: Job) -> tuple[_Frame | None, list[Override]]:
        """What a job shares with others, and what it says beside; None where a word refers to who knows what."""
        if any("${" in word for word in job.overrides):
            return None, []
        overrides = [self._parsed(word) for word in job.overrides]
        choosing = tuple(word for word, each in zip(job.overrides, overrides, strict=True) if _chooses(each))
        if choosing not in self._frames:
            self._frames[choosing] = _Frame(self._compose(list(choosing)))
        return self._frames[choosing], [each for each in overrides if not _chooses(each)]

    def _parsed(self, word: str) -> Override:
        """A word, taken apart once for all jobs that have it."""
        if word not in self._words:
            self._words[word] = self._parser.parse_overrides([word])[0]
        return self._words[word]

    def _compose(self, overrides: list[str]) -> DictConfig:
        config = self._loader.load_configuration(self._name, overrides, RunMode.RUN, from_shell=False)
        refuse_foreign_targets(config)
        if self.multirun:
            config.hydra.mode = RunMode.MULTIRUN
        return config


class _Frame:
    """What jobs that choose the same options share: the config of these, and the experiment it describes.

    Attributes
    ----------
    plain
        Whether no value refers to another one, which a job may change.
    """

    def __init__(self, config: DictConfig) -> None:
        self.config = config
        self._own = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
        self.plain = "${" not in OmegaConf.to_yaml(self._own)
        self._experiment: Experiment | None = None

    def experiment(self, setting: Sequence[Override]) -> Experiment:
        """That of a job which sets these keys: what none of them is of, it shares with other jobs."""
        if self._experiment is None:
            self._experiment = build(self._own)
        changed = {each.key_or_group.partition(".")[0] for each in setting}
        if unknown := changed - {str(key) for key in self._own}:
            raise ConfigError(unknown_key(min(unknown)))
        parts = OmegaConf.masked_copy(self._own, sorted(changed))
        OmegaConf.set_struct(parts, True)
        ConfigLoaderImpl._apply_overrides_to_config(list(setting), parts)
        return rebuilt(self._experiment, parts)


def _words(override: Override) -> list[str]:
    """An override as each job of a sweep has it."""
    if not override.is_sweep_override():
        return [str(override.input_line)]
    if not override.is_discrete_sweep():
        raise ConfigError(f"{override.input_line}: an interval has no values to sweep over; use range(start,stop,step)")
    words = [f"{override.get_key_element()}={value}" for value in override.sweep_string_iterator()]
    if not words:
        raise ConfigError(f"{override.input_line}: a sweep over no values; give one at the least")
    return words


def _chooses(override: Override) -> bool:
    """Whether an override decides what a config is composed of, or is about Hydra itself."""
    key = override.key_or_group
    return key in groups() or key == "experiment" or _of_hydra(key) or bool({*"/@"} & {*key})


def _of_hydra(word: str) -> bool:
    return word.lstrip("+~").partition("=")[0].startswith(("hydra.", "hydra/"))


def _beside(key: str) -> bool:
    """Whether a key changes no figure of a run."""
    return _of_hydra(key) or key.startswith("sweep.") or key in {f"record.{name}" for name in MORE}


def _adds(override: Override) -> bool:
    """Whether an override does more than to set a key that is there."""
    return override.is_add() or override.is_force_add() or override.is_delete()
