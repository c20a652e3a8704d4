"""What is tuned, on which seeds, and what it is judged on."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sim.config.error import ConfigError
from sim.config.jobs import Job, Jobs
from sim.config.space import Span, Values
from sim.printable import printable
from sim.report.grouping import BESIDE
from sim.results.objective import Objective, objectives_of
from sim.sweeping import OnImpossible

#: How far the seeds that choose are from those that judge.
APART = 1_000_000

#: The key whose options are methods where it is swept; where it is not, they are the values of what is swept first.
METHOD = "protocol"

#: A choice: ``key=value`` words, one of each key that is tuned.
Candidate = tuple[str, ...]


class Run(NamedTuple):
    """One run of a plan.

    Attributes
    ----------
    cell
        What is tuned.
    candidate
        What has been chosen for it.
    seed
        Its seed.
    """

    cell: Job
    candidate: Candidate
    seed: int

    def job(self, number: int) -> Job:
        """The job that simulates it, the one of a number in its sweep."""
        seed = f"seed={self.seed}"
        own = (word for word in self.cell.overrides if key_of(word) != "seed")
        return Job(number, (*own, seed, *self.candidate), (*self.cell.varied, *self.candidate, seed))


@dataclass(frozen=True)
class Plan:
    """What is to be done.

    Attributes
    ----------
    cells
        What is tuned, each by itself: a job for every combination of what is swept.
    spaces
        What each key that is tuned has to choose from.
    objective
        What the choice goes by.
    tuning, judging
        The seeds that choose, and those that judge.
    trials
        How many candidates Optuna tries for each cell; None: all combinations are tried.
    asked
        What is asked, by key; see `sim.config.jobs.Jobs.asked`.
    """

    cells: Sequence[Job]
    spaces: Sequence[Values | Span]
    objective: Objective
    tuning: range
    judging: range
    trials: int | None
    asked: Mapping[str, str]

    @property
    def candidates(self) -> list[Candidate]:
        """All combinations of the values to choose from."""
        return list(itertools.product(*(each.words for each in self.spaces if isinstance(each, Values))))

    @property
    def tried(self) -> int:
        """How many candidates are tried for each cell."""
        return len(self.candidates) if self.trials is None else self.trials

    @property
    def runs(self) -> int:
        """How many runs that makes, of all cells."""
        return len(self.cells) * (self.tried * len(self.tuning) + len(self.judging))

    def asked_on(self, seeds: range) -> dict[str, str]:
        """What is asked of the runs on some seeds."""
        return {**self.asked, "seed": f"seed=range({seeds.start},{seeds.stop})"}


def plan(jobs: Jobs, over: Sequence[str], seeds: int, judge: int, trials: int | None) -> Plan:
    """Plan what a command line asks for.

    Parameters
    ----------
    jobs
        Of the command line without what is tuned.
    over
        What is tuned, as overrides.
    seeds, judge
        How many seeds choose, and how many judge, >= 1.
    trials
        See `Plan`.

    Raises
    ------
    ConfigError
        Where that is not to be had: a key that is tuned and swept, seeds that are swept, intervals without `trials`.
    """
    cells, spaces = list(jobs), [jobs.space(word) for word in over]
    _check_keys(jobs, cells, [each.key for each in spaces])
    for word, each in zip(over, spaces, strict=True):
        if isinstance(each, Span) and trials is None:
            raise ConfigError(
                f"--over {word}: has no values to try one by one; list them, or say --trials 20 for Optuna"
            )
    first = int(jobs.common.seed)
    asked = {**jobs.asked, **{each.key: word for each, word in zip(spaces, over, strict=True)}}
    return Plan(
        cells=cells,
        spaces=spaces,
        objective=_objective(jobs, cells, spaces),
        tuning=range(first + APART, first + APART + seeds),
        judging=range(first, first + judge),
        trials=trials,
        asked=asked,
    )


def key_of(word: str) -> str:
    """The key of an override."""
    return word.lstrip("+~").partition("=")[0]


def method_key(cell: Job) -> str | None:
    """The key whose values are the methods; None where nothing is swept."""
    keys = [key_of(word) for word in cell.varied]
    return METHOD if METHOD in keys else next(iter(keys), None)


def name_of(words: Sequence[str]) -> str:
    """Words as they are said of a cell or a method: a protocol by its name alone."""
    return printable(" ".join(word.partition("=")[2] if key_of(word) == METHOD else word for word in words))


def _check_keys(jobs: Jobs, cells: Sequence[Job], tuned: Sequence[str]) -> None:
    swept = {key_of(word) for cell in cells for word in cell.varied}
    for key in tuned:
        if key in swept:
            raise ConfigError(
                f"--over {key}: is swept, too, by an experiment or hydra.sweeper.params; keep one of them"
            )
        if key in BESIDE:
            raise ConfigError(f"--over {key}: says how often something is simulated, not what; tune another key")
    for key in jobs.asked.keys() & {*BESIDE} - {"seed"}:
        raise ConfigError(f"{jobs.asked[key]}: tuning has seeds of its own; leave it out, and say --seeds and --judge")
    if jobs.common.sweep.on_impossible != OnImpossible.refuse:
        raise ConfigError(
            "sweep.on_impossible=skip: would leave some cells fewer candidates than others; leave it out, and sweep "
            "over what can be simulated"
        )
    if "seed" in swept:
        raise ConfigError(
            f"{jobs.asked.get('seed', 'seed')}: seeds are counted from one on; give the first, and --seeds and --judge"
        )


def _objective(jobs: Jobs, cells: Sequence[Job], spaces: Sequence[Values | Span]) -> Objective:
    """The one figure that all cells are tuned by."""
    some = tuple(each.words[0] if isinstance(each, Values) else each.word(each.low) for each in spaces)
    names, found = [str(name) for name in jobs.common.sweep.objective], {}
    for cell in cells:
        experiment = jobs.experiment(Run(cell, some, 0).job(0))
        if experiment.replicas > 1:
            raise ConfigError(f"replicas={experiment.replicas}: tuning has seeds of its own; say --seeds and --judge")
        try:
            for each in objectives_of(names, experiment):
                found[each.name] = each
        except ValueError as error:
            raise ConfigError(str(error)) from error
    if len(found) > 1:
        raise ConfigError(f"sweep.objective=[{','.join(found)}]: tuning goes by one figure; name that")
    return next(iter(found.values()))
