"""Having runs done, as a sweep: what is finished in its folder is not done again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sim.config.error import ConfigError
from sim.config.jobs import Jobs
from sim.results.read import read_summary
from sim.results.result import SUMMARY
from sim.results.rows import Summary
from sim.sweep.agenda import Agenda, agenda
from sim.sweep.folder import SweepFolder
from sim.sweep.steps import carry_out
from sim.sweep.task import Ended
from sim.sweep.time_left import Pace
from sim.sweeping import OnImpossible
from sim.tune.plan import Run


class FailedRunsError(Exception):
    """Runs have failed, without which nothing can be chosen."""

    def __init__(self, failed: Sequence[Ended], runs: int) -> None:
        super().__init__(f"{len(failed)} of {runs} runs failed")
        self.failed = failed


class Told(NamedTuple):
    """Who is told what happens.

    Attributes
    ----------
    begins
        Of what is to be done, before the first run.
    ended
        Of how the runs have ended.
    """

    begins: Callable[[Agenda], None]
    ended: Callable[[Sequence[Ended]], None]


def simulated(
    jobs: Jobs, folder: Path, runs: Sequence[Run], asked: Mapping[str, str], told: Told, pace: Pace
) -> dict[Run, tuple[Path, Summary]]:
    """Have runs done.

    Parameters
    ----------
    jobs
        Of the command line.
    folder
        Where their results belong.
    runs
        Which.
    asked
        What is asked of them, by key.
    told
        Who hears of it.
    pace
        Of all runs of the tuning.

    Returns
    -------
    dict
        The folder and the summary of each.

    Raises
    ------
    ConfigError
        Before the first, where one cannot be simulated, or the folder is another's.
    FailedRunsError
        In the end, where some have.
    KeyboardInterrupt
        When what was being run at an interrupt is finished.
    """
    listed = jobs.listed([run.job(number) for number, run in enumerate(runs)], asked)
    place = SweepFolder(folder)
    another = place.holds_another(asked)
    if another is not None:
        raise ConfigError(f"hydra.sweep.dir={folder.parent}: holds {another}; choose another folder, or ask the same")
    drawn = agenda(listed, place, OnImpossible.refuse)
    told.begins(drawn)
    pace.spare(len(runs) - len(drawn.to_do))
    ended = carry_out(listed, jobs.loader, drawn, pace=pace)
    told.ended(ended)
    if len(ended) < len(drawn.to_do):
        raise KeyboardInterrupt
    failed = [each for each in ended if each.failure]
    if failed:
        raise FailedRunsError(failed, drawn.jobs)
    where = {item.question: item.directory for item in (*drawn.finished, *drawn.to_do)}
    found = {}
    for item in (*drawn.finished, *drawn.to_do, *drawn.repeated):
        directory = where[item.question]
        found[runs[item.job.number]] = directory, read_summary(directory / SUMMARY)
    return found
