"""The recommendation as a card: what it takes, what it costs, what holds it back, and what is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sim.planning.endured_words import failures_said
from sim.planning.sections import marks
from sim.planning.sections.words import (
    REFUSED,
    best_unit,
    certain,
    chosen,
    endless,
    joined,
    machines,
    percents,
    plain,
    ranged,
    sentence,
    text,
    time_of,
    told,
)
from sim.results.units import data_size, duration, number, percent, time_unit

_STATUS = {"meets": "meets the goal", "misses": "misses the goal", "unsure": "may miss the goal", **REFUSED}


def card(plan: Mapping[str, Any]) -> str:
    """The card as HTML; empty where nothing runs."""
    best = chosen(plan)
    if best is None:
        return ""
    recommended = bool(best.get("meets"))
    kinds = machines(plan)
    mark = marks.sign(kinds.index(str(best.get("machine"))), " best") if str(best.get("machine")) in kinds else ""
    tiles = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in _tiles(best, plan))
    lines = "".join(f"<p>{line}</p>\n" for line in _lines(best))
    word = "Recommended" if recommended else "Nothing meets the goal; the closest is"
    return (
        f'<section class="card{"" if recommended else " missed"}" id="recommendation">\n<p class="kind">{word}</p>\n'
        f"<h2>{mark}{text(best.get('name'))} {_status(best)}</h2>\n<dl>{tiles}</dl>\n{lines}</section>"
    )


def _status(best: Mapping[str, Any]) -> str:
    status = best.get("status")
    return (
        f'<span class="status{"" if status == "meets" else " not"}">{_STATUS.get(str(status), plain(status))}</span>'
        if status
        else ""
    )


def _tiles(best: Mapping[str, Any], plan: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    unit = best_unit(plan)
    of_a_run = (
        ("time", time_of(best), unit.size, unit.name),
        ("cost", ranged(best.get("cost")), 1.0, "USD"),
        ("energy", ranged(best.get("energy")), 1.0, "kWh"),
    )
    of_its_speed = (
        ("speed", ranged(best.get("samples_per_second")), 1.0, "samples/s"),
        ("computing", percents(ranged(best.get("utilisation"))), 1.0, "% of the time"),
    )
    for name, found, size, of in of_its_speed if endless(plan) else of_a_run:
        if found is None:
            yield name, '<span class="none">not known</span>'
        else:
            middle, _, ends = told(found, size, of).partition(" ")
            yield name, f"<b>{middle}</b> <span>{ends}</span>"
    if best.get("chance") is not None:
        yield "chance to meet every goal", f"<b>{certain(best['chance'])}</b>"
    bound = best.get("bound_by") or (best.get("why") or {}).get("bound_by")
    if bound:
        yield "bound by", f"<b>{plain(bound)}</b>"


def _lines(best: Mapping[str, Any]) -> Iterator[str]:
    if best.get("said"):
        yield sentence(best["said"])
    made_of = list(_made_of(best))
    if made_of:
        yield joined(made_of)
    failures = best.get("failures")
    if failures:
        yield joined(map(sentence, failures_said(failures)))
    evidence = best.get("evidence") or {}
    if evidence:
        yield "Evidence: " + joined(f"{plain(what)} <b>{text(grade)}</b>" for what, grade in evidence.items())


def _made_of(best: Mapping[str, Any]) -> Iterator[str]:
    if best.get("devices"):
        yield f"{number(best['devices'])} devices"
    if best.get("batch"):
        whole = f" ({number(best['global_batch'])} in all)" if best.get("global_batch") else ""
        yield f"batch {number(best['batch'])}{whole}"
    if best.get("varied"):
        yield text(", ".join(best["varied"]))
    yield from _step(best)
    speed, used, memory = ranged(best.get("samples_per_second")), ranged(best.get("utilisation")), best.get("memory")
    if speed:
        yield f"{told(speed)} samples/s"
    if used:
        yield f"computing {percent(used.middle)} of the time"
    if memory and memory.get("needed") is not None:
        of = f" of {data_size(memory['capacity'])}" if memory.get("capacity") is not None else ""
        yield f"memory {data_size(memory['needed'])}{of}"


def _step(best: Mapping[str, Any]) -> Iterator[str]:
    step, engine, formula = ranged(best.get("step_seconds")), best.get("engine_seconds"), best.get("formula_seconds")
    if step:
        unit = time_unit(step.middle)
        yield f"a step {told(step, unit.size, unit.name)}"
    if engine is not None and formula is not None:
        yield f"by formula {duration(formula)}, by the engine {duration(engine)}"
