"""``paceline -m hydra/sweeper=optuna ...``: runs that a sweeper of Hydra's plugins asks for when it has seen others."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hydra._internal.hydra import Hydra
from omegaconf import OmegaConf

from sim.command.place import place_of
from sim.command.telling import FAILED, INTERRUPTED, going_on, tell
from sim.command.words import Words
from sim.config.build import build, sweep_of
from sim.config.error import ConfigError
from sim.config.jobs import Jobs
from sim.config.overrides import written
from sim.printable import printable
from sim.report.collect import failures
from sim.results.result import SUMMARY
from sim.results.units import number
from sim.sweep.agenda import MISTAKES
from sim.sweep.ending import ended_in_order
from sim.sweep.task import Task
from sim.sweep.time_left import Pace
from sim.sweep.trial import Trial, sought_by

#: What Optuna's sweeper leaves in the folder of the search.
RESULTS = "optimization_results.yaml"
#: What is said to Hydra of every search.
_OWN = ("hydra.sweep.dir", "hydra.mode")


def search(jobs: Jobs, hydra: Hydra, words: Words) -> int:
    """Have the sweeper search.

    Returns
    -------
    int
        Exit status: 0, or 1 where a run has failed.

    Raises
    ------
    ConfigError
        Where no run has come to a result, or the sweeper would go by what is not to be had.
    """
    names = _names(jobs)
    place = place_of(jobs, words)
    folder, command = place.path, going_on("", words.typed, place.path)
    overrides = [word for word in words.overrides if word.lstrip("+").partition("=")[0] not in _OWN]
    overrides.append(f"hydra.sweep.dir={written(str(folder))}")  # the time of day in it is that of now
    overrides.append("hydra.mode=MULTIRUN")  # which Hydra tells sweepers, but not the runs
    trials = int(jobs.common.hydra.sweeper.get("n_trials") or 0)
    task = Trial(Task(folder, trials, pace=Pace(trials)), frozenset(overrides), jobs.subdir)
    logging.getLogger("optuna").setLevel(logging.WARNING)  # it would say in colours that it begins
    logging.getLogger("hydra_plugins").setLevel(logging.CRITICAL)  # that a run has failed is said below
    try:
        with ended_in_order(), place.taken(jobs.asked):
            hydra.multirun(words.sources.name, task, overrides, with_log_configuration=False)
    except KeyboardInterrupt as interrupt:
        raise KeyboardInterrupt(*interrupt.args or (INTERRUPTED,), f"; to go on: {command}") from interrupt
    except ValueError as error:
        if not failures([folder]) or any(folder.glob(f"*/{SUMMARY}")):
            raise
        raise ConfigError(f"{failures([folder])[0]}; no run has come to a result") from error
    failed = failures([folder])
    if (folder / RESULTS).exists():
        for line in _found(folder, names):
            print(line)
    if failed:
        print("runs failed, where is in failure.json in their folders:")
        tell(failed)
    print(f"to go on: {command}")
    return FAILED if failed else 0


def _names(jobs: Jobs) -> list[str]:
    """What the search goes by, as far as that is known before the first run: not where it depends on what is tried."""
    try:
        experiment = build(jobs.common)
    except MISTAKES:
        return []
    return [each.name for each in sought_by(sweep_of(jobs.common), jobs.common.hydra.sweeper, experiment)]


def _found(folder: Path, names: list[str]) -> Iterator[str]:
    """What Optuna has found, as it has written it down: the best run, or all that none is better than in everything."""
    found: Any = OmegaConf.to_container(OmegaConf.load(folder / RESULTS))
    solutions = found.get("solutions")
    if solutions is None:
        yield f"best: {_solution(found['best_params'], [found['best_value']], names)}"
        return
    yield f"{len(solutions)} runs that no other is better than in all objectives:"
    for each in solutions:
        yield f"  {_solution(each['params'], each['values'], names)}"


def _solution(params: dict[str, Any], values: list[float], names: list[str]) -> str:
    told = names if len(names) == len(values) else ["objective"] * len(values)
    figures = ", ".join(f"{name} {number(value)}" for name, value in zip(told, values, strict=True))
    chosen = printable(" ".join(f"{key}={value}" for key, value in params.items()))
    return f"{chosen}: {figures}"
