"""``paceline tune``: every cell tuned with the same budget on seeds set apart, and judged on fresh ones."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sim.command.flags import FlagError, tuning
from sim.command.hearing import USER
from sim.command.telling import FAILED, INTERRUPTED, going_on, tell
from sim.command.words import Words, read_words
from sim.config.application import application
from sim.config.error import ConfigError
from sim.config.jobs import Jobs
from sim.sweep.check import check_room
from sim.sweep.ending import unheard
from sim.sweep.folder import newest
from sim.sweep.run import near
from sim.tune.document import TUNE, write
from sim.tune.methods import compared
from sim.tune.plan import Plan, key_of, plan
from sim.tune.said import budget, remarks, table
from sim.tune.stage import FailedRunsError
from sim.tune.tuned import JUDGING, TUNING, TunedCell, tuned

#: Where the folders of tunings are made.
FOLDER = Path("tune")


class Asked(NamedTuple):
    """What a command line asks for.

    Attributes
    ----------
    words
        All of its overrides.
    over
        Those of them that say what is tuned.
    options
        Its flags.
    """

    words: Words
    over: list[str]
    options: argparse.Namespace

    @property
    def cells(self) -> list[str]:
        """The overrides that say what it is tuned for."""
        return [word for word in self.words.overrides if word not in self.over]


def main(arguments: list[str]) -> int:
    """Tune what the command line asks for, and say what came of it.

    Parameters
    ----------
    arguments
        What follows ``paceline tune``.

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
    check_room()
    with application(asked.words.sources) as hydra:
        jobs = Jobs(hydra.config_loader, asked.words.sources.name, asked.cells, multirun=True)
        if not jobs.multiplied:
            name = jobs.common.hydra.runtime.choices["hydra/sweeper"]
            raise ConfigError(f"hydra/sweeper={name}: tune asks for runs itself; leave it out, or say --trials 20")
        planned = plan(jobs, asked.over, asked.options.seeds, asked.options.judge, asked.options.trials)
        folder = _folder(jobs, asked, planned)
        command = going_on("tune", arguments, folder)
        with unheard():
            print(budget(planned), flush=True)
        try:
            cells = tuned(jobs, planned, folder, USER)
        except KeyboardInterrupt as interrupt:
            raise KeyboardInterrupt(*interrupt.args or (INTERRUPTED,), f"; to go on: {command}") from interrupt
        except FailedRunsError as failed:
            print(f"{failed}, where is in failure.json in their folders, and nothing is chosen:")
            tell([f"{near(each.directory)}: {each.failure}" for each in failed.failed])
            print(f"to go on: {command}")
            return FAILED
    _close(planned, cells, folder, command)
    return 0


def _close(planned: Plan, cells: Sequence[TunedCell], folder: Path, command: str) -> None:
    from rich.console import Console

    settings = compared(cells)
    write(folder, planned, cells, settings)
    with unheard():
        console = Console(highlight=False)
        drawn = table(cells, planned.objective, console.width)
        console.print(drawn.table)
        for line in (*drawn.said(TUNE), *remarks(planned, cells, settings)):
            console.print(line, style="dim", markup=False, soft_wrap=True)
        print(f"{folder / TUNE}; the runs that judge: paceline report {folder / JUDGING}")
        print(f"to add to it, or go on: {command}")


def _folder(jobs: Jobs, asked: Asked, planned: Plan) -> Path:
    """The folder that is named, or with ``--resume`` the newest that asks the same, or a new one."""
    named = "hydra.sweep.dir" in map(key_of, asked.words.overrides)
    if asked.words.resume:
        if named:
            raise ConfigError("--resume: finds the folder by what is asked; leave out either that or hydra.sweep.dir")
        found = newest(FOLDER, planned.asked_on(planned.tuning))
        if found is None or found.name not in (TUNING, JUDGING):
            raise ConfigError(f"--resume: no tuning below {FOLDER} asks the same; leave it out to begin one")
        print(f"resuming {found.parent}")
        return found.parent
    if named or jobs.sweeps != "multirun":  # which a config of the user's own may say
        return near(Path(str(jobs.common.hydra.sweep.dir)).absolute())
    return FOLDER / datetime.now().strftime("%Y-%m-%d/%H-%M-%S-%f")


def _read(arguments: list[str]) -> Asked:
    try:
        options, rest = tuning().parse_known_args(arguments)
    except FlagError as error:
        raise ConfigError(f"tune: {error}; see paceline tune --help") from error
    if not options.over:
        raise ConfigError("tune: nothing says what is tuned; write for example --over optimizer.lr=0.05,0.1,0.2")
    words = read_words([*rest, "-m", *options.over])
    keys = {key_of(word) for word in options.over}
    over = [word for word in words.overrides if key_of(word) in keys]
    return Asked(words, over, options)
