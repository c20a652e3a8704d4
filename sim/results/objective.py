"""What a search for good settings goes by: a figure of the summary, and which way is better."""

from __future__ import annotations

import math
from difflib import get_close_matches
from typing import NamedTuple

from sim.evidence.censored import Waited
from sim.experiment import Experiment
from sim.option_name import option_name
from sim.results.rows import Summary

#: What a run that has diverged counts where a finite number is wanted, in the unit of the figure; as a time 30 years.
NEVER = 1e9


class Objective(NamedTuple):
    """A field of the summary that is to be as small, or as large, as possible.

    Attributes
    ----------
    name
        Of the field.
    less
        Whether less of it is better.
    up_to
        The field that says how far a run came that was cut off before the objective was known; "": it is always known.
    """

    name: str
    less: bool
    up_to: str = ""

    @property
    def sign(self) -> int:
        """What a figure is multiplied by to be a cost, of which less is better."""
        return 1 if self.less else -1

    def cost(self, summary: Summary) -> Waited:
        """What a run came to, as a cost; of one that was cut off, what is known to be too little.

        A run that has diverged would cost infinitely much, and so does what one waits for that has stalled.

        Raises
        ------
        ValueError
            Where the run has not measured it.
        """
        if summary.status == "diverged":
            return Waited(math.inf, False)
        value = getattr(summary, self.name)
        if value is None and self.up_to and summary.status == "stalled":
            return Waited(math.inf, False)
        if value is not None:
            return Waited(self.sign * float(value), True)
        bound = getattr(summary, self.up_to) if self.up_to else None
        if bound is None:
            raise ValueError(
                f"sweep.objective: the run has no {self.name}; choose what this problem and this protocol measure"
            )
        return Waited(float(bound), False)

    def finite(self, summary: Summary) -> float:
        """The figure as a number, as a sweeper of Hydra's wants it.

        Of a run that was cut off it is the bound (`up_to`), of one that has diverged `NEVER`, or -`NEVER` where more is
        better.

        Raises
        ------
        ValueError
            Where the run has not measured it.
        """
        cost = self.cost(summary).seconds
        return self.sign * (cost if math.isfinite(cost) else NEVER)


OBJECTIVES = {
    each.name: each
    for each in (
        Objective("seconds_to_target", True, "virtual_seconds"),
        Objective("smoothed_seconds_to_target", True, "virtual_seconds"),
        Objective("updates_to_target", True, "updates"),
        Objective("samples_to_target", True, "samples"),
        Objective("final_train_loss", True),
        Objective("final_test_loss", True),
        Objective("final_test_accuracy", False),
        Objective("final_test_rmse", True),
        Objective("best_test_accuracy", False),
        Objective("mean_worker_loss", True),
        Objective("worst_worker_loss", True),
        Objective("consensus_distance", True),
        Objective("virtual_seconds", True),
        Objective("seconds_per_epoch", True),
        Objective("samples_per_second", False),
        Objective("updates_per_second", False),
        Objective("bytes_sent", True),
        Objective("mean_staleness", True),
        Objective("wait_fraction", True),
        Objective("communicate_fraction", True),
    )
}


def objectives(names: list[str]) -> list[Objective]:
    """Objectives by their names.

    Raises
    ------
    ValueError
        Where there is none of a name, or one is named twice.
    """
    for name in names:
        if name not in OBJECTIVES:
            near = get_close_matches(name, OBJECTIVES, n=1)
            remedy = f"did you mean {near[0]}?" if near else f"choose of {', '.join(OBJECTIVES)}"
            raise ValueError(f"sweep.objective: {name!r} is no figure to go by; {remedy}")
        if names.count(name) > 1:
            raise ValueError(f"sweep.objective: {name} is named twice; name it once")
    return [OBJECTIVES[name] for name in names]


def objectives_of(names: list[str], experiment: Experiment) -> list[Objective]:
    """The objectives of an experiment.

    Parameters
    ----------
    names
        Those that are asked for; none: the time to the target where the run has one, else the test loss at its end, or
        where nothing is learned the samples per virtual second.
    experiment
        What is simulated.

    Raises
    ------
    ValueError
        As `objectives` does, and where an experiment without a target is to be judged by the time to it.
    """
    if not names and experiment.until.has_target:
        return objectives(["seconds_to_target"])
    if not names:
        return objectives(["final_test_loss" if experiment.problem.learns else "samples_per_second"])
    found = objectives(names)
    missing = _not_measured(experiment)
    for each in found:
        if each.name.endswith(missing):
            problem, protocol = option_name(experiment.problem), option_name(experiment.protocol)
            raise ValueError(
                f"sweep.objective: problem={problem} and protocol={protocol} have no {each.name}; choose a figure that "
                "they have"
            )
        if each.up_to and not experiment.until.has_target:
            raise ValueError(
                f"sweep.objective: {each.name} needs a target; give one, such as until.target_accuracy=0.9"
            )
        if each.name.startswith("smoothed") and experiment.until.smoothed_over == 1:
            raise ValueError(
                f"sweep.objective: {each.name} needs until.smoothed_over, of which 1 is no mean; give more"
            )
    return found


def _not_measured(experiment: Experiment) -> tuple[str, ...]:
    """How the names of figures end that a problem or a protocol does not have."""
    problem = experiment.problem
    metrics = tuple(f"_{each}" for each in ("accuracy", "rmse") if each != problem.metric)
    own = () if experiment.protocol.own_models else ("_worker_loss", "consensus_distance")
    return (*metrics, *own) if problem.learns else (*metrics, "_loss", "consensus_distance")
