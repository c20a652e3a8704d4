"""A run that a sweeper of Hydra's plugins has asked for, which chooses the next when it knows what came of this one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, open_dict, read_write

from sim.config.build import ConfigError, build, sweep_of
from sim.config.run_config import RunConfig
from sim.experiment import Experiment
from sim.printable import printable
from sim.question import question
from sim.results.objective import Objective, objectives_of
from sim.results.read import read_summary
from sim.results.result import SUMMARY
from sim.sweep.agenda import NUMBERED
from sim.sweep.naming import folder_name
from sim.sweep.run import run_directory
from sim.sweep.task import Task
from sim.sweeping import Sweep

#: Notices that this process has told already.
_told: set[str] = set()


@dataclass(frozen=True)
class Trial:
    """Simulate a run, keep its result, and return what it is judged by.

    Attributes
    ----------
    task
        What simulates and keeps.
    common
        The words of the command that all runs have: what a folder need not be called after.
    subdir
        How folders of runs are called, as the config has it; where that is by number, they are called as those of any
        sweep: numbers begin anew when a search goes on.
    """

    task: Task
    common: frozenset[str]
    subdir: str = NUMBERED

    def __call__(self, config: DictConfig) -> float | tuple[float, ...] | None:
        """The objective of a run, several as a tuple; None of one that has failed, which costs no other run.

        Raises
        ------
        ConfigError
            Where the run cannot be simulated, or does not measure its objectives.
        """
        self.task.enter()
        experiment = build(config)
        sought = sought_by(sweep_of(config), HydraConfig.get().sweeper, experiment)
        directory = self._directory(experiment)
        ended = self.task.done(directory, RunConfig.of(config), experiment)
        for notice in ended.notices:
            if notice not in _told:
                _told.add(notice)
                print(f"note: {printable(notice)}", flush=True)
        if ended.failure:
            return None
        summary = read_summary(directory / SUMMARY)
        try:
            figures = tuple(each.finite(summary) for each in sought)
        except ValueError as error:
            raise ConfigError(str(error)) from error
        return figures[0] if len(figures) == 1 else figures

    def _directory(self, experiment: Experiment) -> Path:
        """Where the result belongs, which is told to Hydra, too."""
        numbered = run_directory()
        if self.subdir != NUMBERED:
            return numbered
        words = [word for word in HydraConfig.get().overrides.task if word not in self.common]
        directory = numbered.parent / folder_name(words, question(experiment))
        directory.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):  # only where nothing is in it
            numbered.rmdir()
        node: Any = HydraConfig.get()
        with read_write(node), open_dict(node):
            node.sweep.subdir = directory.name
            node.runtime.output_dir = str(directory.absolute())
        return directory


def sought_by(said: Sweep, sweeper: Any, experiment: Experiment) -> Sequence[Objective]:
    """What a search of an experiment goes by.

    Parameters
    ----------
    said
        What the config says of the sweep.
    sweeper
        What it says of Hydra's sweeper; one without ``direction``, which Optuna's has, is not looked at.
    experiment
        What is simulated.

    Raises
    ------
    ConfigError
        Where there is no such figure, or the sweeper would look for the worst, or for another number of figures.
    """
    try:
        sought = objectives_of(said.objective, experiment)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    direction = sweeper.get("direction")
    if direction is not None:
        one = isinstance(direction, str) or hasattr(direction, "name")
        given = [str(getattr(each, "name", each)) for each in ([direction] if one else direction)]
        wanted = ["minimize" if each.less else "maximize" for each in sought]
        if given != wanted:
            names = [each.name for each in sought]
            raise ConfigError(
                f"hydra.sweeper.direction={_shown(given)}: sweep.objective is {_shown(names)}; write "
                f"hydra.sweeper.direction={_shown(wanted)}"
            )
    return sought


def _shown(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"[{','.join(words)}]"
