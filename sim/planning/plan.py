"""From a question to a decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sim.efficiency.batch_law import Entry
from sim.option_name import option_name
from sim.planning.answer import answer, notes
from sim.planning.asked import Asked
from sim.planning.candidate import Candidate
from sim.planning.candidates import candidates_of
from sim.planning.choice import Choice, choose
from sim.planning.document import Plan
from sim.planning.effect import check_effects
from sim.planning.family import Family
from sim.planning.formula import formula
from sim.planning.impossible import impossible_ones
from sim.planning.knowledge import Knowledge
from sim.planning.own import Own
from sim.planning.samples import Samples
from sim.planning.search import Search
from sim.planning.sensitivity import Saved, sensitivity
from sim.planning.settings import Settings, Told
from sim.planning.survived import survived
from sim.planning.unsure import Doubt, doubts
from sim.planning.verified import SIMULATED, verified

#: How many of the front are held against the engine, beside the recommendation; and up to how many devices.
VERIFIED, FEW = 5, 128


def plan(
    asked: Asked,
    found: Sequence[Family],
    command: str,
    *,
    draws: int = 500,
    measured: Sequence[Own] = (),
    table: Sequence[Entry] | None = None,
    told: Told | None = None,
    search: Search | None = None,
) -> Plan:
    """Judge all candidates, and choose.

    Parameters
    ----------
    asked
        The question.
    found
        The families of its candidates; where they are searched, the first of each machine.
    command
        That asks it.
    draws
        How many possibilities are looked at of each.
    measured
        What has been measured.
    table
        Samples to the goal by batch; None: public ones.
    told
        Called on the way.
    search
        What chooses which candidates are judged; None: all are.

    Raises
    ------
    ValueError
        In one line, where there is nothing to choose from, where nobody knows what it takes, or where something that is
        asked changes nothing.
    """
    if not found:
        raise ValueError("machines: there are no candidates; give machines=p4d,p3 and count=1..8")
    if asked.flows is not None and measured:
        raise ValueError("flows: what --on has measured says what a card carries with all its flows; leave it out")
    check_effects(asked, found, table)
    workload = option_name(found[0].experiment.workload)
    settings = Settings(Knowledge(measured), Samples(asked.goal, workload, table), asked.feed, draws, asked.flows)
    if search is not None:
        judged = search.candidates(settings, told)
    else:
        impossible = impossible_ones(asked, found)
        if len(impossible) == len(found) * len(asked.counts):
            raise ValueError(next(iter(impossible.values())))
        judged = candidates_of(asked, found, settings, told, impossible)
    choice = _survived(_held(choose([*judged], asked.goal), asked, settings, told))
    saved: list[Saved] = []
    unsure: list[Doubt] = []
    if choice.best is not None:
        saved = sensitivity(choice.best, settings, asked.sites, told)
        choice = _bound(choice, saved)
    if choice.best is not None:
        unsure = doubts(choice.best, settings)
    said, beside = [*answer(choice, asked, workload)], [*notes(choice, saved)]
    beside = [*([] if search is None else [search.said]), *settings.known.said(), *beside]
    return Plan(command, workload, asked.goal, choice, saved, unsure, said, beside, settings)


def _held(choice: Choice, asked: Asked, settings: Settings, told: Told | None) -> Choice:
    """With the recommendation and the front held against the engine, where the formula has been used."""
    if asked.sites is not None or choice.best is None:
        return choice
    wanted = [choice.best, *(each for each in choice.front[::-1] if each.devices <= FEW)]
    wanted = [each for each in wanted if each.pace and each.pace.by == "formula" and each.devices <= SIMULATED]
    wanted = [*{id(each): each for each in wanted}.values()][:VERIFIED]
    now: dict[int, Candidate] = {}
    for number, each in enumerate(wanted):
        law = formula(each.family, (each.count,), settings.known, settings.draws, settings.paths)
        now[id(each)] = replace(each, verified=verified(law, each.count, other=each is choice.best))
        if told is not None:
            told("holding against the engine", number + 1, len(wanted))
    return choice.with_(now)


def _survived(choice: Choice) -> Choice:
    """With the failures of the recommendation held against the engine."""
    best = choice.best
    if best is None or best.pace is None or best.step is None or best.devices > SIMULATED:
        return choice
    step = best.range_of(best.step)
    assert step is not None, "it runs"
    found = survived(best.family, best.count, step.middle * best.endured.share, best.endured)
    return choice if found is None else choice.with_({id(best): replace(best, survived=found)})


def _bound(choice: Choice, saved: Sequence[Saved]) -> Choice:
    """With what binds the best, where it has been simulated: what saves the most if it is twice as good."""
    best = choice.best
    if best is None or best.pace is None or best.pace.by == "formula":
        return choice
    names = {"device": "compute", "servers": "server"}
    most = next((each.part for each in saved if each.part not in ("machines", "bytes")), "device")
    return choice.with_({id(best): replace(best, pace=replace(best.pace, bound_by=names.get(most, most)))})
