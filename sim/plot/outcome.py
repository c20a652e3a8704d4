"""What each seed of a cell came to, in the quantity that is shown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from sim.evidence.censored import Waited, horizon, restricted, restricted_mean
from sim.evidence.interval import Interval, mean_interval
from sim.plot.cells import Cell, text
from sim.results.objective import OBJECTIVES
from sim.results.rows import summary_types
from sim.results.series import waited as waited_for
from sim.results.units import level

#: How much sooner, and how much of it per worker, than with the fewest workers: name -> the figure that is compared.
RELATIVE = {
    "speed_up": "seconds_to_target",
    "efficiency": "seconds_to_target",
    "throughput_speed_up": "samples_per_second",
    "throughput_efficiency": "samples_per_second",
}
#: By seed.
Outcome = Mapping[int, Waited]


def outcome(cell: Cell, y: str, target: float | None) -> Outcome:
    """What each seed came to, or how far it came that was cut off before it was known; none that has not measured it.

    Parameters
    ----------
    cell
        The runs.
    y
        A figure of the summary.
    target
        The test accuracy of times to a target, 0 to 1; None: the target that the runs have raced to.
    """
    if y == "seconds_to_target" and target is not None and target != cell.row.get("until.target_accuracy"):
        found = waited_for(cell.curve, target)
        lost = {seed for seed, summary in cell.seeds.items() if summary.status == "diverged"}
        return {
            seed: Waited(math.inf, False) if seed in lost and not each.reached else each for seed, each in found.items()
        }
    objective = OBJECTIVES.get(y)
    if objective is not None and objective.up_to:
        return {seed: objective.cost(summary) for seed, summary in cell.seeds.items()}
    known = {seed: getattr(summary, y) for seed, summary in cell.seeds.items()}
    return {seed: Waited(float(value), True) for seed, value in known.items() if value is not None}


def less_is_better(y: str) -> bool | None:
    """Whether less of a figure is better; None where neither is."""
    if y in RELATIVE:
        return False
    objective = OBJECTIVES.get(y)
    return None if objective is None else objective.less


def is_figure(y: str) -> bool:
    """Whether a name is that of a figure of the summary that is a number."""
    kind = summary_types().get(y)
    return kind is not None and (isinstance(0.0, kind) or isinstance(0, kind))


def target_of(cells: Sequence[Cell], target: float | None) -> str:
    """What runs race to, in words.

    Raises
    ------
    ValueError
        Where they race to nothing, or not all to the same, and no target is given.
    """
    if target is not None:
        return f"{level(target)} test accuracy"
    goals = {(cell.row.get("until.target_accuracy"), cell.row.get("until.target_loss")) for cell in cells}
    if len(goals) > 1:
        said = ", ".join(sorted(text(each) for goal in goals for each in goal if each is not None))
        raise ValueError(f"--target: the runs race to different targets ({said}); give one, such as --target 0.9")
    accuracy, loss = goals.pop()
    if accuracy is not None:
        return f"{level(accuracy)} test accuracy"
    if loss is not None:
        return f"test loss {loss:g}"
    raise ValueError("--target: the runs had no target of their own; give one, such as --target 0.9")


def mean_of(found: Outcome) -> Interval:
    """The mean over the seeds with its interval; where some were cut off, of what was waited up to their bound."""
    waited = list(found.values())
    return restricted_mean(waited, horizon(waited))


def cut_off(found: Outcome) -> int:
    """How many seeds were cut off."""
    return sum(not each.reached for each in found.values())


def relative(y: str, first: Outcome, other: Outcome, workers: float) -> tuple[Interval, bool]:
    """How many times as fast another is as the first, seed by seed: the geometric mean.

    Parameters
    ----------
    y
        One of `RELATIVE`.
    first, other
        What they came to.
    workers
        How many times as many workers the other has; an efficiency is divided by it.

    Returns
    -------
    Interval
        Of the ratio.
    bool
        Whether it is a bound: seeds of the other were cut off, it is less than this.
    """
    seeds = [seed for seed in sorted(first.keys() & other.keys()) if first[seed].reached]
    bound = horizon(other.values())
    ratios = [first[seed].seconds / restricted(other[seed], bound) for seed in seeds]
    if RELATIVE[y] == "samples_per_second":
        ratios = [1.0 / ratio for ratio in ratios]
    logs = mean_interval([math.log(ratio) for ratio in ratios if 0.0 < ratio < math.inf] or [math.nan])
    share = workers if y.endswith("efficiency") else 1.0
    ends = [None if end is None else math.exp(end) / share for end in logs[:3]]
    value = math.nan if ends[0] is None else ends[0]
    return Interval(value, ends[1], ends[2], logs.n), any(not other[seed].reached for seed in seeds)
