"""Having the parts of a study done: what is finished in its folder is not done again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sim.cluster.feasibility import check_options
from sim.config.error import ConfigError
from sim.config.jobs import Jobs
from sim.experiment import Experiment
from sim.option_name import option_name
from sim.study.study import Form, Part, Study
from sim.sweep.folder import SweepFolder
from sim.sweep.time_left import Pace
from sim.tune.document import write
from sim.tune.methods import compared
from sim.tune.plan import Plan, Run, plan
from sim.tune.stage import Told, simulated
from sim.tune.tuned import JUDGING, TUNING, tuned
from topologies.field_error import FieldError


class Planned(NamedTuple):
    """A part that can be done.

    Attributes
    ----------
    part
        Which.
    jobs
        Its combinations.
    seeds
        Those that judge.
    plan
        How it is tuned; None: nothing of it is.
    """

    part: Part
    jobs: Jobs
    seeds: range
    plan: Plan | None

    @property
    def asked(self) -> dict[str, str]:
        """What is asked of its runs that judge, by key; see `sim.config.jobs.Jobs.asked`."""
        return {**self.jobs.asked, "seed": f"seed=range({self.seeds.start},{self.seeds.stop})"}

    @property
    def runs(self) -> int:
        """How many runs it has."""
        return self.plan.runs if self.plan is not None else len(list(self.jobs)) * len(self.seeds)


def planned(jobs_of: Callable[[Sequence[str]], Jobs], study: Study, form: Form, more: Sequence[str]) -> list[Planned]:
    """Plan all parts, so that what cannot be asked is found before the first run.

    Parameters
    ----------
    jobs_of
        Makes the jobs of a sweep from its words.
    study
        Which.
    form
        Quick or full.
    more
        Words that take the place of the parts' own.

    Raises
    ------
    ConfigError, hydra.errors.HydraException, omegaconf.errors.OmegaConfBaseException
        Where a part cannot be composed.
    """
    found = []
    for part in study.parts:
        jobs = jobs_of(part.asked(form, more))
        for cell in jobs:
            _check(jobs.experiment(cell), study, part)
        first, judging = int(jobs.common.seed), part.judging(form)
        over = part.choices(form)
        tuning = plan(jobs, over, part.choosing(form), judging, None) if over else None
        found.append(Planned(part, jobs, range(first, first + judging), tuning))
    return found


def _check(experiment: Experiment, study: Study, part: Part) -> None:
    """Refuse what cannot be simulated, and a user's problem that does not measure what the study goes by."""
    try:
        check_options(experiment)
    except FieldError as error:
        raise ConfigError(str(error)) from error
    metric = experiment.problem.metric
    if part.own_problem:
        return
    if not experiment.problem.learns or study.metric not in (None, metric):
        by = "a problem that learns" if study.metric is None else f"test {study.metric}"
        raise ConfigError(f"--problem {option_name(experiment.problem)}: this study goes by {by}; choose another")


def check_folder(parts: Sequence[Planned], folder: Path, form: Form) -> None:
    """Refuse a folder in which something else has been asked, before the first run.

    Raises
    ------
    ConfigError
        With the folder.
    """
    for each in parts:
        place = folder / form / each.part.name
        asked = each.asked if each.plan is None else each.plan.asked_on(each.plan.tuning)
        another = SweepFolder(place if each.plan is None else place / TUNING).holds_another(asked)
        if another is not None:
            raise ConfigError(f"study.folder={folder}: holds {another}; choose another folder")


def done(parts: Sequence[Planned], folder: Path, told: Told) -> Mapping[str, Path]:
    """Have parts done.

    Parameters
    ----------
    parts
        Which.
    folder
        Where their folders belong.
    told
        Who hears of the runs.

    Returns
    -------
    dict
        Name of a part -> the folder of the runs that judge.

    Raises
    ------
    ConfigError, sim.tune.stage.FailedRunsError, KeyboardInterrupt
        As `sim.tune.stage.simulated` does.
    """
    folders = {}
    for each in parts:
        place = folder / each.part.name
        if each.plan is not None:
            cells = tuned(each.jobs, each.plan, place, told)
            write(place, each.plan, cells, compared(cells))
            place /= JUDGING
        else:
            runs = [Run(cell, (), seed) for cell in each.jobs for seed in each.seeds]
            simulated(each.jobs, place, runs, each.asked, told, Pace(len(runs)))
        folders[each.part.name] = place
    return folders
