"""The steps of a sweep that the command and `sim.sweep.sweep` have in common."""

from __future__ import annotations

from pathlib import Path

from hydra.core.config_loader import ConfigLoader

from sim.config.error import ConfigError
from sim.config.jobs import Jobs
from sim.sweep.agenda import Agenda
from sim.sweep.ending import ended_in_order
from sim.sweep.folder import SweepFolder, newest
from sim.sweep.launch import launch
from sim.sweep.run import near
from sim.sweep.task import Ended, Task
from sim.sweep.time_left import Pace


def folder_of(jobs: Jobs, resume: bool) -> SweepFolder:
    """The folder of a sweep: the one that the config names, or with `resume` the newest that asks the same.

    Raises
    ------
    ConfigError
        Where another sweep has left its runs there, or there is none to go on with.
    """
    named = str(jobs.common.hydra.sweep.dir)
    if not resume:
        folder = SweepFolder(near(Path(named).absolute()))
        another = folder.holds_another(jobs.asked)
        if another is not None:
            raise ConfigError(f"hydra.sweep.dir={named}: holds {another}; choose another folder, or ask the same")
        return folder
    found = newest(Path(jobs.sweeps), jobs.asked)
    if found is None:
        raise ConfigError(f"--resume: no sweep below {jobs.sweeps} asks the same; leave it out to begin one")
    return SweepFolder(found)


def carry_out(
    jobs: Jobs, loader: ConfigLoader, drawn: Agenda, *, quiet: bool = False, pace: Pace | None = None
) -> list[Ended]:
    """Have done what is to be done.

    Parameters
    ----------
    jobs
        Of the sweep.
    loader
        Hydra's.
    drawn
        What is to be done, and where.
    quiet
        Whether nothing is printed.
    pace
        Of all sweeps that this one is one of; None: it is by itself.

    Raises
    ------
    ConfigError
        Where another sweep is at work in the folder.
    """
    task = Task(drawn.folder.path, drawn.jobs, quiet, pace=pace or Pace(len(drawn.to_do)))
    with ended_in_order(), drawn.folder.taken(jobs.asked):
        return launch(jobs, loader, drawn.to_do, task)
