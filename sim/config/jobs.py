"""The jobs of a command line: its sweeps multiplied out, each with its config and its experiment."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from hydra.core.config_loader import ConfigLoader
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from sim.config.composer import Composer, of_hydra
from sim.config.run_config import RunConfig
from sim.config.sources import ROOT
from sim.config.space import Span, Values, each_word, space
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

    @property
    def asked(self) -> tuple[str, ...]:
        """Those of its words that decide its figures."""
        return asked(self.overrides)

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
    composer
        Of other jobs, from the same loader and root: what these choose alike is composed once. None: one of its own.

    Attributes
    ----------
    loader
        As above.
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

    def __init__(
        self,
        loader: ConfigLoader,
        name: str,
        overrides: Sequence[str],
        multirun: bool,
        composer: Composer | None = None,
    ) -> None:
        self.loader = loader
        self._composer = composer = composer or Composer(loader, name, multirun)
        parsed = [composer.parsed(word) for word in overrides]
        fixed = [word for word, override in zip(overrides, parsed, strict=True) if not override.is_sweep_override()]
        self.common = composer.common(fixed)
        self.multirun = composer.multirun = multirun or self.common.hydra.mode == RunMode.MULTIRUN
        if not self.multirun and fixed != list(overrides):
            composer.compose(overrides)  # which says what a sweep needs
        self.multiplied = self.multirun and self.common.hydra.sweeper.get("_target_") == _BASIC
        of_the_sweeper = (self.common.hydra.sweeper.get("params") or {}) if self.multiplied else {}
        swept = [composer.parsed(f"{key}={value}") for key, value in of_the_sweeper.items()]
        self._overrides = {override.get_key_element(): override for override in (*swept, *parsed)}
        self.asked = {key: str(each.input_line) for key, each in self._overrides.items() if asked([key])}
        if name != ROOT:
            self.asked["--config-name"] = name
        said: Any = OmegaConf.to_container(self.common.hydra.sweep)
        self.subdir = str(said["subdir"])
        self.sweeps = str(said["dir"]).partition("${")[0].rpartition("/")[0] or "."
        self._listed: Sequence[Job] | None = None

    def space(self, word: str) -> Values | Span:
        """What a word has to choose from.

        Raises
        ------
        ConfigError
            Where that is one value only.
        """
        return space(self._composer.parsed(word))

    @property
    def typed(self) -> list[str]:
        """The words that say what runs are and what is kept of them, as they were typed; not where they run."""
        keys = [key for key in self._overrides if key in self.asked or key.lstrip("+~").startswith("record.")]
        return [str(self._overrides[key].input_line) for key in keys]

    @property
    def spaces(self) -> list[Values | Span]:
        """What each key that is swept has to choose from, be it one value.

        Raises
        ------
        ConfigError
            Where it has none.
        """
        swept = [(key, each) for key, each in self._overrides.items() if each.is_sweep_override()]
        return [
            Values(key, tuple(dict.fromkeys(each_word(each)))) if each.is_discrete_sweep() else space(each)
            for key, each in swept
        ]

    def chosen(self, words: Sequence[str]) -> Job:
        """The one job in which keys have these words, whatever is swept, and others what is said of them."""
        said = {key: str(override.input_line) for key, override in self._overrides.items()}
        said |= {word.partition("=")[0]: word for word in words}
        return Job(0, tuple(said.values()), tuple(words))

    def listed(self, jobs: Sequence[Job], asked: Mapping[str, str]) -> Jobs:
        """Other jobs of the same options: these, whatever the sweeps would make.

        Parameters
        ----------
        jobs
            In the order of their numbers.
        asked
            What is asked of them, by key; see `Jobs.asked`.
        """
        others = copy.copy(self)
        others._listed, others.asked = jobs, dict(asked)
        return others

    def __iter__(self) -> Iterator[Job]:
        if self._listed is not None:
            yield from self._listed
            return
        if not self.multiplied:
            words = tuple(str(override.input_line) for override in self._overrides.values())
            yield Job(0, words, ())
            return
        choices = {key: each_word(override) for key, override in self._overrides.items()}
        varied = [len(words) > 1 for words in choices.values()]
        for number, job in enumerate(itertools.product(*choices.values())):
            yield Job(number, job, tuple(itertools.compress(job, varied)))

    def experiment(self, job: Job) -> Experiment:
        """What a job asks; see `Composer.experiment`."""
        return self._composer.experiment(job.overrides, job.number)

    def config(self, job: Job) -> DictConfig:
        """The config of a job; see `Composer.config`."""
        return self._composer.config(job.overrides, job.number)

    def run_config(self, job: Job) -> RunConfig | None:
        """What the config of a job says; see `Composer.run_config`."""
        return self._composer.run_config(job.overrides, job.number)


def asked(words: Iterable[str]) -> tuple[str, ...]:
    """Those of some overrides, or of their keys, that decide the figures of a run."""
    keys = {word: word.lstrip("+~").partition("=")[0] for word in words}
    beside = {f"record.{name}" for name in MORE}
    return tuple(word for word, key in keys.items() if not (of_hydra(key) or key.startswith("sweep.") or key in beside))
