"""plan.html: what to buy, why, and how sure that is, on one page for a meeting."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from sim.planning.sections.card import card
from sim.planning.sections.pareto import pareto
from sim.planning.sections.table import table
from sim.planning.sections.tornado import tornado
from sim.planning.sections.why import why
from sim.planning.sections.words import chosen, goal_of, sentence, text, unit_of
from sim.report.document import document
from sim.results.units import level, number, percent


def render(plan: Mapping[str, Any]) -> str:
    """The page: complete in itself, without scripts, the same text for the same plan.

    Parameters
    ----------
    plan
        As in plan.json. What is null or empty there is left out here, or said to be unknown.
    """
    sections = (_header, card, pareto, why, tornado, table, _unsure, _footer)
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    title = f"paceline plan: {(plan.get('question') or {}).get('workload') or 'a cluster'}"
    return document(title, "\n".join(part for section in sections if (part := section(plan))), style)


def _header(plan: Mapping[str, Any]) -> str:
    headline, *lead = [text(sentence) for sentence in plan.get("answer") or ()] or ["There is no answer"]
    # A headline has no full stop.
    first = headline.removesuffix(".")
    notes = "".join(f"<li>{text(note)}</li>" for note in plan.get("notes") or ())
    return (
        f'<header>\n<p class="kind">paceline plan · {_question(plan)}</p>\n<h1>{first}</h1>\n'
        f'<p class="lead">{" ".join(lead)}</p>\n{f"<ul class={chr(34)}notes{chr(34)}>{notes}</ul>" if notes else ""}\n'
        "</header>"
    )


def _question(plan: Mapping[str, Any]) -> str:
    goal = goal_of(plan)
    workload = text((plan.get("question") or {}).get("workload") or "a workload")
    words = [workload]
    if goal.get("accuracy") is not None:
        words.append(f"to {level(goal['accuracy'])}")
    if goal.get("samples") is not None:
        words.append(f"over {number(goal['samples'])} samples")
    if goal.get("minutes") is not None:
        seconds = 60.0 * goal["minutes"]
        unit = unit_of(seconds)
        words.append(f"in {number(seconds / unit.size)} {_UNITS.get(unit.name, unit.name)}")
    if goal.get("cost") is not None:
        words.append(f"for at most {number(goal['cost'])} USD")
    if goal.get("utilisation") is not None:
        words.append(f"at {level(goal['utilisation'])} utilisation")
    if goal.get("confidence") is not None:
        words.append(f"with {level(goal['confidence'])} confidence")
    return " ".join(words)


_UNITS = {"min": "minutes", "h": "hours", "s": "seconds"}


def _unsure(plan: Mapping[str, Any]) -> str:
    rows = "\n".join(_doubt(doubt) for doubt in plan.get("unsure") or ())
    if not rows:
        return ""
    return f'<h2>What it is not sure of</h2>\n<ul class="doubts">\n{rows}\n</ul>'


def _doubt(doubt: Mapping[str, Any]) -> str:
    share = f" <span>{percent(doubt['share'])} of the doubt</span>" if doubt.get("share") is not None else ""
    said = f"<p>{sentence(doubt['said'])}</p>" if doubt.get("said") else ""
    settles = f"<p>Settled by <code>{text(doubt['measure'])}</code></p>" if doubt.get("measure") else ""
    return f"<li><b>{text(doubt.get('what'))}</b>{share}{said}{settles}</li>"


def _footer(plan: Mapping[str, Any]) -> str:
    return "\n".join(part for part in (_assumed(plan), *_again(plan), f"<footer>{_provenance(plan)}</footer>") if part)


def _assumed(plan: Mapping[str, Any]) -> str:
    rows = (plan.get("provenance") or {}).get("assumptions") or ()
    if not rows:
        return ""
    lines = "\n".join(
        f'<tr><th scope="row">{text(row.get("what"))}</th>'
        + "".join(f"<td>{text(row.get(key))}</td>" for key in ("value", "source", "as_of"))
        + "</tr>"
        for row in rows
    )
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("assumed", "value", "source", "as of"))
    return (
        '<h2>What was assumed</h2>\n<div class="scroll" tabindex="0">\n<table class="assumed">\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{lines}\n</tbody>\n</table>\n</div>"
    )


def _again(plan: Mapping[str, Any]) -> Iterator[str]:
    command, best = (plan.get("question") or {}).get("command"), chosen(plan)
    lines = [text(command)] if command else []
    if best and best.get("overrides"):
        lines.append(text(f"paceline {shlex.join(map(str, best['overrides']))}"))
    if lines:
        what = "This plan, and the simulation of its choice" if len(lines) == 2 else "To do this again"
        yield f"<h2>{what}</h2>\n<pre>{chr(10).join(lines)}</pre>"


def _provenance(plan: Mapping[str, Any]) -> str:
    found = plan.get("provenance") or {}
    words = f"Planned with paceline {text(plan['version'])}" if plan.get("version") else "Planned with paceline"
    if plan.get("physics") is not None:
        words += f" (physics {text(plan['physics'])})"
    if found.get("draws") is not None:
        words += f", from {number(found['draws'])} draws of all that is uncertain"
        words += f" with seed {text(found['seed'])}" if found.get("seed") is not None else ""
    return f"{words}. An interval holds 80 % of what is possible. All figures are in plan.json beside this page."
