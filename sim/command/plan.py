"""``paceline plan``: what to buy, and why."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path

from sim.calibration.points import Job, Measured, complete, read_measured
from sim.command.devices import known
from sim.command.flags import FlagError, planning
from sim.command.words import read_words
from sim.config.application import application
from sim.config.error import ConfigError
from sim.config.jobs import Jobs
from sim.config.space import Span, Values
from sim.efficiency.table import read_table
from sim.experiment import Experiment
from sim.given_path import given_path
from sim.planning.asked import Asked, is_own, read_asked
from sim.planning.document import Plan, as_document
from sim.planning.families import Families
from sim.planning.family import Family
from sim.planning.page import render
from sim.planning.plan import plan
from sim.planning.search import Search
from sim.planning.settings import Told
from sim.planning.told import lines
from sim.printable import printable
from sim.sweep.ending import unheard

#: How many candidates are listed; and how many Optuna chooses, whose time goes by the cube of their number.
MOST, TRIALS = 2000, 600


def main(arguments: list[str]) -> int:
    """Choose among candidates, print why, and write the plan and its page.

    Parameters
    ----------
    arguments
        What follows ``paceline plan``.

    Returns
    -------
    int
        Exit status: 0.

    Raises
    ------
    ConfigError, hydra.errors.HydraException, omegaconf.errors.OmegaConfBaseException, OSError
        In one line, where the user has to put something right.
    """
    try:
        options, rest = planning().parse_known_args(arguments)
    except FlagError as error:
        raise ConfigError(f"plan: {error}; see paceline plan --help") from error
    try:
        return _planned(options, rest, arguments)
    except ValueError as error:
        raise error if isinstance(error, ConfigError) else ConfigError(str(error)) from error


def _planned(options: argparse.Namespace, rest: Sequence[str], arguments: Sequence[str]) -> int:
    if options.trials is not None and options.trials > TRIALS:
        raise ConfigError(f"--trials: {options.trials} are more than the {TRIALS} that take Optuna minutes; give fewer")
    asked = read_asked([word for word in rest if is_own(word)])
    asked = replace(asked, words=tuple(word for word in rest if not is_own(word)))
    with ExitStack() as open_:
        answer = _answered(asked, options, shlex.join(["paceline", "plan", *arguments]), open_)
    document = as_document(answer)
    with unheard():
        folder = (
            Path(asked.folder) if asked.folder else Path("outputs") / datetime.now().strftime("%Y-%m-%d/%H-%M-%S-%f")
        )
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "plan.json").write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        (folder / "plan.html").write_text(render(document), encoding="utf-8")
        if options.json:
            print(json.dumps(document, allow_nan=False))
            return 0
        for line in lines(answer):
            print(printable(line))
        print(printable(f"\n{folder}/plan.html, plan.json"))
    return 0


def _answered(asked: Asked, options: argparse.Namespace, command: str, open_: ExitStack) -> Plan:
    table = None if options.table is None else read_table(options.table)
    catalogue = known([word for word in asked.words if word.startswith("device.catalogue=")])
    every = Families(asked, catalogue, partial(_Opened, open_))
    search = None if options.trials is None else Search(every, options.trials)
    found = _listed(every) if search is None else [every.first(kind) for kind in every.kinds]
    measured = _measured(options.on or [], found)
    from sim.sweep.progress import counting_bar

    with counting_bar("planning") as progress:
        told: Told | None = None if progress is None else lambda _, done, whole: progress(done, whole)
        return plan(
            asked, found, command, draws=options.draws, measured=measured, table=table, told=told, search=search
        )


def _listed(every: Families) -> Sequence[Family]:
    if every.size is not None and every.size > MOST:
        raise ConfigError(
            f"{every.size} candidates are more than the {MOST} that are listed; give fewer, or --trials 200 for Optuna "
            "to choose some (pip install 'paceline[optuna]')"
        )
    return every.listed()


class _Opened:
    """Runs of some words by Hydra, which is there until a stack is closed."""

    def __init__(self, open_: ExitStack, words: Sequence[str]) -> None:
        read = read_words([*words, "-m"])
        hydra = open_.enter_context(application(read.sources))
        self._jobs = Jobs(hydra.config_loader, read.sources.name, read.overrides, multirun=True)
        if not self._jobs.multiplied:
            name = self._jobs.common.hydra.runtime.choices["hydra/sweeper"]
            raise ConfigError(f"hydra/sweeper={name}: plan asks for runs itself; leave it out, or say --trials 200")

    @cached_property
    def spaces(self) -> Sequence[Values | Span]:
        return self._jobs.spaces

    def run(self, chosen: Sequence[str]) -> Experiment:
        return self._jobs.experiment(self._jobs.chosen(chosen))


def _measured(given: Sequence[str], found: Sequence[Family]) -> Mapping[str, Sequence[Measured]]:
    """What files have, by the machine that they are of."""
    machines = {family.machine.name: family for family in reversed(found)}
    files: dict[str, list[Measured]] = {}
    for word in given:
        name, equals, path = word.partition("=")
        if not equals:
            name, path = "", word
            if len(machines) > 1:
                raise ConfigError(
                    f"--on: {word} is of which machine? give --on NAME={word}, one of {', '.join(machines)}"
                )
        full = next(iter(machines)) if not name else next((one for one in machines if one.startswith(name)), "")
        if not full:
            raise ConfigError(f"--on: {name} is none of the machines {', '.join(machines)}; give one of them")
        family = machines[full]
        job = Job(family.experiment.batch, family.machine.devices)
        files.setdefault(full, []).append(read_measured(given_path(path), job))
    for some in files.values():
        if any(file.points for file in some):
            complete(some)
    return files
