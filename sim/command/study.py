"""``paceline study NAME``: runs that are fixed beforehand, and what they say of claims of the field."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sim.command.flags import FlagError, studying
from sim.command.hearing import USER
from sim.command.telling import FAILED, INTERRUPTED, tell
from sim.command.words import Words, read_words
from sim.config.application import application
from sim.config.error import ConfigError
from sim.config.jobs import Jobs
from sim.given_path import given_path
from sim.plot.command import figure
from sim.printable import printable
from sim.results.atomic import write_bytes_atomically
from sim.studies import names, study
from sim.study.answered import Answered
from sim.study.claim import judged
from sim.study.document import form_of, write
from sim.study.markdown import text
from sim.study.page import render
from sim.study.parts import Planned, check_folder, done, planned
from sim.study.study import Drawing, Form
from sim.study.table import Table
from sim.study.told import counted, effect_of, itself_of
from sim.sweep.check import check_room
from sim.sweep.ending import unheard
from sim.sweep.run import near
from sim.tune.plan import key_of
from sim.tune.stage import FailedRunsError

#: Where the folders of studies are made, and the page in each, which is there as Markdown, too.
FOLDER, PAGE, TEXT = Path("studies"), "study.html", "study.md"
#: The key of the folder, and what may be said of a study beside it: where it runs, and on which data.
KEY = "study.folder"
OPEN = ("hydra/launcher", "hydra.launcher.", "problem.")


class Asked(NamedTuple):
    """What a command line asks for.

    Attributes
    ----------
    name
        Of the study.
    form
        Quick or full.
    folder
        Where it belongs.
    words
        What takes the place of the study's own words.
    """

    name: str
    form: Form
    folder: Path
    words: Words


def main(arguments: list[str]) -> int:
    """Do a study, and say what it has come to.

    Parameters
    ----------
    arguments
        What follows ``paceline study``.

    Returns
    -------
    int
        Exit status: 0, or 1 where a run has failed.

    Raises
    ------
    ConfigError, hydra.errors.HydraException, omegaconf.errors.OmegaConfBaseException
        Before anything is simulated, where the user has to put something right.
    """
    asked = _read(arguments)
    if asked is None:
        for name in names():
            print(f"{name}: {study(name).question}")
        return 0
    check_room()
    command = printable(shlex.join(["paceline", "study", *arguments]))
    with application(asked.words.sources) as hydra:
        name = asked.words.sources.name

        def jobs_of(words: Sequence[str]) -> Jobs:
            return Jobs(hydra.config_loader, name, words, multirun=True)

        Jobs(hydra.config_loader, name, asked.words.overrides, multirun=False)  # refuses several values of a key
        parts = planned(jobs_of, study(asked.name), asked.form, asked.words.overrides)
        check_folder(parts, asked.folder, asked.form)
        runs = sum(each.runs for each in parts)
        with unheard():
            print(
                f"{asked.name}, the {asked.form} form: {len(parts)} parts, {runs} runs; {near(asked.folder)}",
                flush=True,
            )
        try:
            folders = done(parts, asked.folder / asked.form, USER)
        except KeyboardInterrupt as interrupt:
            raise KeyboardInterrupt(*interrupt.args or (INTERRUPTED,), f"; to go on: {command}") from interrupt
        except FailedRunsError as failed:
            print(f"{failed}, where is in failure.json in their folders, and nothing is judged:")
            tell([f"{near(each.directory)}: {each.failure}" for each in failed.failed])
            print(f"to go on: {command}")
            return FAILED
        _close(asked, parts, folders, command)
    return 0


def _close(asked: Asked, parts: Sequence[Planned], folders: Mapping[str, Path], command: str) -> None:
    found, table = study(asked.name), Table(folders)
    claims = judged(found.claims, table)
    write(asked.folder, claims, asked.form)
    answered = Answered(
        name=asked.name,
        study=found,
        form=asked.form,
        claims=claims,
        itself=found.control(table),
        conclusion="" if found.conclusion is None else found.conclusion(table),
        parts=parts,
        drawings={each: _drawn(each, table, folders, asked.folder) for each in found.drawings},
        command=command,
        wall_seconds=table.wall_seconds,
    )
    write_bytes_atomically(asked.folder / PAGE, render(answered).encode())
    write_bytes_atomically(asked.folder / TEXT, text(answered, asked.folder).encode())
    with unheard():
        for each in answered.claims:
            print(printable(f"{each.claim.name} {each.answer}: {each.claim.statement}; {effect_of(each.effect)}"))
        print(itself_of(answered.itself))
        if answered.conclusion:
            print(answered.conclusion)
        print(f"of {len(answered.claims)} claims {counted(answered.claims)}; {near(asked.folder / PAGE)}")


def _drawn(drawing: Drawing, table: Table, folders: Mapping[str, Path], folder: Path) -> Path:
    """Draw a figure; returns its picture for the page, which is as wide as both columns of a paper."""
    output = folder / "figures" / drawing.name
    arguments = shlex.split(drawing.arguments.format(error=table.error(drawing.parts[0])))
    written = figure([*(str(folders[part]) for part in drawing.parts), *arguments, "--output", str(output)])
    return [path for path in written if path.suffix == ".svg"][-1]


def _read(arguments: list[str]) -> Asked | None:
    try:
        options, rest = studying().parse_known_args(arguments)
    except FlagError as error:
        raise ConfigError(f"study: {error}; see paceline study --help") from error
    if options.name is None and not arguments:
        return None
    if options.name not in names():
        none = "names none" if options.name is None else f"{options.name}: there is none"
        raise ConfigError(f"study {none}; choose of {', '.join(names())}")
    own = [word for word in rest if key_of(word) == KEY]
    others = [word for word in rest if word not in own]
    for word in others:
        if word.startswith("-") or ("=" in word and not key_of(word).startswith(OPEN)):
            raise ConfigError(
                f"{word}: what a study does is fixed before its runs; leave it out, or sweep with paceline -m"
            )
    words = read_words([*([f"problem={options.problem}"] if options.problem else []), *others])
    folder = given_path(own[-1].partition("=")[2]) if own else FOLDER / _folder_name(options)
    form = Form.quick if options.quick else Form.full
    if form is Form.quick and form_of(folder) is Form.full:
        raise ConfigError(f"{KEY}={folder}: holds the verdict of the full form; give another folder for the quick one")
    return Asked(options.name, form, folder.absolute(), words)


def _folder_name(options: argparse.Namespace) -> str:
    return options.name if options.problem is None else f"{options.name}_{options.problem}"
