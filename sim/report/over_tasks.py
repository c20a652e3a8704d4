"""The values of one key, such as the protocols, over all the tasks that the other settings of a sweep make."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sim.evidence.censored import Waited, horizon, restricted
from sim.evidence.interval import Interval
from sim.evidence.tasks import interquartile_mean, performance_profile
from sim.report.best import kinds_of, varied
from sim.report.compared import Compared
from sim.report.verdict import TIME
from sim.results.units import MISSING, number, percent

#: A profile is shown at these factors of the best time on a task.
FACTORS = (1.0, 1.5, 2.0, 4.0)


@dataclass(frozen=True)
class OverTasks:
    """What is compared over many tasks.

    Attributes
    ----------
    key
        Whose values are compared.
    tasks
        How many tasks there are on which at least one of them reached the target.
    relative
        Value -> interquartile mean over tasks and seeds of the time to the target, over that of the best value on the
        task (no unit), with its interval; where a seed did not get there, of what was waited.
    profiles
        Value -> share of the tasks on which its mean time is within each of `FACTORS` of the best.
    """

    key: str
    tasks: int
    relative: Mapping[str, Interval]
    profiles: Mapping[str, Sequence[float]]

    @property
    def title(self) -> str:
        """What stands over the table."""
        return f"Each {self.key} over {self.tasks} tasks"

    @property
    def heads(self) -> list[str]:
        """What stands over the columns."""
        within = [f"within {number(factor)}×" if factor > 1.0 else "best" for factor in FACTORS]
        return [self.key, "time / best (IQM)", *within]

    def cells(self) -> Iterator[list[str]]:
        """A row of text for each value, the best first."""
        for name, found in sorted(self.relative.items(), key=lambda item: item[1].value):
            interval = "" if found.low is None else f" [{number(found.low)}, {number(found.high)}]"
            mean = f"{number(found.value)}{interval}" if math.isfinite(found.value) else MISSING
            yield [name, mean, *(percent(share) for share in self.profiles[name])]


def over_tasks(found: Compared, key: str) -> OverTasks:
    """Compare the values of a key over tasks.

    Parameters
    ----------
    found
        The runs, of which each combination of the other settings that vary is a task.
    key
        A column of its table.

    Raises
    ------
    ValueError
        If there is no such column, it has one value only, there are fewer than two tasks, or nobody reached the target.
    """
    table = found.groups.table
    kinds = kinds_of(table, key, "--by")
    rows = table.to_dicts()
    if len(kinds) < 2:
        raise ValueError(f"--by {key}: all runs have {next(iter(kinds))}; give a key that differs")
    if found.verdicts.criterion is not TIME:
        raise ValueError(f"--by {key}: compares times to the target, which no run reached; give a lower --target")
    names = varied(rows, kinds, key)
    waited: dict[str, dict[str, list[Waited]]] = {}
    for row in rows:
        task = " ".join(f"{name}={row.get(name)}" for name in names)
        waited.setdefault(task, {})[str(row[key])] = list(found.arrivals[row["run"]].values())
    if len(waited) < 2:
        raise ValueError(f"--by {key}: its values meet on one task only; leave it out, the runs are compared anyway")
    return _over(key, {task: group for task, group in waited.items() if _reached(group)}, list(kinds))


def _reached(group: Mapping[str, Sequence[Waited]]) -> bool:
    return any(each.reached for waited in group.values() for each in waited)


def _over(key: str, waited: Mapping[str, Mapping[str, Sequence[Waited]]], values: Sequence[str]) -> OverTasks:
    ratios: dict[str, list[float]] = {value: [] for value in values}
    means: dict[str, dict[str, float | None]] = {value: {} for value in values}
    for task, group in waited.items():
        bound = horizon(*group.values())
        times = {value: [restricted(each, bound) for each in seeds] for value, seeds in group.items()}
        best = min(math.fsum(seconds) / len(seconds) for seconds in times.values())
        for value, seconds in times.items():
            ratios[value] += [second / best for second in seconds] if best > 0.0 else []
            everybody = all(each.reached for each in group[value])
            means[value][task] = math.fsum(seconds) / len(seconds) if everybody else None
    relative = {value: interquartile_mean(found) for value, found in ratios.items() if found}
    return OverTasks(key, len(waited), relative, performance_profile(means, FACTORS))
