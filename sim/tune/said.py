"""What is said of a tuning in the end: a table of the cells, and a sentence for each setting of the methods."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sim.evidence.interval import Interval
from sim.results.objective import Objective
from sim.results.units import MISSING, Unit, number, time_unit
from sim.tune.methods import Beside, Setting
from sim.tune.plan import METHOD, Plan, key_of, method_key, name_of
from sim.tune.score import Score
from sim.tune.tuned import TunedCell

if TYPE_CHECKING:
    from sim.report.fitted_table import Fitted

_PLAIN = Unit("", 1.0)


def table(cells: Sequence[TunedCell], objective: Objective, width: int) -> Fitted:
    """A row per cell: what was chosen, what it came to on the seeds that choose, and on those that judge.

    Parameters
    ----------
    cells
        In the order of their rows.
    objective
        What was tuned for.
    width
        Number of characters of a line of the terminal.
    """
    from sim.report.fitted_table import Column, fitted

    unit = _unit(objective, [each.judged for each in cells])
    reached = "reached" if objective.up_to else "not\ndiverged"
    columns = [Column(""), Column("best"), Column("tuned", 1), Column("judged", 3), Column(reached, 2)]
    rows = [
        (
            _name(each),
            name_of(each.winner) + (" (edge)" if each.edges else ""),
            _figure(each.candidates[each.winner], unit),
            _figure(each.judged, unit, with_interval=True),
            f"{each.judged.reached} of {len(each.judged.costs)}",
        )
        for each in cells
    ]
    return fitted(columns, rows, width)


def remarks(plan: Plan, cells: Sequence[TunedCell], settings: Sequence[Setting]) -> Iterator[str]:
    """What is to be said below the table."""
    shown = [each for each in cells if each.judged.reached]
    unit = _unit(plan.objective, [each.judged for each in cells])
    yield f"tuned, judged: mean {plan.objective.name}{f' ({unit.name})' if unit.name else ''} [95 % interval]"
    if any(_is_bound(each.judged) for each in shown):
        yield "≥: seeds did not get there; the mean of what was waited up to the bound of the first that was cut off"
    for each in cells:
        if not any(score.reached for score in each.candidates.values()):
            yield f"{_name(each)}: no candidate got there on any seed; its best came closest"
    yield from _edges(cells)
    for setting in settings:
        yield _of_setting(setting, plan.objective)
    yield budget(plan)


def budget(plan: Plan) -> str:
    """The budget, which is the same for every cell."""
    how = "" if plan.trials is None else " of Optuna's"
    each, n = plan.tried, len(plan.tuning)
    seeds, others = ("seed" if n == 1 else "seeds"), ("other" if len(plan.judging) == 1 else "others")
    who = f"each of {len(plan.cells)} cells" if len(plan.cells) > 1 else "one cell"
    return (
        f"budget: {who} has {each} candidates{how} on {n} {seeds} ({_range(plan.tuning)}), {each * n} runs, and is "
        f"judged on {len(plan.judging)} {others} ({_range(plan.judging)}); {plan.runs} runs in all{_of_each(plan)}"
    )


def _of_each(plan: Plan) -> str:
    """The budget of a method: methods are in as many cells each."""
    key = method_key(plan.cells[0])
    methods = {word for cell in plan.cells for word in cell.varied if key_of(word) == key}
    what = key if key == METHOD else f"value of {key}"
    return f", {plan.runs // len(methods)} for each {what}" if len(methods) > 1 else ""


def _edges(cells: Sequence[TunedCell]) -> Iterator[str]:
    for key in dict.fromkeys(key for each in cells for key in each.edges):
        at = [each for each in cells if key in each.edges]
        which = "all cells" if len(at) == len(cells) else "; ".join(map(_name, at))
        yield f"at the edge of its grid: the best {key} of {which}; widen it, a better one may be beyond"


def _name(each: TunedCell) -> str:
    return name_of(each.cell.varied) or "the one cell"


def _range(seeds: range) -> str:
    return f"{seeds.start}" if len(seeds) == 1 else f"{seeds.start} to {seeds.stop - 1}"


def _of_setting(setting: Setting, objective: Objective) -> str:
    where = f"{name_of(setting.words)}: " if setting.words else ""
    if setting.first is None or setting.score is None:
        return f"{where}no method got there"
    unit = _unit(objective, [setting.score])
    best = f"{setting.first} is first, {_figure(setting.score, unit, with_interval=True)}{_after(unit)}"
    others = [_beside(each, objective, unit) for each in setting.others]
    never = [f"{each} never got there" for each in setting.never]
    return where + "; ".join([best, *others, *never])


def _beside(other: Beside, objective: Objective, unit: Unit) -> str:
    verdict, sign = other.verdict, objective.sign
    found = verdict.difference
    ends = sorted(sign * end / unit.size for end in (found.low, found.high) if end is not None)
    interval = f" [{_signed(ends[0])}, {_signed(ends[1])}]" if ends else ""
    size = f"{other.method} {_signed(sign * found.effect / unit.size)}{_after(unit)}{interval}"
    if verdict.told_apart is None:
        return f"{size}, of too few seeds to say more"
    told = f"told apart (p = {number(verdict.p, 2)})" if verdict.told_apart else "cannot be told apart"
    return f"{size} by {found.n} pairs, {told}"


def _figure(score: Score, unit: Unit, *, with_interval: bool = False) -> str:
    if not score.reached:
        return MISSING
    mean: Interval = score.interval
    least = "≥ " if _is_bound(score) else ""
    text = f"{least}{number(mean.value / unit.size)}"
    if with_interval and mean.low is not None and mean.high is not None:
        text += f" [{number(mean.low / unit.size)}, {number(mean.high / unit.size)}]"
    return text


def _is_bound(score: Score) -> bool:
    """Whether a mean is a lower bound: of seeds some were cut off."""
    return bool(score.objective.up_to) and score.reached < len(score.costs)


def _unit(objective: Objective, scores: Sequence[Score]) -> Unit:
    """The unit of a figure: one of time, or none."""
    if "seconds" not in objective.name.split("_") or objective.name.endswith("per_second"):
        return _PLAIN
    known = [abs(score.interval.value) for score in scores if score.reached and math.isfinite(score.interval.value)]
    return time_unit(max(known, default=0.0))


def _after(unit: Unit) -> str:
    return f" {unit.name}" if unit.name else ""


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{number(abs(value))}"
