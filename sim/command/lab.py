"""``paceline lab``: the same experiment as real processes over emulated links, beside its prediction."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from hydra._internal.hydra import Hydra

from sim.cluster.blueprint import Blueprint
from sim.command.flags import SHOWING
from sim.command.hearing import USER
from sim.command.telling import FAILED
from sim.command.words import Words, read_words
from sim.config.application import application
from sim.config.error import ConfigError
from sim.config.jobs import Jobs
from sim.config.run_config import BESIDE
from sim.config.yaml_text import plain_of
from sim.connections.group.connect import Collectives
from sim.given_path import given_path
from sim.lab.compare.document import LAB, write
from sim.lab.compare.doubt import doubts, load_of, most_workers, refuse
from sim.lab.compare.lab import Lab
from sim.lab.compare.page import render
from sim.lab.compare.prediction import predicting, words_of
from sim.lab.compare.refusals import check as check_lab
from sim.lab.compare.rows import compared
from sim.lab.compare.side import Side, of_job, of_run
from sim.lab.compare.survey import survey
from sim.lab.compare.told import lines, measured_of
from sim.lab.job.crew import JobError
from sim.lab.job.measured import Measured
from sim.lab.job.run import run
from sim.lab.wires.apart import is_apart, start_again
from sim.lab.wires.available import machine
from sim.lab.wires.iproute import LabError
from sim.lab.wires.wired import Wires, wired
from sim.printable import printable
from sim.results.atomic import write_bytes_atomically
from sim.results.units import duration
from sim.sweep.check import check, check_room
from sim.sweep.ending import ended_in_order, unheard
from sim.sweep.run import near
from sim.sweep.time_left import Pace
from sim.tune.plan import Run, key_of
from sim.tune.stage import FailedRunsError, simulated
from topologies.field_error import FieldError

#: The keys of a lab.
FOLDER, SEEDS, ALLREDUCE = "lab.folder", "lab.seeds", "lab.allreduce"
#: Who can carry out all-reduces, the first where nobody is named.
REDUCERS = ("ring", "gloo")
#: Seeds that a lab has at most: each takes as long as it says.
MOST_SEEDS = 1000
#: What is in the folder of a lab.
PREDICTED, MEASURED, PAGE = "predicted", "measured", "lab.html"


class Asked(NamedTuple):
    """What a command line asks for.

    Attributes
    ----------
    words
        Of the experiment.
    folder
        Where the lab belongs.
    seeds
        How many.
    allreduce
        Who carries out all-reduces; None: nobody said.
    command
        As it was typed.
    """

    words: Words
    folder: Path
    seeds: int
    allreduce: str | None
    command: str


class Opened(NamedTuple):
    """What is asked, composed.

    Attributes
    ----------
    blueprint
        Of the first seed.
    config
        The same as keys and values.
    seeds
        All of them.
    """

    blueprint: Blueprint
    config: Mapping[str, Any]
    seeds: range


def main(arguments: list[str]) -> int:
    """Do a lab, and say what it has come to.

    Parameters
    ----------
    arguments
        What follows ``paceline lab``.

    Returns
    -------
    int
        Exit status: 0, or 1 where the job or its prediction has failed.

    Raises
    ------
    ConfigError, hydra.errors.HydraException, omegaconf.errors.OmegaConfBaseException
        Before anything is started, where the user has to put something right.
    """
    asked = _read(arguments)
    check_room()
    try:
        with application(asked.words.sources) as hydra:
            opened = _opened(asked, hydra)
            if not is_apart():
                start_again()
            with ended_in_order():
                return _done(asked, opened, hydra)
    except (FieldError, LabError) as error:
        raise ConfigError(str(error)) from error
    except FailedRunsError as failed:
        reason = next(each.failure for each in failed.failed)
        print(f"paceline: {failed}, the prediction's: {printable(str(reason))}", file=sys.stderr)
    except JobError as error:
        print(f"paceline: the job has failed: {printable(str(error))}", file=sys.stderr)
    return FAILED


def _opened(asked: Asked, hydra: Hydra) -> Opened:
    """Compose what is asked, and refuse what cannot be done."""
    jobs = Jobs(hydra.config_loader, asked.words.sources.name, asked.words.overrides, multirun=False)
    if jobs.multirun:
        raise ConfigError(
            "hydra.mode: a lab is of one experiment; leave it out, and give lab.seeds=5 for several seeds"
        )
    (job,) = jobs
    blueprint = check(jobs.experiment(job))
    here = machine()
    if here.missing is not None:
        raise ConfigError(f"lab: {here.missing}")
    check_lab(blueprint, asked.allreduce, delays=here.delays)
    config = plain_of(jobs.config(job))
    first = blueprint.experiment.seed
    return Opened(
        blueprint,
        {key: value for key, value in config.items() if key not in BESIDE},
        range(first, first + asked.seeds),
    )


def _done(asked: Asked, opened: Opened, hydra: Hydra) -> int:
    """Lay wires, measure, predict, have the job done, and compare."""
    blueprint, folder = opened.blueprint, asked.folder
    experiment = blueprint.experiment
    _clear(folder)
    graph = blueprint.graph
    assert graph is not None, "an ideal network has been refused"
    hosts = sum(kind == "host" for _, kind in graph.nodes(data="kind"))
    _tell(f"laying the wires of {hosts} hosts")
    with wired(experiment.network, hosts) as wires:
        found = survey(blueprint, wires, by_gloo=asked.allreduce == REDUCERS[1])
        _tell(*(f"measured: {line}" for line in measured_of(found)))
        refuse(found, experiment.workers, blueprint.seconds)
        words = words_of(found, experiment)
        predicted = _predicted(asked, opened, hydra, words)
        at, seconds = _now(), sum(side.seconds for side in predicted.values())
        _tell(f"predicted, in {near(folder / PREDICTED)}; now the job, which should take {duration(seconds)}")
        began = _now()
        jobs = _jobs(asked, opened, wires)
    load = load_of(list(jobs.values()), found, blueprint.seconds, seconds)
    measured = {seed: of_job(job) for seed, job in jobs.items()}
    figures = compared(measured, predicted, experiment.until)
    lab = Lab(
        command=asked.command,
        experiment=experiment,
        config=opened.config,
        allreduce=asked.allreduce or (REDUCERS[0] if blueprint.connection(Collectives) else None),
        words=words,
        survey=found,
        predicted_at=at,
        began_at=began,
        measured=measured,
        predicted=predicted,
        compared=figures,
        load=load,
        doubts=doubts(load, found, predicted),
        remarks=[*dict.fromkeys(each for job in jobs.values() for each in job.remarks), *figures.remarks],
        most_workers=most_workers(load),
    )
    _close(lab, folder)
    return 0


def _predicted(asked: Asked, opened: Opened, hydra: Hydra, own: Sequence[str]) -> dict[int, Side]:
    """Simulate every seed, each in a folder of its own."""
    words = predicting(asked.words.overrides, own)
    jobs = Jobs(hydra.config_loader, asked.words.sources.name, words, multirun=True)
    cell = next(iter(jobs))
    runs = [Run(cell, (), seed) for seed in opened.seeds]
    said = {**jobs.asked, "seed": f"seed=range({opened.seeds.start},{opened.seeds.stop})"}
    found = simulated(jobs, asked.folder / PREDICTED, runs, said, USER, Pace(len(runs)))
    return {each.seed: of_run(place) for each, (place, _) in found.items()}


def _jobs(asked: Asked, opened: Opened, wires: Wires) -> dict[int, Measured]:
    """Have the job done once for every seed."""
    experiment, found = opened.blueprint.experiment, {}
    for seed in opened.seeds:
        blueprint = Blueprint(replace(experiment, seed=seed))
        folder = asked.folder / MEASURED / f"seed-{seed}"
        folder.mkdir(parents=True)
        found[seed] = run(blueprint, wires, folder, by_gloo=asked.allreduce == REDUCERS[1])
        _tell(f"seed {seed}: {found[seed].updates} updates in {duration(found[seed].seconds)}")
    return found


def _close(lab: Lab, folder: Path) -> None:
    write(lab, folder)
    write_bytes_atomically(folder / PAGE, render(lab).encode())
    _tell(*lines(lab), f"{near(folder / PAGE)}, {LAB}")


def _tell(*said: str) -> None:
    with unheard():
        for line in said:
            print(line, flush=True)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _clear(folder: Path) -> None:
    """Remove what an earlier lab has left."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (LAB, PAGE):
        (folder / name).unlink(missing_ok=True)
    for name in (PREDICTED, MEASURED):
        shutil.rmtree(folder / name, ignore_errors=True)


def _read(arguments: list[str]) -> Asked:
    own = {key_of(word): word.partition("=")[2] for word in arguments if key_of(word).startswith("lab.")}
    twice = next((key for key, count in Counter(map(key_of, arguments)).items() if key in own and count > 1), None)
    if twice is not None:
        raise ConfigError(f"{twice}: given twice; keep one of them")
    unknown = next((key for key in own if key not in (FOLDER, SEEDS, ALLREDUCE)), None)
    if unknown is not None:
        raise ConfigError(f"{unknown}: no such key; a lab has {FOLDER}, {SEEDS} and {ALLREDUCE}")
    words = read_words([word for word in arguments if key_of(word) not in own])
    for name in ("multirun", "resume", *SHOWING):
        if getattr(words.flags, name):
            raise ConfigError(f"--{name.replace('_', '-')}: a lab does one experiment at once; leave it out")
    reducer = own.get(ALLREDUCE)
    if reducer not in (None, *REDUCERS):
        raise ConfigError(f"{ALLREDUCE}={reducer}: must be {' or '.join(REDUCERS)}")
    command = printable(shlex.join(["paceline", "lab", *arguments]))
    return Asked(words, _folder(own.get(FOLDER, "lab")), _seeds(own.get(SEEDS, "1")), reducer, command)


def _seeds(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= MOST_SEEDS):
        raise ConfigError(f"{SEEDS}={text}: must be a whole number from 1 to {MOST_SEEDS}; give for example 5")
    return int(text)


def _folder(text: str) -> Path:
    """Where a lab belongs: a folder that is new, or empty, or an earlier lab's, which the new one replaces."""
    if not text:
        raise ConfigError(f"{FOLDER}: no folder is given; give one, such as {FOLDER}=lab")
    folder = given_path(text).absolute()
    names = {LAB, PAGE, PREDICTED, MEASURED}
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{FOLDER}={text}: is no folder; give another name")
    if folder.is_dir() and not {each.name for each in folder.iterdir()} <= names:
        raise ConfigError(f"{FOLDER}={text}: holds other things than a lab; give another folder")
    return folder
