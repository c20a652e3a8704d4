"""What each seed of a cell came to, in the quantity that is shown."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sim.evidence.censored import Waited, horizon, restricted, restricted_mean
from sim.evidence.interval import Interval, mean_interval
from sim.plot.cells import Cell, text
from sim.report.verdict import waits_of
from sim.results.objective import OBJECTIVES
from sim.results.rows import summary_types
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
        The test accuracy of the time to a target, 0 to 1; None: the target that the runs have raced to, or none.
    """
    if target is not None:
        return waits_of({**cell.row, "report.target": target}, cell.curve, cell.seeds)
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


def seeds_left_out(without: Iterable[tuple[str, int]]) -> list[str]:
    """What is to be said of seeds that have no such figure: a mean of the others alone would flatter.

    Parameters
    ----------
    without
        A name, and the number of its seeds that have none; names may occur again.
    """
    lost: Counter[str] = Counter()
    for name, count in without:
        lost[name] += count
    said = ", ".join(f"{name} ({count})" for name, count in lost.items() if count)
    return [f"Seeds that diverged have no such figure and are left out: {said}."] if said else []


def relative(y: str, first: Outcome, other: Outcome, workers: float) -> tuple[Interval, int]:
    """How many times as fast another is as the first, seed by seed: the geometric mean.

    Parameters
    ----------
    y
        One of `RELATIVE`.
    first, other
        What they came to; where seeds were cut off, what was waited until then counts.
    workers
        How many times as many workers the other has; an efficiency is divided by it.

    Returns
    -------
    Interval
        Of the ratio; not a number where nothing is known of it, as seeds of both were cut off.
    int
        -1: it is more than that, as seeds of the first were cut off; 1: it is less, as those of the other were; 0: it
        is known.
    """
    same = first is other
    bound = 0 if same else bool(cut_off(other)) - bool(cut_off(first))
    ends = [horizon(each.values()) for each in (first, other)]
    seeds = sorted(first.keys() & other.keys())
    pairs = [(restricted(first[seed], ends[0]), restricted(other[seed], ends[1])) for seed in seeds]
    if RELATIVE[y] == "samples_per_second":
        pairs = [(rate, slowest) for slowest, rate in pairs]
    logs = [math.log(before / after) for before, after in pairs if before > 0.0 and 0.0 < after < math.inf]
    unknown = not same and cut_off(first) and cut_off(other)
    found = mean_interval([math.nan] if unknown or len(logs) < len(pairs) else logs)
    share = workers if y.endswith("efficiency") else 1.0
    value, low, high = (None if end is None else math.exp(end) / share for end in found[:3])
    return Interval(math.nan if value is None else value, low, high, len(pairs)), bound
