"""What a planner asks, in words: key=value that are of the plan, and those of the runs that it compares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches

from sim.planning.goal import LEAST, MOST, Goal
from sim.planning.pace import Feed

#: More machines of one type nobody lists; more flows of a card no library opens; more sites no ring joins.
MOST_MACHINES, MOST_FLOWS, MOST_SITES = 100_000, 1024, 1000
#: What a link between sites carries, from a modem to a bundle of fibres (Gb/s); from one to another (ms), an hour.
SLOWEST, FASTEST, FARTHEST = 1e-6, 1e6, 3.6e6
#: Local steps of a round that are tried where nobody says (powers of two).
PERIODS = tuple(2**power for power in range(11))


@dataclass(frozen=True)
class Sites:
    """Sites that average seldom, with a link between any two of them.

    Parameters
    ----------
    number
        How many, >= 2.
    gbps
        What the link of a site carries, each to try (Gb/s), > 0.
    latency
        From one site to another (s), >= 0.
    """

    number: int
    gbps: tuple[float, ...]
    latency: float


@dataclass(frozen=True)
class Asked:
    """A question.

    Parameters
    ----------
    goal
        What has to be reached.
    machines
        Types of machines as the planner calls them; empty: one that the keys of the run describe.
    counts
        How many of them, each to try.
    sites
        Where they are apart; None: together.
    flows
        Number of paths of a network card that are used at once, 1 to 1024; None: nobody knows.
    feed
        What an input pipeline delivers.
    folder
        Where results go; None: a new folder.
    spot_price
        What a spot worker costs, beside one on demand (0 to 1); None: as much.
    words
        Those of the runs.
    """

    goal: Goal
    machines: tuple[str, ...] = ()
    counts: tuple[int, ...] = (1,)
    sites: Sites | None = None
    flows: int | None = None
    feed: Feed = field(default_factory=Feed)
    folder: str | None = None
    spot_price: float | None = None
    words: tuple[str, ...] = ()


#: Keys of a plan that are no goal.
KEYS = (
    "machines",
    "count",
    "sites",
    "link.gbps",
    "link.latency_ms",
    "flows",
    "input.samples_per_second",
    "storage.samples_per_second",
    "plan.folder",
    "plan.spot_price",
)
GOALS = tuple(f"goal.{each.name}" for each in fields(Goal))
_ROOTS = {name.partition(".")[0] for name in (*KEYS, *GOALS)}


def read_asked(words: Sequence[str]) -> Asked:
    """Take the words of a plan from those of its runs.

    Parameters
    ----------
    words
        ``key=value``, as they were typed.

    Raises
    ------
    ValueError
        In one line: key, value and remedy.
    """
    own: dict[str, str] = {}
    rest: list[str] = []
    for word in words:
        key, equals, value = word.partition("=")
        if not is_own(word):
            rest.append(word)
            continue
        if key != key.lstrip("+~"):
            raise ValueError(f"{word[:60]}: is of the plan, not of a config; write {word[:60].lstrip('+~')}")
        if key not in KEYS and key not in GOALS:
            near = get_close_matches(key, (*KEYS, *GOALS), n=1, cutoff=0.0)
            raise ValueError(f"{key}: there is no such key of a plan; did you mean {near[0]}?")
        if not equals or not value:
            raise ValueError(f"{key}: no value is given; write {key}=...")
        if key in own:
            raise ValueError(f"{key}: given twice, {own[key]} and {value}; keep one of them")
        own[key] = value
    goal = Goal(**{name.partition(".")[2]: _number(name, own[name]) for name in GOALS if name in own})
    if "goal.confidence" in own and not goal.bounded:
        raise ValueError(
            f"goal.confidence: {own['goal.confidence']} sure of what? nothing can be missed; give goal.minutes, "
            "goal.cost or goal.utilisation, or leave it out"
        )
    return Asked(
        goal=goal,
        machines=_names(own.get("machines", "")),
        counts=_counts(own.get("count", "1")),
        sites=_sites(own),
        flows=_whole("flows", own["flows"], MOST_FLOWS) if "flows" in own else None,
        feed=Feed(
            *(
                _number(name, own[name], LEAST, MOST) if name in own else None
                for name in ("input.samples_per_second", "storage.samples_per_second")
            )
        ),
        folder=own.get("plan.folder"),
        spot_price=_number("plan.spot_price", own["plan.spot_price"], 0.0, 1.0) if "plan.spot_price" in own else None,
        words=tuple(rest),
    )


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",")) if text else ()
    for name in names:
        if not name:
            raise ValueError(f"machines: {text[:60]!r} has a comma with nothing beside it; give for example p4d,p3")
        if names.count(name) > 1:
            raise ValueError(f"machines: {text[:60]!r} has {name} twice; give each once")
    return names


def _counts(text: str) -> tuple[int, ...]:
    """A list, of which ``1..32`` are the powers of two from 1 to 32."""
    found: set[int] = set()
    for piece in text.split(","):
        first, dots, last = piece.partition("..")
        low = _whole("count", first, MOST_MACHINES)
        high = _whole("count", last, MOST_MACHINES) if dots else low
        if high < low:
            raise ValueError(f"count: {piece} has no number in it; give the smaller one first, as in 1..32")
        found.add(low)
        each = 1
        while dots and each <= high:
            if each >= low:
                found.add(each)
            each *= 2
        found.add(high)
    return tuple(sorted(found))


def _sites(own: dict[str, str]) -> Sites | None:
    if "sites" not in own:
        for key in ("link.gbps", "link.latency_ms"):
            if key in own:
                raise ValueError(f"{key}: is the link between sites, and there are none; give sites=2, or leave it out")
        return None
    number = _whole("sites", own["sites"], MOST_SITES)
    if number < 2:
        raise ValueError(f"sites: must be at least 2, got {number}; leave it out where there is one")
    if "link.gbps" not in own:
        raise ValueError("link.gbps: is needed beside sites; give what the link of a site carries, as in 1 or 1,10")
    gbps = tuple(_number("link.gbps", piece, SLOWEST, FASTEST) for piece in own["link.gbps"].split(","))
    for one in gbps:
        if gbps.count(one) > 1:
            raise ValueError(f"link.gbps: {own['link.gbps'][:60]!r} has {one:g} twice; give each once")
    latency = _number("link.latency_ms", own.get("link.latency_ms", "10"), 0.0, FARTHEST)
    return Sites(number, gbps, latency / 1e3)


def _number(key: str, text: str, least: float = -math.inf, most: float = math.inf) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{key}: expected a number, got {text[:40]!r}; give for example {key}=60")
    if not least <= value <= most:
        raise ValueError(
            f"{key}: must be from {least:g} to {most:g}, got {value:g}; give {'more' if value < least else 'less'}"
        )
    return value


def _whole(key: str, text: str, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:12]) <= most):
        raise ValueError(f"{key}: expected a whole number from 1 to {most}, got {text[:40]!r}; give for example 8")
    return int(text)


def is_own(word: str) -> bool:
    """Whether a word is of the plan, and not of its runs."""
    return word.partition("=")[0].lstrip("+~").partition(".")[0] in _ROOTS
