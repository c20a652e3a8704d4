"""A plan on one screen."""

from __future__ import annotations

from collections.abc import Iterator

from sim.planning.candidate import Candidate
from sim.planning.choice import said_of, written
from sim.planning.document import Plan
from sim.planning.pace import SHARES
from sim.planning.sensitivity import NOTHING
from sim.results.units import percent

#: Candidates that are printed; all are in the page and in plan.json.
MOST = 12
NAME, FIGURE = 40, 24


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
        return
    yield ""
    ends = plan.goal.learns
    heads = ("minutes", "USD", "kWh") if ends else ("samples/s", "computing, %", "")
    yield f"{'':{NAME}}{''.join(f'{head:>{FIGURE}}' for head in heads)}  {'sure':>5}"
    shown = [*choice.ordered[:MOST]]
    for each in shown:
        yield _line(each, plan, ends)
    left = len(choice.ordered) - len(shown)
    if left:
        yield f"and {left} more in the page and in plan.json"
    yield ""
    yield from _why(choice.best)
    yield ""
    if plan.saved:
        yield "what doubling buys, in time saved"
        for saved in plan.saved:
            share = saved.share._replace(low=100 * saved.share.low, middle=100 * saved.share.middle, high=100 * saved.share.high)
            value = "nothing" if abs(saved.share.middle) < NOTHING else f"{written(share, 2)} %"
            yield f"  {saved.part:12}{value:26}{saved.said}"
        yield ""
    yield "not sure of"
    for doubt in plan.doubts:
        share = "" if doubt.share is None else f" ({percent(doubt.share)} of the interval)"
        yield f"  {doubt.what}{share}: {doubt.said}"
        yield f"      settled by {doubt.measure}"
    for note in plan.notes:
        yield f"note: {note}"


def _line(each: Candidate, plan: Plan, ends: bool) -> str:
    choice = plan.choice
    mark = "*" if each is choice.best else "+" if each in choice.front else " "
    name = f"{mark} {each}"
    if each.pace is None:
        return f"{name:{NAME}}  {each.status}: {each.refused}"
    figures = (
        (each.range_of(each.minutes), each.range_of(each.cost), each.range_of(each.energy))
        if ends
        else (each.range_of(each.pace.rate), each.range_of(100.0 * each.pace.shares["compute"]), None)
    )
    cells = "".join(f"{written(figure) if figure is not None or ends else '':>{FIGURE}}" for figure in figures)
    said = f"  {said_of(each, choice)}"
    if len(name) >= NAME:
        return f"{name}\n{'':{NAME}}{cells}  {percent(each.chance or 0.0):>5}{said}"
    return f"{name:{NAME}}{cells}  {percent(each.chance or 0.0):>5}{said}"


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
    grades = ", ".join(f"{what} {grade}" for what, grade in best.evidence.items())
    yield f"     evidence: {grades}"
    held = best.verified
    if held is not None:
        yield f"     formula {held.formula * 1e3:.4g} ms, engine {held.engine * 1e3:.4g} ms a step at the middle ({held.off:.1e} apart)"
    elif best.pace.by == "formula":
        yield "     by the formula alone: more devices than are simulated"
