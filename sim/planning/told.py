"""A plan on one screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sim.evidence.range import Range
from sim.planning.candidate import Candidate
from sim.planning.choice import said_of, sure, written
from sim.planning.document import Plan
from sim.planning.endured_words import failures_of
from sim.planning.evidence import LETTERS, OF
from sim.planning.pace import SHARES
from sim.planning.sensitivity import NOTHING
from sim.results.units import percent

#: Candidates that are printed; all are in the page and in plan.json.
MOST = 10
#: What is less apart is as good as the same (ratio).
LEAST = 1e-4


def lines(plan: Plan) -> Iterator[str]:
    """What is printed.

    Parameters
    ----------
    plan
        The plan.
    """
    yield from plan.answer
    choice = plan.choice
    if choice.best is None:
        yield from (f"  {each}: {each.refused}" for each in choice.ordered[:MOST])
        yield from (f"note: {note}" for note in plan.notes)
        return
    yield ""
    yield from _table(plan)
    yield ""
    yield from _why(choice.best)
    yield ""
    if plan.saved:
        yield "what a change buys, in time saved"
        for saved in plan.saved:
            shares = Range(*(100.0 * each for each in saved.share))
            value = "nothing" if abs(saved.share.middle) < NOTHING else f"{written(shares, 2)} %"
            yield f"  {saved.part:12}{value:26}{saved.said}"
        yield ""
    yield "not sure of"
    for doubt in plan.doubts:
        share = "" if doubt.share is None else f" ({percent(doubt.share)} of the interval)"
        yield f"  {doubt.what}{share}: {doubt.said}"
        yield f"      settled by {doubt.measure}"
    for note in plan.notes:
        yield f"note: {note}"


def _table(plan: Plan) -> Iterator[str]:
    choice, ends = plan.choice, plan.goal.learns
    heads = ["", "minutes", "USD", "kWh", "on", "sure"] if ends else ["", "samples/s", "computing, %", "on", "sure"]
    running = [each for each in choice.ordered if each.pace is not None][:MOST]
    rows = [heads, *(_cells(each, plan, ends) for each in running)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    verdicts = ["", *(said_of(each, choice) for each in running)]
    for cells, why in zip(rows, verdicts, strict=True):
        first, *others = (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
        yield f"{first.strip():{widths[0]}}  {'  '.join(others)}  {why}".rstrip()
    grades = {grade for each in running for grade in each.evidence.values()}
    stands = ", ".join(f"{letter}: {grade}" for grade, letter in LETTERS.items() if grade in grades)
    best = "recommended" if choice.meets else "the closest"
    yield f"*: {best}, +: no other is both faster and cheaper; [80 % of what is possible]; {stands}"
    refused = list(_refused(choice.ordered))
    yield from refused[:MOST]
    left = sum(each.pace is not None for each in choice.ordered) - len(running)
    if left or len(refused) > MOST:
        kinds = f", and {len(refused) - MOST} kinds that are refused" if len(refused) > MOST else ""
        yield f"and {left} more{kinds}: all are in the page and in plan.json"


def _refused(candidates: Sequence[Candidate]) -> Iterator[str]:
    """A line for each family and reason, with the numbers of its machines."""
    alike: dict[tuple[str, str], list[int]] = {}
    for each in candidates:
        if each.pace is None:
            name = str(each).partition(" x ")[2]
            alike.setdefault((name, f"{each.status.replace('_', ' ')}: {each.refused}"), []).append(each.count)
    for (name, why), counts in alike.items():
        yield f"  {', '.join(map(str, counts))} x {name} {why}"


def _cells(each: Candidate, plan: Plan, ends: bool) -> list[str]:
    assert each.pace is not None, "only those that run"
    choice = plan.choice
    mark = "*" if each is choice.best else "+" if each in choice.front else "-"
    figures: tuple[Range | None, ...] = (
        (each.range_of(each.minutes), each.range_of(each.cost), each.range_of(each.energy))
        if ends
        else (each.range_of(each.pace.rate), each.range_of(100.0 * each.pace.shares["compute"]))
    )
    letters = "".join(LETTERS[each.evidence[what]] for what in OF if what in each.evidence)
    return [f"{mark} {each}", *map(written, figures), letters, sure(each.chance)]


def _why(best: Candidate) -> Iterator[str]:
    assert best.pace is not None, "the best runs"
    shares = {name: best.pace.share(name) for name in SHARES}
    whole = sum(shares.values())
    said = ", ".join(f"{name} {percent(share / whole)}" for name, share in shares.items() if share > 0.0)
    yield f"why: a step takes {written(best.range_of(1e3 * best.step if best.step is not None else None))} ms: {said}"
    if best.samples is not None:
        yield (
            f"     {written(best.range_of(best.samples))} samples at {best.batch} an update, "
            f"{best.epochs_factor:.2f} times those of the smallest batch"
        )
    yield f"     bound by {best.pace.bound_by}; busiest link: {best.link}"
    yield from (f"     {line}" for line in failures_of(best))
    grades = ", ".join(f"{what} {grade}" for what, grade in best.evidence.items())
    yield f"     evidence: {grades}"
    held = best.verified
    if held is not None:
        both = f"formula {held.formula * 1e3:.4g} ms, engine {held.engine * 1e3:.4g} ms"
        yield f"     a step without scatter at the middle: {both} ({_apart(held.off)})"
    elif best.pace.by == "engine":
        yield "     simulated at three rates of the cards"
    elif best.round:
        yield "     rounds by the law of paceline validate low_communication, steps inside a site by the formula"
    else:
        yield "     by the formula alone: these are more devices than are simulated"


def _apart(off: float) -> str:
    return f"{100.0 * off:.2g} % apart" if off >= LEAST else f"less than {100.0 * LEAST:g} % apart"
