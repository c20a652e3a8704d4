"""What doubling each part of a candidate would buy."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from sim.calibration.numbers import Numbers
from sim.evidence.range import Range
from sim.planning.asked import Sites
from sim.planning.candidate import Candidate
from sim.planning.endured import EndlessError, endured
from sim.planning.engine import has_servers, simulated
from sim.planning.formula import formula
from sim.planning.rounds import at_sites
from sim.planning.samples import TooFarError
from sim.planning.settings import Settings, Told
from topologies.field_error import FieldError

#: What is changed, by which factor.
PARTS = {
    "machines": 2.0,
    "device": 2.0,
    "nic": 2.0,
    "flow_cap": 2.0,
    "bytes": 0.5,
    "stragglers": 0.0,
    "servers": 2.0,
}
#: Of sites, besides.
OF_ROUNDS = {"period": 2.0}
#: The same in words.
WORDS = {
    "machines": "twice the machines",
    "device": "devices twice as fast",
    "nic": "twice the line rate of the cards",
    "flow_cap": "twice what software moves through a card",
    "bytes": "half the bytes",
    "stragglers": "no stragglers",
    "servers": "twice the servers",
    "period": "twice the steps of a round, whatever samples that costs",
}
#: What saves less than this buys nothing (ratio).
NOTHING = 0.01


class Saved(NamedTuple):
    """What a change saves.

    Attributes
    ----------
    part, factor
        What is changed, and how many times it is there then.
    share
        Of the time that it saves (ratio); negative: it takes longer.
    said
        In words.
    """

    part: str
    factor: float
    share: Range
    said: str


def sensitivity(
    best: Candidate, settings: Settings, sites: Sites | None = None, told: Told | None = None
) -> list[Saved]:
    """What each change saves, the most first.

    Parameters
    ----------
    best
        The candidate.
    settings
        With what it has been judged.
    sites
        Where it is apart.
    told
        Called on the way.
    """
    assert best.pace is not None, "only asked of what runs"
    found = []
    for part, factor in {**PARTS, **(OF_ROUNDS if sites else {})}.items():
        if part == "servers" and not has_servers(best.family):
            found.append(Saved(part, factor, Range(0.0, 0.0, 0.0), "there are none"))
            continue
        try:
            share = _saved(best, part, factor, settings, sites, told)
        except (
            TooFarError,
            EndlessError,
            FieldError,
        ) as error:  # twice as much is more than anybody has tried, or than can be
            found.append(Saved(part, factor, Range(0.0, 0.0, 0.0), str(error)))
            continue
        range_ = best.pace.range_of(share)
        found.append(Saved(part, factor, range_, WORDS[part]))
    return sorted(found, key=lambda saved: -saved.share.middle)


def _saved(
    best: Candidate, part: str, factor: float, settings: Settings, sites: Sites | None, told: Told | None
) -> Numbers:
    """The share of the time that a change saves (shape (draws,)), whatever errors a measurement would have."""
    assert best.pace is not None, "only asked of what runs"
    count = best.count * 2 if part == "machines" else best.count
    part = "" if part == "machines" else part
    if sites is not None:
        rate, other = _by_rounds(best, count, part, factor, settings, sites)
    elif best.pace.by == "engine":
        rate, other = _by_engine(best, count, part, factor, settings, told)
    else:
        rate, other = _by_formula(best, count, part, factor, settings)
    longer = np.minimum(rate, settings.feed.most(best.count)) / np.minimum(other, settings.feed.most(count))
    if count != best.count:
        step = 2 * best.batch / float(np.median(other))
        longer = longer * best.endured.share / endured(best.family, count, step).share
    if count != best.count and best.samples is not None:
        more = settings.samples.drawn(2 * best.batch, settings.draws)
        longer = longer * more / settings.samples.drawn(best.batch, settings.draws)
    return np.asarray(1.0 - longer, np.float64)


def _by_formula(best: Candidate, count: int, part: str, factor: float, settings: Settings) -> tuple[Numbers, Numbers]:
    """Samples a second as it is, and with a change (1/s, each shape (draws,))."""
    found = formula(best.family, (best.count, count), settings.known, settings.draws, settings.paths)
    other = found.changed(part, factor) if part else found
    return found.step().throughput[:, 0], other.step().throughput[:, 1]


def _by_rounds(
    best: Candidate, count: int, part: str, factor: float, settings: Settings, sites: Sites
) -> tuple[Numbers, Numbers]:
    """The same of sites: twice the machines are twice as many at each."""
    gbps, _ = best.round
    counts = best.count // sites.number, count // sites.number
    now, _ = at_sites(best.family, counts, sites, gbps, settings)
    _, then = at_sites(best.family, counts, sites, gbps, settings, part, factor)
    return now.rate, then.rate


def _by_engine(
    best: Candidate,
    count: int,
    part: str,
    factor: float,
    settings: Settings,
    told: Told | None,
) -> tuple[Numbers, Numbers]:
    """The same by simulation."""
    assert best.pace is not None, "only asked of what runs"
    known, draws, paths = settings.known, settings.draws, settings.paths
    counted = None if told is None else partial(told, "what doubling buys")
    other = simulated([(best.family, count)], known, draws, paths, counted, part, factor)[0]
    return best.pace.rate / best.endured.share, other.pace.rate
