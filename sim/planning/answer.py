"""A decision in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sim.planning.asked import Asked
from sim.planning.candidate import MEETS, Candidate
from sim.planning.choice import Choice, sure, time_of, written
from sim.planning.evidence import CLASS_PRIOR
from sim.planning.sensitivity import NOTHING, WORDS, Saved
from sim.results.units import percent


def answer(choice: Choice, asked: Asked, workload: str) -> Iterator[str]:
    """The decision in two sentences.

    Parameters
    ----------
    choice
        What has been chosen.
    asked
        The question.
    workload
        Of what.
    """
    best, wanted = choice.best, f"{workload} {asked.goal}"
    if best is None or best.pace is None:
        yield f"None of the {len(choice.ordered)} candidates can train {workload}."
        yield f"The first: {choice.ordered[0].refused}."
        return
    figures, chance = ", ".join(_figures(best)), sure(best.chance)
    why = f"bound by {best.pace.bound_by}{f' ({best.link})' if best.count > 1 else ''}"
    if choice.meets:
        yield f"Take {best}: {figures} for {wanted}, {chance} sure."
        yield f"It is {why}."
    else:
        yield f"None of the {len(choice.ordered)} candidates is sure of {wanted}; the closest is {best}, {chance} sure."
        yield f"It takes {figures}, {why}."


def _figures(best: Candidate) -> Iterator[str]:
    assert best.pace is not None, "the best runs"
    if best.minutes is not None:
        yield f"{written(best.range_of(best.minutes))} minutes"
    else:
        yield f"{written(best.range_of(best.pace.rate))} samples/s"
    if best.cost is not None:
        yield f"{written(best.range_of(best.cost))} USD"
    if best.goal.utilisation is not None:
        yield f"{written(best.range_of(100.0 * best.pace.shares['compute']))} % of the time computing"


def notes(choice: Choice, saved: Sequence[Saved]) -> Iterator[str]:
    """What a reader has to know beside.

    Parameters
    ----------
    choice
        What has been chosen.
    saved
        What doubling each part of that buys.
    """
    best = choice.best
    if best is None or best.pace is None:
        return
    yield from _changes(best, saved)
    yield from _rounds(choice)
    yield from _by_engine(choice)
    running = [each for each in choice.ordered if each.pace is not None]
    unpriced = {each.family.machine.name for each in running if each.family.machine.price is None}
    if unpriced and best.minutes is not None:
        names = ", ".join(sorted(unpriced))
        yield f"nobody has published a price of {names}; give it in a file of your own, device.catalogue=FILE"
    if {best.evidence.get("computing"), best.evidence.get("network")} == {CLASS_PRIOR}:
        yield "nothing of this has been measured by you: with --on FILE intervals are narrower"
    fastest = min(running, key=time_of)
    if fastest is not best and fastest.minutes is not None:
        yield f"the fastest is {fastest}: {written(fastest.range_of(fastest.minutes))} minutes"


def _changes(best: Candidate, saved: Sequence[Saved]) -> Iterator[str]:
    """What would change nothing, or for the worse."""
    assert best.pace is not None, "the best runs"
    nothing = [each.said for each in saved if abs(each.share.middle) < NOTHING and each.said in WORDS.values()]
    if nothing:
        yield f"{', '.join(nothing)}: buys nothing, bound by {best.pace.bound_by}"
    machines = next((each for each in saved if each.part == "machines"), None)
    if machines is not None and machines.share.middle < -NOTHING:
        yield f"twice the machines are slower, by {percent(-machines.share.middle)}"


def _by_engine(choice: Choice) -> Iterator[str]:
    """What has been simulated, and what that says of the formula, and of other collectives."""
    held = None if choice.best is None else choice.best.verified
    if held is not None and held.off > NOTHING:
        yield f"the formula is {percent(held.off)} off the engine here"
    if held is not None and 0.0 < held.auto < (1.0 - NOTHING) * held.engine:
        yield (
            f"collective={held.chosen} would make a step {percent(1.0 - held.auto / held.engine)} shorter, if your "
            "library has it: figures are of rings, by which all public tables have been measured"
        )
    simulated = [each for each in choice.ordered if each.pace is not None and each.pace.by == "engine"]
    beyond = sorted({str(each.family.beyond_formula) for each in simulated})
    if beyond:
        yield f"simulated, since the formula does not hold for {', '.join(beyond)}"


def _rounds(choice: Choice) -> Iterator[str]:
    """On each link the shortest round that is sure of it."""
    links = sorted({each.round[0] for each in choice.ordered if each.round})
    for link in links if len(links) > 1 else ():
        sure = [each.round[1] for each in choice.ordered if each.round[:1] == (link,) and each.status == MEETS]
        said = f"rounds of {min(sure):g} steps or more" if sure else "no round that was tried"
        yield (
            f"with a link of {link:g} Gb/s {said} are sure of it" if sure else f"with a link of {link:g} Gb/s {said} is"
        )
