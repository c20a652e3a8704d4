"""What doubling each part of a candidate would buy."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sim.calibration.numbers import Numbers
from sim.evidence.range import Range
from sim.planning.candidate import Candidate
from sim.planning.engine import has_servers, simulated
from sim.planning.formula import formula
from sim.planning.knowledge import Knowledge
from sim.planning.pace import Feed
from sim.planning.samples import Samples, TooFarError

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
#: The same in words.
WORDS = {
    "machines": "twice the machines",
    "device": "devices twice as fast",
    "nic": "twice the line rate of the cards",
    "flow_cap": "twice what software moves through a card",
    "bytes": "half the bytes",
    "stragglers": "no stragglers",
    "servers": "twice the servers",
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


class Settings(NamedTuple):
    """With what candidates are judged.

    Attributes
    ----------
    known
        What is known.
    samples
        How many it takes.
    feed
        What an input pipeline delivers.
    draws
        How many possibilities there are of each.
    paths
        Paths of a card that are used at once; None: nobody knows.
    """

    known: Knowledge
    samples: Samples
    feed: Feed
    draws: int
    paths: int | None


def sensitivity(
    best: Candidate, settings: Settings, told: Callable[[int, int], None] | None = None
) -> list[Saved]:
    """What each change saves, the most first.

    Parameters
    ----------
    best
        The candidate.
    settings
        With what it has been judged.
    told
        Called with how many simulations are done, and of how many.
    """
    assert best.pace is not None, "only asked of what runs"
    found = []
    for part, factor in PARTS.items():
        if part == "servers" and not has_servers(best.family):
            found.append(Saved(part, factor, Range(0.0, 0.0, 0.0), "there are none"))
            continue
        try:
            share = _saved(best, part, factor, settings, told)
        except TooFarError as error:
            found.append(Saved(part, factor, Range(0.0, 0.0, 0.0), str(error)))
            continue
        range_ = best.pace.range_of(share)
        nothing = abs(range_.middle) < NOTHING
        said = f"{WORDS[part]} buys nothing: bound by {best.pace.bound_by}" if nothing else WORDS[part]
        found.append(Saved(part, factor, range_, said))
    return sorted(found, key=lambda saved: -saved.share.middle)


def _saved(
    best: Candidate, part: str, factor: float, settings: Settings, told: Callable[[int, int], None] | None
) -> Numbers:
    """The share of the time that a change saves (shape (draws,)), whatever errors a measurement would have."""
    assert best.pace is not None, "only asked of what runs"
    count = best.count * 2 if part == "machines" else best.count
    part = "" if part == "machines" else part
    by = _by_engine if best.pace.by == "engine" else _by_formula
    rate, other = by(best, count, part, factor, settings, told)
    longer = np.minimum(rate, settings.feed.most(best.count)) / np.minimum(other, settings.feed.most(count))
    if count != best.count and best.samples is not None:
        more = settings.samples.drawn(2 * best.batch, settings.draws)
        longer = longer * more / settings.samples.drawn(best.batch, settings.draws)
    return np.asarray(1.0 - longer, np.float64)


def _by_formula(
    best: Candidate, count: int, part: str, factor: float, settings: Settings, _: object
) -> tuple[Numbers, Numbers]:
    """Samples a second as it is, and with a change (1/s, each shape (draws,))."""
    found = formula(best.family, (best.count, count), settings.known, settings.draws, settings.paths)
    other = found.changed(part, factor) if part else found
    return found.step().throughput[:, 0], other.step().throughput[:, 1]


def _by_engine(
    best: Candidate,
    count: int,
    part: str,
    factor: float,
    settings: Settings,
    told: Callable[[int, int], None] | None,
) -> tuple[Numbers, Numbers]:
    """The same by simulation."""
    assert best.pace is not None, "only asked of what runs"
    known, draws, paths = settings.known, settings.draws, settings.paths
    other = simulated([(best.family, count)], known, draws, paths, told, part, factor)[0]
    return best.pace.rate, other.pace.rate
