"""Tuning: every candidate of every cell on some seeds, the best of each cell on others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.config.error import ConfigError
from sim.config.jobs import Job, Jobs
from sim.results.rows import Summary
from sim.sweep.time_left import Pace
from sim.tune.edge import at_edge
from sim.tune.plan import Candidate, Plan, Run, key_of
from sim.tune.score import Score, ranked, score
from sim.tune.stage import Told, simulated
from sim.tune.study import Study

#: Where the runs are, in the folder of the tuning, that choose, and those that judge.
TUNING, JUDGING = "tuning", "judging"

#: What has come of each run: its folder and its summary.
Found = Mapping[Run, tuple[Path, Summary]]


@dataclass(frozen=True)
class TunedCell:
    """What has come of one cell.

    Attributes
    ----------
    cell
        Which.
    candidates
        All that were tried, the best first, with their scores on the seeds that choose.
    edges
        The keys at whose edge the best is.
    judged
        The score of the best on the seeds that judge.
    runs
        The folders of the runs that judge, by seed.
    seconds
        Virtual time of all runs that have chosen (s).
    """

    cell: Job
    candidates: Mapping[Candidate, Score]
    edges: Sequence[str]
    judged: Score
    runs: Mapping[int, Path]
    seconds: float

    @property
    def winner(self) -> Candidate:
        """The best candidate."""
        return next(iter(self.candidates))


def tuned(jobs: Jobs, plan: Plan, folder: Path, told: Told) -> list[TunedCell]:
    """Tune every cell, and judge what was chosen.

    Parameters
    ----------
    jobs
        Of the command line without what is tuned.
    plan
        What is to be done.
    folder
        Where it is done.
    told
        Who hears of the runs.

    Raises
    ------
    ConfigError, sim.tune.stage.FailedRunsError, KeyboardInterrupt
        As `sim.tune.stage.simulated` does.
    """
    found: dict[Run, tuple[Path, Summary]] = {}
    pace = Pace(plan.runs)
    for runs in _rounds(plan, found):
        found |= simulated(jobs, folder / TUNING, runs, plan.asked_on(plan.tuning), told, pace)
    tried = [_scores(plan, cell, found) for cell in plan.cells]
    best = [next(iter(scores)) for scores in tried]
    runs = [Run(cell, each, seed) for cell, each in zip(plan.cells, best, strict=True) for seed in plan.judging]
    judged = simulated(jobs, folder / JUDGING, runs, plan.asked_on(plan.judging), told, pace)
    cells = []
    for cell, scores in zip(plan.cells, tried, strict=True):
        of_cell = {run.seed: each for run, each in judged.items() if run.cell is cell}
        cells.append(
            TunedCell(
                cell=cell,
                candidates=scores,
                edges=at_edge(plan.spaces, next(iter(scores))),
                judged=_score(plan, {seed: summary for seed, (_, summary) in of_cell.items()}),
                runs={seed: directory for seed, (directory, _) in of_cell.items()},
                seconds=math.fsum(each.virtual_seconds or 0.0 for run, (_, each) in found.items() if run.cell is cell),
            )
        )
    return cells


def _rounds(plan: Plan, found: Found) -> Iterator[list[Run]]:
    """Runs that choose: all at once, or with Optuna one candidate of each cell after the other."""
    if plan.trials is None:
        # Runs that differ in what is tuned follow each other: where that leaves the clock as it is, it runs once.
        yield [Run(cell, each, seed) for cell in plan.cells for seed in plan.tuning for each in plan.candidates]
        return
    studies = [Study(plan.spaces, plan.judging.start, _name(cell)) for cell in plan.cells]
    for _ in range(plan.trials):
        chosen = [study.ask() for study in studies]
        yield [Run(cell, each, seed) for cell, each in zip(plan.cells, chosen, strict=True) for seed in plan.tuning]
        for study, cell, each in zip(studies, plan.cells, chosen, strict=True):
            figures = [plan.objective.finite(found[Run(cell, each, seed)][1]) for seed in plan.tuning]
            study.tell(plan.objective.sign * math.fsum(figures) / len(figures))


def _name(cell: Job) -> str:
    """A cell by what it asks, whatever else is tuned."""
    return " ".join(sorted(word for word in cell.asked if key_of(word) != "seed"))


def _scores(plan: Plan, cell: Job, found: Found) -> dict[Candidate, Score]:
    """All candidates of a cell, the best first."""
    summaries: dict[Candidate, dict[int, Summary]] = {}
    for run, (_, summary) in found.items():
        if run.cell is cell:
            summaries.setdefault(run.candidate, {})[run.seed] = summary
    scores = {candidate: _score(plan, of_one) for candidate, of_one in summaries.items()}
    return {candidate: scores[candidate] for candidate in ranked(scores)}


def _score(plan: Plan, summaries: Mapping[int, Summary]) -> Score:
    try:
        return score(plan.objective, summaries)
    except ValueError as error:
        raise ConfigError(str(error)) from error
