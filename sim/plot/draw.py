"""From runs and what is asked to a picture and its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from sim.plot.asked import Asked
from sim.plot.cells import Cell, Runs, arranged, name_of, text
from sim.plot.gantt import Gantt
from sim.plot.outcome import RELATIVE, Outcome, is_figure, less_is_better, mean_of, outcome, target_of
from sim.plot.over_factor import OverFactor
from sim.plot.over_time import AXES, MEASURES, OverTime
from sim.plot.picture import Picture
from sim.plot.staleness import Staleness
from sim.plot.table import Table, table
from sim.plot.utilisation import Utilisation
from sim.report.factors import has_key
from sim.report.grouping import BESIDE
from sim.report.label import settings
from sim.report.mark import Mark, marks
from sim.results.rows import summary_types

#: Pictures of their own kind.
SPECIAL = ("staleness", "utilisation", "gantt")
#: As many names as a figure can tell apart.
_MOST = 16
#: What a table compares where a figure shows curves of runs without a target: measure -> figure of the summary.
_AT_THE_END = {
    "train_loss": "final_train_loss",
    "test_loss": "final_test_loss",
    "test_accuracy": "final_test_accuracy",
    "test_rmse": "final_test_rmse",
    "consensus_distance": "consensus_distance",
    "mean_staleness": "mean_staleness",
    "noise_scale": "noise_scale",
}


@dataclass(frozen=True)
class Drawn:
    """What is asked, ready to be written.

    Attributes
    ----------
    picture
        The figure.
    table
        Its comparisons; None: it has none.
    cells
        The runs that are shown.
    race
        What times to a target race to; "": nothing.
    said
        What was chosen where nothing was asked.
    """

    picture: Picture
    table: Table | None
    cells: Sequence[Cell]
    race: str
    said: Sequence[str]


def drawn(runs: Runs, asked: Asked) -> Drawn:
    """Choose what is drawn, and how.

    Raises
    ------
    ValueError
        Where a key or a figure is not there, or several runs would be at one point; with the remedy.
    """
    _known(runs, asked)
    y = asked.y or _usual(runs)
    x = asked.x or _across(y, runs, asked)
    _check(y, x)
    if x is not None and x not in AXES:
        has_key(x, runs.every[0], "--x")
    by = [key for key in runs.varied if key not in {x, *asked.facets, *asked.best}] if asked.by is None else asked.by
    cells = arranged(runs, by, asked.facets)
    figure = RELATIVE.get(y) or (y if _is_scalar(y, x) else _compared(y, cells))
    if asked.target is not None and figure != "seconds_to_target" and y != "test_accuracy":
        raise ValueError(
            f"--target: {y} goes by the runs' own target or by none; leave it out, or give --y seconds_to_target"
        )
    race = target_of(cells, asked.target) if figure.endswith("to_target") or asked.target else ""
    looks = marks(name_of(row, by) for row in runs.every)
    all_cells = len(cells)
    cells, outcomes = _best(cells, x, figure, asked)
    names = list(dict.fromkeys(cell.name for cell in cells))
    if len(names) > _MOST:
        raise ValueError(
            f"{len(names)} names ({', '.join(names[:3])}, ...) are more than a figure can tell apart, at most {_MOST}; "
            f"give fewer keys to --by, of {', '.join(by)}, others to --facets, or choose with --where"
        )
    picture = _picture(cells, outcomes, looks, (x, y), asked, race, runs.varied)
    if asked.best:
        chosen = f"Each is the best of the values of {', '.join(asked.best)} by {figure} ({len(cells)} of {all_cells})"
        picture.caption = [*picture.caption, f"{chosen}; the same seeds chose and judge them."]
    found = _table(cells, outcomes, figure, x, asked, runs.every[0])
    said = [] if asked.y and asked.x else [f"--y {y}" + (f" --x {x}" if x else "")]
    said += [] if asked.by is not None or not by else [f"--by {','.join(by)}"]
    said += (
        ["without a table, as points of one line have no setting to tell them apart"] if figure and not found else []
    )
    return Drawn(picture, found, cells, race, said)


def _known(runs: Runs, asked: Asked) -> None:
    """Refuse keys that no run has, and those that are asked to be two things."""
    named = [("--by", asked.by or ()), ("--facets", asked.facets), ("--best", asked.best)]
    seen: dict[str, str] = {} if asked.x is None else {asked.x: "--x"}
    for option, keys in [*named, ("--x", [] if asked.x is None else [asked.x])]:
        for key in keys:
            if key in BESIDE:
                raise ValueError(
                    f"{option} {key}: runs that differ in it only are one point; choose with --where {key}="
                )
    for option, keys in named:
        for key in keys:
            has_key(key, runs.every[0], option)
            if key in seen:
                raise ValueError(f"{option} {key}: it is asked for by {seen[key]}, too; leave one of them out")
            seen[key] = option


def _usual(runs: Runs) -> str:
    """What runs are asked for where nobody says: the time to the target, the learning, or their speed."""
    rows = [cell.row for cell in runs.cells]
    if runs.varied and any(row.get("until.target_accuracy") or row.get("until.target_loss") for row in rows):
        return "seconds_to_target"
    measures = [name for name in _AT_THE_END if any(row.get(_AT_THE_END[name]) is not None for row in rows)]
    preferred = ("test_accuracy", "test_rmse", "test_loss", "train_loss")
    return next((name for name in preferred if name in measures), "samples_per_second")


def _across(y: str, runs: Runs, asked: Asked) -> str | None:
    """What a figure is usually drawn over."""
    if y in SPECIAL:
        return None
    if y in RELATIVE:
        return "workers"
    if y in MEASURES and not is_figure(y):
        return "seconds"
    free = [key for key in runs.varied if key not in {*(asked.by or ()), *asked.facets, *asked.best}]
    numbers = [key for key in free if all(isinstance(cell.row.get(key), int | float) for cell in runs.cells)]
    found = next(iter([*(key for key in numbers if key == "workers"), *numbers, *free]), None)
    if found is None:
        raise ValueError(
            f"--y {y}: no setting is left that it could be drawn over; give --x, or fewer --by and --facets"
        )
    return found


def _is_scalar(y: str, x: str | None) -> bool:
    return is_figure(y) and not (y in MEASURES and x in AXES)


def _check(y: str, x: str | None) -> None:
    """Refuse what cannot be drawn, or not over that."""
    known = [*RELATIVE, *MEASURES, *SPECIAL, *(name for name in summary_types() if is_figure(name))]
    if y not in known:
        near = get_close_matches(y, known, n=1)
        raise ValueError(
            f"--y {y}: no such figure; " + (f"did you mean {near[0]}?" if near else f"choose of {', '.join(known)}")
        )
    if x in AXES and not (y in MEASURES or is_figure(x)):
        raise ValueError(
            f"--x {x}: {y} is no curve; choose a setting such as workers, or one of --y {', '.join(MEASURES)}"
        )
    if y in MEASURES and not is_figure(y) and x not in AXES:
        end = _AT_THE_END.get(y)
        instead = f", or --y {end}" if end else ""
        raise ValueError(f"--x {x}: {y} is a curve; choose --x {', '.join(AXES)}{instead}")
    if y in RELATIVE and x != "workers":
        raise ValueError(f"--x {x}: {y} is that of more workers beside the fewest; choose --x workers")
    if y in ("staleness", "gantt") and x is not None:
        instead = "; or --y mean_staleness" if y == "staleness" else ""
        raise ValueError(f"--x {x}: {y} has an axis of its own; leave --x out{instead}")


def _compared(y: str, cells: Sequence[Cell]) -> str:
    """The figure that the table of a picture without one compares: the race, or else how it ended; "": none."""
    if all(cell.row.get("until.target_accuracy") or cell.row.get("until.target_loss") for cell in cells):
        return "seconds_to_target"
    figure = _AT_THE_END.get(y, "")
    return figure if any(cell.row.get(figure) is not None for cell in cells) else ""


def _best(cells: Sequence[Cell], x: str | None, figure: str, asked: Asked) -> tuple[list[Cell], list[Outcome]]:
    """Of the cells at each point the best, where some settings are to be at their best."""
    target = asked.target if figure == "seconds_to_target" else None
    outcomes = [outcome(cell, figure, target) if figure else {} for cell in cells]
    if not asked.best:
        return list(cells), outcomes
    less = less_is_better(figure)
    if less is None:
        raise ValueError(
            f"--best {asked.best[0]}: of {figure or asked.y} neither more nor less is better; leave it out"
        )
    found: dict[Any, tuple[Any, int]] = {}
    for index, (cell, each) in enumerate(zip(cells, outcomes, strict=True)):
        if each:
            value = mean_of(each).value
            lost = sum(not one.reached for one in each.values())
            rank = (lost, value if less else -value)
            point = (cell.facet, cell.name, text(cell.row.get(x)) if x and x not in AXES else None)
            if point not in found or rank < found[point][0]:
                found[point] = (rank, index)
    if not found:
        raise ValueError(f"--y {asked.y}: no run has it; give a figure that these runs measure, such as bytes_sent")
    chosen = sorted(index for _, index in found.values())
    return [cells[index] for index in chosen], [outcomes[index] for index in chosen]


def _picture(
    cells: Sequence[Cell],
    outcomes: Sequence[Outcome],
    looks: Mapping[str, Mark],
    over: tuple[str | None, str],
    asked: Asked,
    race: str,
    varied: Sequence[str],
) -> Picture:
    x, y = over
    if asked.window is not None and y != "gantt":
        raise ValueError("--window: only --y gantt has one; leave it out")
    match y:
        case "staleness":
            return Staleness(cells, looks, varied)
        case "utilisation":
            return Utilisation(cells, x, varied)
        case "gantt":
            return Gantt(cells, asked.window, varied)
    if x is not None and (y in RELATIVE or _is_scalar(y, x)):
        return OverFactor(cells, outcomes, looks, x, y, race, varied)
    accuracies = {cell.row.get("until.target_accuracy") for cell in cells}
    target = asked.target or (accuracies.pop() if len(accuracies) == 1 else None)
    return OverTime(cells, looks, x or "seconds", y, target, varied)


def _table(
    cells: Sequence[Cell], outcomes: Sequence[Outcome], figure: str, x: str | None, asked: Asked, row: Mapping[str, Any]
) -> Table | None:
    """The table, where there is a figure to compare and cells can be told apart by panel, place and name."""
    place = x if x in {"protocol", *settings([row])} else None
    points = [(cell.facet, cell.name, text(cell.row.get(place)) if place else None) for cell in cells]
    if figure and len({*points}) == len(points):
        return table(cells, outcomes, figure, place, asked.facets, asked.baseline)
    if asked.baseline is not None:
        raise ValueError(
            f"--baseline {asked.baseline}: this figure has no table to compare in; give --by and --facets that tell "
            "all points apart, or leave it out"
        )
    return None
