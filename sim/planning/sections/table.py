"""Every candidate, a row each, in the plan's order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sim.planning.evidence import LETTERS, OF
from sim.planning.sections import marks
from sim.planning.sections.words import (
    best_unit,
    candidates,
    certain,
    endless,
    is_chosen,
    joined,
    machines,
    percents,
    plain,
    ranged,
    text,
    time_of,
    told,
)
from sim.results.units import MISSING, number


class _Column(NamedTuple):
    head: str
    cell: Callable[[Mapping[str, Any]], str]
    words: bool = False  # not a number: begins at the left


def table(plan: Mapping[str, Any]) -> str:
    """The table as HTML; a column in which no candidate has anything is left out."""
    found = candidates(plan)
    if not found:
        return '<h2>All candidates</h2>\n<p class="note">There are none.</p>'
    columns = [column for column in _columns(plan) if any(column.cell(each) != MISSING for each in found)]
    heads = "".join(f'<th scope="col"{_left(column)}>{column.head}</th>' for column in columns)
    kinds = {name: place for place, name in enumerate(machines(plan))}
    rows = "\n".join(_row(each, columns, kinds[str(each.get("machine"))], plan) for each in found)
    return (
        f'<h2>All candidates</h2>\n<div class="scroll" tabindex="0">\n<table class="candidates">\n<thead><tr>'
        f'<th scope="col">candidate</th>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>\n{_key(plan)}'
    )


def _columns(plan: Mapping[str, Any]) -> Iterator[_Column]:
    unit = best_unit(plan)
    if endless(plan):
        yield _Column("samples/s", lambda each: told(ranged(each.get("samples_per_second"))))
        yield _Column("computing (%)", lambda each: told(percents(ranged(each.get("utilisation")))))
    yield _Column(f"time ({unit.name})", lambda each: told(time_of(each), unit.size))
    yield _Column("cost (USD)", lambda each: told(ranged(each.get("cost"))))
    yield _Column("energy (kWh)", lambda each: told(ranged(each.get("energy"))))
    yield _Column("chance", lambda each: certain(each.get("chance")))
    yield _Column("outcome", _outcome, words=True)
    yield _Column("by", lambda each: text(each.get("by")), words=True)
    yield _Column("evidence", _evidence, words=True)


def _row(each: Mapping[str, Any], columns: list[_Column], kind: int, plan: Mapping[str, Any]) -> str:
    best = ' class="best"' if is_chosen(each, plan) else ""
    small = [f"{number(each['devices'])} devices"] if each.get("devices") else []
    small += [f"batch {number(each['batch'])}"] if each.get("batch") else []
    small += [text(", ".join(each["varied"]))] if each.get("varied") else []
    beside = f"<small>{joined(small)}</small>" if small else ""
    name = f'<th scope="row"><div>{marks.sign(kind)}<span>{text(each.get("name"))}{beside}</span></div></th>'
    cells = "".join(f"<td{_left(column)}>{column.cell(each)}</td>" for column in columns)
    return f"<tr{best}>{name}{cells}</tr>"


def _left(column: _Column) -> str:
    return f' class="words {column.head}"' if column.words else ""


def _outcome(each: Mapping[str, Any]) -> str:
    parts = [f"<b>{plain(each['status'])}</b>"] if each.get("status") else []
    parts += [text(each["said"])] if each.get("said") else []
    return ": ".join(parts) or MISSING


def _evidence(each: Mapping[str, Any]) -> str:
    found = each.get("evidence") or {}
    if not found:
        return MISSING
    letters = " ".join(LETTERS.get(str(found[what]), "?") if found.get(what) else MISSING for what in OF)
    return f'<abbr title="{text(", ".join(f"{what}: {grade}" for what, grade in found.items()))}">{letters}</abbr>'


def _key(plan: Mapping[str, Any]) -> str:
    grades = {grade for each in candidates(plan) for grade in (each.get("evidence") or {}).values()}
    letters = [f"{letter} {grade}" for grade, letter in LETTERS.items() if grade in grades]
    words = "In brackets: 80 % of what is possible."
    if letters:
        words += f" Evidence of computing, network and samples: {', '.join(letters)}."
    return f'<p class="note">{words}</p>'
