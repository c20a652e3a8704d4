"""Where a step's time goes, of the recommended candidate and the others of the front."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sim.planning.sections.words import candidates, is_chosen, joined, plain, text
from sim.report.parts_bar import parts_bar
from sim.results.units import number

#: A part of a step -> what it is.
_PARTS = {
    "compute": "computing",
    "exposed": "communication that computing does not hide",
    "stragglers": "waiting for the slowest",
    "server": "the server",
    "input": "reading the input",
    "failures": "failures and checkpoints",
}
_MOST = 12


def why(plan: Mapping[str, Any]) -> str:
    """Their bars, as HTML; empty where nothing is known."""
    found = [each for each in candidates(plan) if each.get("why") and (each.get("pareto") or is_chosen(each, plan))]
    found.sort(key=lambda each: not is_chosen(each, plan))
    if not found:
        return ""
    used = [part for part in _PARTS if any(each["why"].get(part) for each in found[:_MOST])]
    keys = "".join(f'<li><span class="swatch {part}"></span>{_PARTS[part]}</li>' for part in used)
    rows = "\n".join(_row(each, best=is_chosen(each, plan)) for each in found[:_MOST])
    rest = len(found) - _MOST
    note = f'\n<p class="note">{rest} more of the front are in the table.</p>' if rest > 0 else ""
    bars = f'<div class="shares why">\n{rows}\n</div>{note}'
    return f'<h2>Where a step’s time goes</h2>\n<ul class="legend">{keys}</ul>\n{bars}'


def _row(candidate: Mapping[str, Any], *, best: bool) -> str:
    parts = {part: float(candidate["why"].get(part) or 0.0) for part in _PARTS}
    name = text(candidate.get("name"))
    small = f"<small>{text(', '.join(candidate['varied']))}</small>" if candidate.get("varied") else ""
    bar = parts_bar(parts) if any(parts.values()) else '<div class="bar"><em>not known</em></div>'
    return (
        f"<span>{f'<b>{name}</b>' if best else name}{small}</span>"
        f"<div>{bar}<small>{joined(_beside(candidate['why']))}</small></div>"
    )


def _beside(found: Mapping[str, Any]) -> Iterator[str]:
    if found.get("bound_by"):
        yield f"bound by <b>{plain(found['bound_by'])}</b>"
    if found.get("busiest_link"):
        yield f"busiest: {text(found['busiest_link'])}"
    if found.get("epochs_factor"):
        yield f"samples to the goal × {number(found['epochs_factor'])}"
