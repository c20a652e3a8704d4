"""All candidates of a question, each with what is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from sim.calibration.layout import GBPS
from sim.footprint import footprint, ways
from sim.planning.asked import Asked, Sites
from sim.planning.candidate import Candidate
from sim.planning.endured import EndlessError, endured
from sim.planning.engine import simulated
from sim.planning.family import Family
from sim.planning.formula import Formula, formula
from sim.planning.pace import Pace, paces
from sim.planning.penalty import DivergesError, Penalties
from sim.planning.power import power_of
from sim.planning.rounds import apart, at_sites, is_of_rounds, period_of
from sim.planning.samples import TooFarError
from sim.planning.settings import Settings, Told
from sim.results.units import percent


class _Timed(NamedTuple):
    """So many machines of a family, how fast they are, the busiest link, and of sites link and round."""

    family: Family
    machines: int
    pace: Pace
    link: str
    round: tuple[float, ...] = ()


def candidates_of(
    asked: Asked,
    found: Sequence[Family],
    settings: Settings,
    told: Told | None = None,
    impossible: Mapping[tuple[int, int], str] | None = None,
    penalties: Penalties | None = None,
) -> Iterator[Candidate]:
    """Every number of machines of every family.

    Parameters
    ----------
    asked
        The question.
    found
        The families.
    settings
        With what they are judged.
    told
        Called on the way.
    impossible
        Why some cannot be, as `impossible_ones` has it; None: all can.
    penalties
        Those that have been raced; None: none yet.
    """
    impossible = impossible or {}
    penalties = penalties or Penalties(settings.draws)
    by_engine: list[tuple[Family, int]] = []
    for place, family in enumerate(found):
        fits = []
        for count in asked.counts:
            refused = too_large(family, count) or impossible.get((place, count), "")
            if refused:
                yield Candidate(family, count, asked.goal, memory=footprint(family.at(count)), refused=refused)
            else:
                fits.append(count)
        if asked.sites is not None:
            timed = _at_sites(family, fits, asked.sites, asked, settings)
        elif family.beyond_formula is None:
            timed = _by_formula(family, fits, settings)
        else:
            timed = iter(())
            by_engine += [(family, count) for count in fits]
        yield from (_judged(each, settings, asked, penalties) for each in timed)
    answers = simulated(by_engine, settings.known, settings.draws, settings.paths, told and partial(told, "simulating"))
    for which, each in zip(by_engine, answers, strict=True):
        family, _ = which
        # the shorter the round, the better, where both do
        round_ = (family.cards[1] / GBPS, float(period_of(family))) if is_of_rounds(family) else ()
        yield _judged(_Timed(*which, each.pace, each.link, round_), settings, asked, penalties)


def _by_formula(family: Family, counts: Sequence[int], settings: Settings) -> Iterator[_Timed]:
    if not counts:
        return
    law = formula(family, counts, settings.known, settings.draws, settings.paths)
    for count, pace in zip(counts, paces(law), strict=True):
        yield _Timed(family, count, pace, _card(law, count, pace))


def _at_sites(
    family: Family, counts: Sequence[int], sites: Sites, asked: Asked, settings: Settings
) -> Iterator[_Timed]:
    for each, gbps in apart(family, sites, learns=asked.goal.learns):
        pace = at_sites(each, counts, sites, gbps, settings)
        for count, one in zip(counts, pace, strict=True):
            said = f"link of a site, {percent(one.carried / (gbps * 1e9 / 8.0))} of {gbps:g} Gb/s"
            yield _Timed(each, count * sites.number, one, said, (gbps, float(period_of(each))))


def _judged(timed: _Timed, settings: Settings, asked: Asked, penalties: Penalties) -> Candidate:
    family, count, pace, link, round_ = timed
    candidate = Candidate(
        family, count, asked.goal, memory=footprint(family.at(count)), power=power_of(family), round=round_
    )
    job = settings.known.job(family)
    evidence = {"computing": job.computing.evidence, "network": settings.known.grade(family, count)}
    fed = pace.fed(asked.feed.most(count))
    step = candidate.batch / fed.range_of(fed.rate).middle
    try:
        left = endured(family, count, step, asked.spot_price)
    except EndlessError as error:
        return replace(candidate, refused=str(error))
    candidate, fed = replace(candidate, endured=left), fed.enduring(left.share)
    if not asked.goal.learns:
        return replace(candidate, pace=fed, evidence=evidence, link=link)
    try:
        samples = settings.samples.drawn(candidate.batch, settings.draws) * penalties.of(family)
    except (TooFarError, DivergesError) as error:
        return replace(candidate, refused=str(error))
    return replace(
        candidate,
        pace=fed,
        samples=samples,
        evidence={**evidence, "samples": settings.samples.grade(candidate.batch)},
        epochs_factor=settings.samples.factor(candidate.batch),
        link=link,
    )


def too_large(family: Family, count: int) -> str:
    """Why a candidate does not fit into its devices, with what would; empty: it does, as far as anybody knows.

    Parameters
    ----------
    family, count
        The candidate: so many machines of a family, >= 1.
    """
    run = family.at(count)
    found = footprint(run)
    if found is None or found.fits or found.capacity is None:
        return ""
    said = f"needs {found.total / 1e9:.3g} GB of {found.capacity / 1e9:.3g}"
    return f"{said} on a device; {', '.join(ways(run, found)) or 'give a larger device'}"


def _card(law: Formula, count: int, pace: Pace) -> str:
    """How busy a network card is, in words."""
    if count == 1:
        return "none, of one machine"
    line = law.family.cards[0] * law.family.cards[1]
    rate = line * 8e-9 / law.family.nics
    carried = float(pace.range_of(pace.card).middle) * 8e-9 / law.family.nics
    used = percent(pace.carried / line) if line < float("inf") else "–"
    return f"network card of a machine, {used} of {rate:.3g} Gb/s; software moves {carried:.3g}"
