"""What is to be done for a sweep: every job checked before the first is run, and what is finished recognised."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from sim.cluster.blueprint import Blueprint
from sim.cluster.forecast import Forecast
from sim.config.build import ConfigError
from sim.config.jobs import Job, Jobs
from sim.config.mistakes import explain
from sim.experiment import Experiment
from sim.question import question
from sim.results.idle import alike
from sim.sweep.check import check
from sim.sweep.folder import SweepFolder, finished
from sim.sweep.naming import folder_name
from sim.sweeping import OnImpossible

#: The name of a job's folder where nobody has said another one: the sweep gives it one that tells what is in it.
NUMBERED = "${hydra.job.num}"
#: What composing or checking a config raises that is the user's to put right.
MISTAKES = (ConfigError, HydraException, OmegaConfBaseException)


@dataclass(frozen=True)
class Item:
    """A job with what it asks, and where its result belongs."""

    job: Job
    experiment: Experiment
    question: str
    directory: Path


@dataclass
class Agenda:
    """The jobs of a sweep.

    Attributes
    ----------
    folder
        Of the sweep.
    jobs
        How many were asked for.
    to_do
        Those that are to be run.
    finished
        Those whose result is there.
    repeated
        Those that ask what an earlier one asks, whose result is theirs.
    impossible
        Those that cannot be simulated, with the reason.
    notices
        What is to be said before the first run.
    forecasts
        What each of those to be done takes of this machine.
    """

    folder: SweepFolder
    jobs: int = 0
    to_do: list[Item] = field(default_factory=list)
    finished: list[Item] = field(default_factory=list)
    repeated: list[Item] = field(default_factory=list)
    impossible: list[tuple[Job, str]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    forecasts: list[Forecast] = field(default_factory=list)


def agenda(
    jobs: Jobs, folder: SweepFolder, on_impossible: OnImpossible, progress: Callable[[int, int], None] | None = None
) -> Agenda:
    """Draw up what is to be done.

    Nothing is written, and no cluster is made. The keys of all jobs are checked first, then what depends on data.

    Parameters
    ----------
    jobs
        Of the command line.
    folder
        Where their results belong.
    on_impossible
        What becomes of jobs that cannot be simulated.
    progress
        Is told how many jobs have been checked, and how many there are.

    Raises
    ------
    ConfigError
        At the first job that cannot be simulated, whose overrides it names, where they are not skipped; where the
        result of a run is there whose words have come to mean something else.
    """
    drawn = Agenda(folder)
    listed = list(jobs)
    drawn.jobs = len(listed)
    questions: set[str] = set()
    for job in listed:
        try:
            item = _item(jobs, job, folder)
        except MISTAKES as error:
            _put_aside(drawn, job, error, on_impossible)
            continue
        if item.question in questions:
            drawn.repeated.append(item)
        elif finished(item.directory, item.question, item.experiment.record):
            drawn.finished.append(item)
        else:
            folder.check_meaning(item.job.asked, item.question)
            drawn.to_do.append(item)
        questions.add(item.question)
    drawn.notices = alike(_blueprints(drawn, on_impossible, progress))
    return drawn


def _item(jobs: Jobs, job: Job, folder: SweepFolder) -> Item:
    experiment = jobs.experiment(job)
    digest = question(experiment)
    if jobs.subdir != NUMBERED:  # the user's own names
        return Item(job, experiment, digest, folder.path / str(jobs.config(job).hydra.sweep.subdir))
    there = folder.run(digest)
    return Item(job, experiment, digest, there or folder.path / folder_name(job.varied, digest))


def _blueprints(
    drawn: Agenda, on_impossible: OnImpossible, progress: Callable[[int, int], None] | None
) -> Iterator[Blueprint]:
    """Those of what is to be done, one at a time; what has none is taken off the list."""
    to_do, drawn.to_do = drawn.to_do, []
    for number, item in enumerate(to_do):
        if progress is not None:
            progress(number, len(to_do))
        try:
            blueprint = check(item.experiment)
        except MISTAKES as error:
            _put_aside(drawn, item.job, error, on_impossible)
            continue
        drawn.to_do.append(item)
        drawn.forecasts.append(blueprint.forecast)
        yield blueprint


def _put_aside(drawn: Agenda, job: Job, error: Exception, on_impossible: OnImpossible) -> None:
    reason = str(explain(error))
    if on_impossible is OnImpossible.refuse:
        which = f" (job {job.number + 1} of {drawn.jobs}: {job})" if drawn.jobs > 1 else ""
        raise ConfigError(f"{reason}{which}") from error
    drawn.impossible.append((job, reason))
