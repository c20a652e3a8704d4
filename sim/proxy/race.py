"""Runs of an experiment to its target on several seeds, at the best of some learning rates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from sim.evidence.censored import Waited
from sim.experiment import Experiment
from sim.results.objective import OBJECTIVES
from sim.results.rows import Summary
from sim.simulate import simulate
from sim.tune.plan import APART
from sim.tune.score import Score, ranked, score

#: Learning rates are powers of this times the one that is given; the next one beyond is tried as long as the best is at
#: an edge, up to so many steps away.
STEP, FARTHEST = 2.0, 10
SAMPLES = OBJECTIVES["samples_to_target"]


class Seeds(NamedTuple):
    """On which seeds is raced.

    Attributes
    ----------
    judging
        How many, from the experiment's on, >= 1.
    tuning
        How many others choose the learning rate, >= 0; 0: it is the one that is given.
    """

    judging: int = 8
    tuning: int = 2


@dataclass(frozen=True)
class Race:
    """What has come of it.

    Parameters
    ----------
    experiment
        With the learning rate that was chosen.
    summaries
        Of the run of each seed.
    tried
        Of each learning rate, what it came to on the seeds that choose; none where it was given.
    """

    experiment: Experiment
    summaries: Mapping[int, Summary]
    tried: Mapping[float, Score]

    @property
    def samples(self) -> Mapping[int, Waited]:
        """Samples to the target, by seed; where it was not reached, those until the run was cut off."""
        return {seed: SAMPLES.cost(summary) for seed, summary in self.summaries.items()}

    @property
    def reached(self) -> bool:
        """Whether all seeds got to the target."""
        return all(each.reached for each in self.samples.values())


def race(experiment: Experiment, seeds: Seeds = Seeds(), told: Callable[[], None] | None = None) -> Race:  # noqa: B008
    """Race to the target of an experiment.

    Parameters
    ----------
    experiment
        Which has a target, and a bound that does not depend on the clock.
    seeds
        On which.
    told
        Called after every run.

    Raises
    ------
    ValueError
        In one line, where it cannot be raced or simulated.
    """
    check_raced(experiment)

    def on(rate: float, numbers: Iterable[int]) -> dict[int, Summary]:
        found = {}
        for seed in numbers:
            asked = replace(experiment, optimizer=replace(experiment.optimizer, lr=rate), seed=seed)
            found[seed] = simulate(asked).summary
            if told is not None:
                told()
        return found

    first, usual = experiment.seed, experiment.optimizer.lr
    choosing = range(first + APART, first + APART + seeds.tuning)
    tried = _tried(lambda power: score(SAMPLES, on(usual * STEP**power, choosing))) if seeds.tuning else {}
    best = usual * STEP ** ranked(tried)[0] if tried else usual
    return Race(
        replace(experiment, optimizer=replace(experiment.optimizer, lr=best)),
        on(best, range(first, first + seeds.judging)),
        {usual * STEP**power: each for power, each in tried.items()},
    )


def check_raced(experiment: Experiment) -> None:
    """Refuse what cannot be raced.

    Parameters
    ----------
    experiment
        What is asked for.

    Raises
    ------
    ValueError
        Which names the key, the value and the remedy.
    """
    until = experiment.until
    if not experiment.problem.learns or not until.has_target:
        raise ValueError("until.target_accuracy: a race needs a target; give one, such as until.target_accuracy=0.9")
    if until.seconds is not None:
        raise ValueError(
            f"until.seconds={until.seconds:g}: ends runs by the clock, and samples are compared; give until.epochs"
        )
    if experiment.replicas > 1 or until.precision is not None:
        raise ValueError("replicas, until.precision: a race has seeds of its own; leave them out, and say how many")


def _tried(at: Callable[[int], Score]) -> dict[int, Score]:
    """The scores of learning rates, by the power of `STEP` that they are, with the best of them inside if it can be."""
    scores = {power: at(power) for power in (-1, 0, 1)}
    while True:
        best = ranked(scores)[0]
        beyond = best + (1 if best == max(scores) else -1)
        if beyond in scores or abs(beyond) > FARTHEST:
            return scores
        scores[beyond] = at(beyond)
