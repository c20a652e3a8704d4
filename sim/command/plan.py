"""``paceline plan``: what to buy, and why."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sim.calibration.points import Job, Measured, complete, read_measured
from sim.command.devices import known
from sim.command.flags import FlagError, planning
from sim.command.words import read_words
from sim.config.application import application
from sim.config.error import ConfigError
from sim.config.jobs import Jobs
from sim.efficiency.table import read_table
from sim.experiment import Experiment
from sim.given_path import given_path
from sim.planning.asked import Asked, is_own, read_asked
from sim.planning.document import as_document
from sim.planning.families import families
from sim.planning.family import Family
from sim.planning.page import render
from sim.planning.plan import plan
from sim.planning.settings import Told
from sim.planning.told import lines
from sim.printable import printable
from sim.sweep.ending import unheard

#: How many candidates are listed.
MOST = 2000


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
    asked = read_asked([word for word in rest if is_own(word)])
    words = tuple(word for word in rest if not is_own(word))
    asked = Asked(**{**vars(asked), "words": words})
    table = None if options.table is None else read_table(options.table)
    catalogue = known([word for word in words if word.startswith("device.catalogue=")])
    found = families(asked, catalogue, composed)
    if len(found) * len(asked.counts) > MOST:
        raise ConfigError(
            f"count: {len(found) * len(asked.counts)} candidates are more than the {MOST} that are listed; give fewer"
        )
    measured = _measured(options.on or [], found)
    from sim.sweep.progress import counting_bar

    with counting_bar("planning") as progress:
        told: Told | None = None if progress is None else lambda _, done, whole: progress(done, whole)
        command = shlex.join(["paceline", "plan", *arguments])
        answer = plan(asked, found, command, draws=options.draws, measured=measured, table=table, told=told)
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
        for line in (*lines(answer), "", f"{folder}/plan.html, plan.json"):
            print(printable(line.replace("\N{NO-BREAK SPACE}", " ")))
    return 0


def composed(words: Sequence[str]) -> Sequence[tuple[Sequence[str], Experiment]]:
    """The runs that some words ask for, each with those that vary."""
    read = read_words([*words, "-m"])
    with application(read.sources) as hydra:
        jobs = Jobs(hydra.config_loader, read.sources.name, read.overrides, multirun=True)
        return [(job.varied, jobs.experiment(job)) for job in jobs]


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
