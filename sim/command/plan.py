"""``paceline plan``: what to buy, and why."""

from __future__ import annotations

import argparse
import json
import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path

from sim.calibration.points import Job, Measured, complete, read_measured
from sim.catalogue.machine import short_names
from sim.command.devices import known, print_lines
from sim.command.flags import SHOWING, FlagError, planning
from sim.command.words import flags_of, read_words
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
from sim.planning.knowledge import kind_of
from sim.planning.own import Own, own
from sim.planning.page import render
from sim.planning.plan import plan
from sim.planning.search import Search
from sim.planning.settings import Told
from sim.planning.told import lines
from sim.sweep.ending import unheard
from sim.transports.ideal import Ideal
from sim.truth.table import Transport

#: How many candidates are listed, and how many possibilities are drawn of all of them together; and how many Optuna
#: chooses, whose time goes by the cube of their number.
MOST, MOST_DRAWN, TRIALS = 2000, 2_000_000, 600


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
    _check_flags(asked.words)
    folder = _folder(asked.folder)
    with ExitStack() as open_:
        answer = _answered(asked, options, shlex.join(["paceline", "plan", *arguments]), open_)
    document = as_document(answer)
    with unheard():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "plan.json").write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        (folder / "plan.html").write_text(render(document), encoding="utf-8")
        if options.json:
            print(json.dumps(document, allow_nan=False))
            return 0
        print_lines(lines(answer))
        print()
        print_lines([f"{folder}/plan.html, plan.json"])
    return 0


def _answered(asked: Asked, options: argparse.Namespace, command: str, open_: ExitStack) -> Plan:
    with _of("--table"):
        table = None if options.table is None else read_table(options.table)
    catalogue = known([word for word in asked.words if word.startswith("device.catalogue=")])
    every = Families(asked, catalogue, partial(Opened, open_))
    search = None if options.trials is None else Search(every, options.trials)
    found = _listed(every, options.draws) if search is None else [every.first(kind) for kind in every.kinds]
    measured = _measured(options.on or [], found, short_names(catalogue))
    from sim.sweep.progress import counting_bar

    with counting_bar("planning") as progress:
        told: Told | None = None if progress is None else lambda _, done, whole: progress(done, whole)
        return plan(
            asked, found, command, draws=options.draws, measured=measured, table=table, told=told, search=search
        )


def _check_flags(words: Sequence[str]) -> None:
    """Refuse flags of paceline that a plan has no use for: it reads those that choose configs."""
    if "--resume" in words:
        raise ConfigError("--resume: a plan is made anew, and goes on with no sweep; leave it out")
    flags = flags_of([*words])
    for name in ("version", *SHOWING):
        if getattr(flags, name):
            raise ConfigError(f"--{name.replace('_', '-')}: shows something, and a plan is none of it; leave it out")


def _folder(given: str | None) -> Path:
    """Where results go, which nothing is in the way of.

    Raises
    ------
    ConfigError
        Where something is.
    """
    if given is None:
        return Path("outputs") / datetime.now().strftime("%Y-%m-%d/%H-%M-%S-%f")
    folder = Path(given)
    there = next((one for one in (folder, *folder.parents) if one.exists()), Path())
    if not there.is_dir():
        raise ConfigError(f"plan.folder: {there} is no folder; give another name")
    if not os.access(there, os.W_OK | os.X_OK):
        raise ConfigError(f"plan.folder: {there} cannot be written to; give another folder")
    return folder


def _listed(every: Families, draws: int) -> Sequence[Family]:
    """All families; more candidates than anybody reads, or possibilities than there is room for, are refused."""
    size = every.size
    if size is not None and size > MOST:
        raise ConfigError(
            f"count: {size} candidates are more than the {MOST} that are listed; give fewer, or --trials 200 for "
            "Optuna to choose some (pip install 'paceline[optuna]')"
        )
    if size is not None and size * draws > MOST_DRAWN:
        raise ConfigError(
            f"--draws: {draws} possibilities of each of {size} candidates are more than {MOST_DRAWN:g}; give at most "
            f"{MOST_DRAWN // size}"
        )
    return every.listed()


class Opened:
    """Runs of some words by Hydra, which is there until a stack is closed.

    Parameters
    ----------
    open_
        The stack.
    words
        Of the command, with all that is swept.
    """

    def __init__(self, open_: ExitStack, words: Sequence[str]) -> None:
        read = read_words([*words, "-m"])
        hydra = open_.enter_context(application(read.sources))
        self._jobs = Jobs(hydra.config_loader, read.sources.name, read.overrides, multirun=True)
        if not self._jobs.multiplied:
            raise ConfigError(
                "hydra/sweeper: a plan tries all values that it is given; leave it out, or say --trials 200"
            )

    @cached_property
    def spaces(self) -> Sequence[Values | Span]:
        """What each key that is swept has to choose from."""
        return self._jobs.spaces

    def run(self, chosen: Sequence[str]) -> Experiment:
        """The run that some words are chosen for.

        Parameters
        ----------
        chosen
            In place of what is swept, or beside it.
        """
        return self._jobs.experiment(self._jobs.chosen(chosen))


def _measured(given: Sequence[str], found: Sequence[Family], short: Mapping[str, str]) -> list[Own]:
    """What files have, of the machines that they are of."""
    families: dict[str, list[Family]] = {}
    for family in found:
        families.setdefault(family.machine.name, []).append(family)
    names = ", ".join(sorted(families))
    files: dict[str, list[str]] = {}
    if doubled := next((word for word in given if given.count(word) > 1), None):
        raise ConfigError(f"--on: {doubled} is there twice; give it once")
    for word in given:
        name, equals, path = word.rpartition("=")
        if not path:
            raise ConfigError(f"--on: {word or 'nothing'} names no file; give --on FILE, or --on NAME=FILE")
        if not equals and len(families) > 1:
            raise ConfigError(f"--on: {word} is of which machine? give --on NAME={word}, one of {names}")
        full = short.get(name, name) if equals else next(iter(families))
        if full not in families:
            raise ConfigError(f"--on: {name or 'nothing'} is none of the machines {names}; give one of them")
        files.setdefault(full, []).append(path)
    return [own(families[name], partial(_read, paths, families[name][0])) for name, paths in files.items()]


def _read(paths: Sequence[str], family: Family, job: Job) -> list[Measured]:
    """Files of measurements, which say something of the machines of a family."""
    with _of("--on"):
        files = [read_measured(given_path(path), job) for path in paths]
        if any(file.points for file in files):
            complete(files)
    for file in files:
        if not file.points and not file.across:
            raise ConfigError(
                f"--on: {file.file} has no collective of a ring between machines; measure one on two of them"
            )
        if file.collectives and kind_of(family.experiment.transport) is Transport.grpc_ps:
            raise ConfigError(f"--on: {file.file} is of collectives, and transport=grpc has servers; leave it out")
        if not file.points and isinstance(family.experiment.transport, Ideal):
            raise ConfigError(
                f"--on: {file.file} is of cards, and transport=ideal has none; give throughputs, or leave it out"
            )
    return files


@contextmanager
def _of(flag: str) -> Iterator[None]:
    """Have what is wrong with a file name the flag that it was given by."""
    try:
        yield
    except ValueError as error:
        raise ConfigError(f"{flag}: {error}") from error
    except OSError as error:
        raise ConfigError(f"{flag}: {error.filename}: {error.strerror}; give a file that can be read") from error
