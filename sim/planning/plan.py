"""From a question to a decision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from sim.calibration.points import Measured
from sim.efficiency.batch_law import Entry
from sim.footprint import alternatives, footprint
from sim.option_name import option_name
from sim.planning.asked import Asked
from sim.planning.candidate import Candidate
from sim.planning.choice import Choice, choose, time_of, written
from sim.planning.document import Plan
from sim.planning.engine import simulated
from sim.planning.evidence import CLASS_PRIOR
from sim.planning.family import Family
from sim.planning.formula import Formula, formula
from sim.planning.knowledge import Knowledge
from sim.planning.pace import Pace, paces
from sim.planning.power import power_of
from sim.planning.penalty import Penalties
from sim.planning.rounds import apart, at_sites, is_of_rounds
from sim.planning.samples import Samples, TooFarError
from sim.planning.sensitivity import NOTHING, Saved, Settings, sensitivity
from sim.planning.unsure import doubts
from sim.planning.verified import SIMULATED, verified
from sim.results.units import percent

#: How many of the front are held against the engine.
VERIFIED = 5
#: Called with what is being done, how much of it is done, and of how much.
Told = Callable[[str, int, int], None]


def plan(
    asked: Asked,
    found: Sequence[Family],
    command: str,
    *,
    draws: int = 500,
    measured: Mapping[str, Sequence[Measured]] | None = None,
    table: Sequence[Entry] | None = None,
    told: Told | None = None,
) -> Plan:
    """Judge all candidates, and choose.

    Parameters
    ----------
    asked
        The question.
    found
        The families of its candidates.
    command
        That asks it.
    draws
        How many possibilities are looked at of each.
    measured
        What has been measured, by the name of the machine.
    table
        Samples to the goal by batch; None: public ones.
    told
        Called on the way.

    Raises
    ------
    ValueError
        In one line, where there is nothing to choose from, or nobody knows what it takes.
    """
    if not found:
        raise ValueError("machines: there are no candidates; give machines=p4d,p3 and count=1..8")
    workload = option_name(found[0].experiment.workload)
    known = Knowledge(measured)
    settings = Settings(known, Samples(asked.goal, workload, table), asked.feed, draws, asked.flows)
    candidates = [*_candidates(asked, found, settings, told)]
    choice = choose(candidates, asked.goal)
    choice = _held(choice, settings, asked, told)
    saved, unsure = [], []
    if choice.best is not None:
        if asked.sites is None:
            saved = sensitivity(choice.best, settings, _of(told, "what doubling buys"))
        unsure = doubts(choice.best, settings)
    answer = list(_answer(choice, asked, workload))
    return Plan(command, workload, asked.goal, choice, saved, unsure, answer, [*_notes(choice, saved, asked)], settings)


def _candidates(asked: Asked, found: Sequence[Family], settings: Settings, told: Told | None) -> Iterator[Candidate]:
    penalties = Penalties(settings.draws, _of(told, "racing a proxy"))
    by_engine: list[tuple[Family, int]] = []
    judged: list[tuple[Family, int, Pace | None, str]] = []
    for family in found:
        if asked.sites is not None:
            if not is_of_rounds(family):
                protocol = option_name(family.experiment.protocol)
                raise ValueError(f"sites: protocol={protocol} averages at every step; give protocol=diloco or local_sgd")
            for each, gbps in apart(family, asked.sites):
                fits = [count for count in asked.counts if not _too_large(each, count)]
                pace = at_sites(each, fits, asked.sites, gbps, settings.known, settings.draws, asked.flows)
                link = f"of a site, {gbps:g} Gb/s"
                judged += [(each, count, one, link) for count, one in zip(fits, pace, strict=True)]
                judged += [(each, count, None, "") for count in asked.counts if count not in fits]
            continue
        fits = [count for count in asked.counts if not _too_large(family, count)]
        judged += [(family, count, None, "") for count in asked.counts if count not in fits]
        if family.beyond_formula is None:
            law = formula(family, fits, settings.known, settings.draws, asked.flows) if fits else None
            for count, pace in zip(fits, paces(law) if law else (), strict=True):
                judged.append((family, count, pace, _card(law, count, pace) if law else ""))
        else:
            by_engine += [(family, count) for count in fits]
    answers = simulated(by_engine, settings.known, settings.draws, asked.flows, _of(told, "simulating"))
    judged += [(*which, each.pace, each.link) for which, each in zip(by_engine, answers, strict=True)]
    times = 1 if asked.sites is None else asked.sites.number
    for family, count, pace, link in judged:
        yield _judged(family, count * times, pace, link, settings, asked, penalties)


def _judged(
    family: Family, count: int, pace: Pace | None, link: str, settings: Settings, asked: Asked, penalties: Penalties
) -> Candidate:
    candidate = Candidate(family, count, asked.goal, memory=footprint(family.at(count)), power=power_of(family))
    if pace is None:
        return replace(candidate, refused=_too_large(family, count))
    job = settings.known.job(family)
    evidence = {"computing": job.computing.evidence, "network": settings.known.grade(family, count)}
    if not asked.goal.learns:
        return replace(candidate, pace=pace.fed(asked.feed.most(count)), evidence=evidence, link=link)
    try:
        samples = settings.samples.drawn(candidate.batch, settings.draws)
    except TooFarError as error:
        return replace(candidate, refused=str(error))
    return replace(
        candidate,
        pace=pace.fed(asked.feed.most(count)),
        samples=samples * penalties.of(family),
        evidence={**evidence, "samples": settings.samples.grade(candidate.batch)},
        epochs_factor=settings.samples.factor(candidate.batch),
        link=link,
    )


def _too_large(family: Family, count: int) -> str:
    """Why a candidate does not fit, with what would; empty: it does, as far as anybody knows."""
    run = family.at(count)
    found = footprint(run)
    if found is None or found.fits or found.capacity is None:
        return ""
    said = f"needs {found.total / 1e9:.3g} GB of {found.capacity / 1e9:.3g}"
    others = [(words, other) for words, other in alternatives(run) if other.fits]
    if others:
        words, other = min(others, key=lambda each: each[1].total)
        return f"{said}; {words} needs {other.total / 1e9:.3g} GB"
    return f"{said}; no sharing of states fits either, give a smaller batch or a larger device"


def _card(law: Formula, count: int, pace: Pace) -> str:
    """How busy a network card is, in words."""
    if count == 1:
        return "none: one machine"
    line = law.family.cards[0] * law.family.cards[1]
    rate = line * 8e-9 / law.family.nics
    carried = float(pace.range_of(pace.card).middle) * 8e-9 / law.family.nics
    used = percent(pace.carried / line) if line < float("inf") else "–"
    return f"network card of a machine, {used} of {rate:.3g} Gb/s; software moves {carried:.3g}"


def _held(choice: Choice, settings: Settings, asked: Asked, told: Told | None) -> Choice:
    """With the recommendation and the front held against the engine, where the formula has been used."""
    wanted = [
        each
        for each in ([choice.best] if choice.best else []) + [*choice.front]
        if each.pace is not None and each.pace.by == "formula" and each.devices <= SIMULATED and asked.sites is None
    ]
    wanted = list({id(each): each for each in wanted}.values())[:VERIFIED]
    other: dict[int, Candidate] = {}
    for number, each in enumerate(wanted):
        law = formula(each.family, (each.count,), settings.known, settings.draws, settings.paths)
        other[id(each)] = replace(each, verified=verified(law, each.count))
        if told is not None:
            told("holding against the engine", number + 1, len(wanted))

    def now(each: Candidate) -> Candidate:
        return other.get(id(each), each)

    best = None if choice.best is None else now(choice.best)
    return Choice(best, choice.meets, tuple(map(now, choice.front)), tuple(map(now, choice.ordered)))


def _of(told: Told | None, what: str) -> Callable[[int, int], None] | None:
    return None if told is None else lambda done, whole: told(what, done, whole)


def _answer(choice: Choice, asked: Asked, workload: str) -> Iterator[str]:
    """The decision in two sentences."""
    best, goal = choice.best, asked.goal
    if best is None:
        yield f"None of the {len(choice.ordered)} candidates can train {workload}."
        yield f"The first: {choice.ordered[0].refused}." if choice.ordered else "There are none."
        return
    figures = []
    if best.minutes is not None:
        figures.append(f"{written(best.range_of(best.minutes))} minutes")
    if best.cost is not None:
        figures.append(f"{written(best.range_of(best.cost))} USD")
    if best.minutes is None and best.pace is not None:
        figures.append(f"{written(best.range_of(best.pace.rate))} samples/s")
    if goal.utilisation is not None and best.pace is not None:
        shares = best.range_of(100.0 * best.pace.shares["compute"])
        figures.append(f"{written(shares)} % of the time computing")
    chance = percent(best.chance or 0.0)
    if choice.meets:
        yield f"Take {best}: {', '.join(figures)} ({workload} {goal}, {chance} sure)."
    else:
        yield f"None of the {len(choice.ordered)} candidates is sure of it ({workload} {goal}); the closest is {best}."
        figures.append(f"{chance} sure")
    reason = f"It is bound by {best.pace.bound_by}" if best.pace is not None else ""
    yield f"{reason}{f', {best.link}' if best.link else ''}." if choice.meets else f"It takes {', '.join(figures)}. {reason}."


def _notes(choice: Choice, saved: Sequence[Saved], asked: Asked) -> Iterator[str]:
    """What a reader has to know beside."""
    best = choice.best
    if best is None or best.pace is None:
        return
    nothing = [each.said for each in saved if abs(each.share.middle) < NOTHING and "buys nothing" in each.said]
    yield from nothing
    machines = next((each for each in saved if each.part == "machines"), None)
    if machines is not None and machines.share.middle < -NOTHING:
        yield f"twice the machines are slower, by {percent(-machines.share.middle)}"
    unpriced = {each.family.machine.name for each in choice.ordered if each.family.machine.price is None}
    if unpriced and best.minutes is not None:
        yield f"no price is known of {', '.join(sorted(unpriced))}; give one in a file of your own, device.catalogue=FILE"
    if best.verified is not None and best.verified.off > 0.01:
        yield f"the formula is {percent(best.verified.off)} off the engine here"
    beyond = {each.family.beyond_formula for each in choice.ordered} - {None}
    if beyond and asked.sites is None:
        yield f"simulated, for the formula does not hold: {', '.join(sorted(str(each) for each in beyond))}"
    if best.evidence.get("computing") == CLASS_PRIOR and best.evidence.get("network") == CLASS_PRIOR:
        yield "nothing here has been measured by you: --on FILE makes intervals narrower"
    fastest = min((each for each in choice.ordered if each.pace is not None), key=time_of)
    if fastest is not best and fastest.minutes is not None:
        yield f"the fastest is {fastest}: {written(fastest.range_of(fastest.minutes))} minutes"
