"""A space of candidates that is too large to list: Optuna chooses which of them are looked at."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from sim.config.space import Span, Values
from sim.planning.candidate import Candidate
from sim.planning.candidates import candidates_of
from sim.planning.choice import cost_of, time_of
from sim.planning.families import PERIOD, Families, Kind
from sim.planning.family import Family
from sim.planning.impossible import impossible_ones
from sim.planning.penalty import Penalties
from sim.planning.settings import Settings, Told
from sim.tune.study import Study

#: How many times as often Optuna is asked, at the most, as candidates are wanted: of a small space it asks again for
#: what it has seen.
PATIENCE = 50
#: What a candidate that does not run counts, as the logarithm of its time and cost (more than any has).
WORST = 200.0
#: By how much a candidate counts more that is not sure of the share of its time that it has to compute, for all that it
#: lacks; and how many times as much as its round the link of a site counts, as logarithms.
UNSURE, LINKS = 100.0, 10.0
#: Keys of what is chosen beside the words of a run.
MACHINES, COUNT, LINK = "machines", "count", "link.gbps"


class _Chosen(NamedTuple):
    """One candidate: what Optuna has chosen of everything."""

    kind: Kind
    variant: tuple[str, ...]
    words: tuple[str, ...]
    number: int
    gbps: float | None


class Search:
    """Candidates that Optuna chooses, by the time and the cost of those before.

    Parameters
    ----------
    families
        All that there are.
    trials
        How many candidates are looked at, >= 1.
    seed
        Of what Optuna draws, >= 0.

    Raises
    ------
    ConfigError
        Where Optuna is not installed, and there are more candidates.
    """

    def __init__(self, families: Families, trials: int, seed: int = 0) -> None:
        self._families, self._trials = families, trials
        self._seed = seed
        self._lists = families.size is not None and families.size <= trials
        self._study = (
            None if self._lists else Study([_seen(axis) for axis in self._axes], self._seed, "plan", figures=2)
        )
        self._priced = any(kind.machine is not None and kind.machine.price is not None for kind in families.kinds)
        self._known: dict[_Chosen, dict[int, Candidate]] = {}
        self._looked_at = 0

    @property
    def said(self) -> str:
        """How many of the candidates have been looked at, in words."""
        size = self._families.size
        if self._lists:
            return f"all of {size} candidates were looked at, not more than --trials {self._trials}"
        whole = f"{size:,} candidates".replace(",", " ") if size is not None else "more candidates than can be listed"
        return f"{self._looked_at} of {whole} were looked at, chosen by Optuna (TPE, seed {self._seed})"

    def candidates(self, settings: Settings, told: Told | None = None) -> Iterator[Candidate]:
        """Those that are chosen, each once; where there are no more than are wanted, all.

        Parameters
        ----------
        settings
            With what they are judged.
        told
            Called on the way.

        Raises
        ------
        ValueError
            In one line, where a candidate can only be simulated.
        """
        if self._study is None:
            yield from candidates_of(self._families.asked, self._families.listed(), settings, told)
            return
        for kind in self._families.kinds:
            first = self._families.first(kind)
            impossible = impossible_ones(self._families.asked, [first])
            if len(impossible) == len(self._families.asked.counts):
                raise ValueError(next(iter(impossible.values())))
        penalties, seen = Penalties(settings.draws), set[_Chosen]()
        for _ in range(PATIENCE * self._trials):
            chosen = self._chosen(self._study)
            if chosen in seen:
                self._study.refuse()
                continue
            seen.add(chosen)
            candidate = self._judged(chosen, settings, penalties)
            self._study.tell(*self._figures(candidate))
            self._looked_at += 1
            if told is not None:
                told("searching", self._looked_at, self._trials)
            yield candidate
            if self._looked_at == self._trials:
                return

    @cached_property
    def _axes(self) -> list[Values | Span]:
        """What every candidate has some value of."""
        asked = self._families.asked
        axes: list[Values | Span] = [
            Values(MACHINES, tuple(f"{MACHINES}={kind.name}" for kind in self._families.kinds)),
            Values(COUNT, tuple(f"{COUNT}={count}" for count in asked.counts)),
            *self._families.spaces,
        ]
        if asked.sites is not None:
            axes.append(Values(LINK, tuple(f"{LINK}={gbps!r}" for gbps in asked.sites.gbps)))
        if self._families.periods:
            axes.append(Values(PERIOD, tuple(f"{PERIOD}={period}" for period in self._families.periods)))
        return axes

    def _chosen(self, study: Study) -> _Chosen:
        words = {axis.key: _word(axis, word) for axis, word in zip(self._axes, study.ask(), strict=True)}
        name = words.pop(MACHINES).partition("=")[2]
        kind = next(each for each in self._families.kinds if each.name == name)
        count = int(words.pop(COUNT).partition("=")[2])
        link = words.pop(LINK, None)
        # only machines of this type have been measured so
        ways = Values(f"variant of {name}", tuple(" ".join(each) for each in kind.variants))
        variant = tuple(study.beside(ways).split())
        gbps = None if link is None else float(link.partition("=")[2])
        return _Chosen(kind, variant, tuple(words.values()), count, gbps)

    def _judged(self, chosen: _Chosen, settings: Settings, penalties: Penalties) -> Candidate:
        """The candidate, drawn together with other numbers of such machines, as it is in a list."""
        key = chosen._replace(number=0)
        if key not in self._known:
            family = self._families.family(chosen.kind, chosen.variant, chosen.words)
            asked = self._families.asked
            if asked.sites is None:
                _check_quick(family)
            else:
                assert chosen.gbps is not None, "sites have links"
                asked = replace(asked, sites=replace(asked.sites, gbps=(chosen.gbps,)))
            sites = 1 if asked.sites is None else asked.sites.number
            self._known[key] = {
                each.count // sites if each.round else each.count: each
                for each in candidates_of(
                    asked, [family], settings, impossible=impossible_ones(asked, [family]), penalties=penalties
                )
            }
        return self._known[key][chosen.number]

    def _figures(self, candidate: Candidate) -> tuple[float, float]:
        """What Optuna is to make small: logarithms of time and cost, or of link and round in place of the time."""
        if candidate.pace is None:
            return WORST, WORST
        goal = candidate.goal
        lacks = 0.0 if goal.utilisation is None else max(0.0, goal.confidence - (candidate.chance or 0.0))
        first, second = math.log(time_of(candidate)), math.log(cost_of(candidate))
        if candidate.round and not goal.learns:
            link, period = map(math.log, candidate.round)
            first = LINKS * link + period
        if goal.learns and self._priced and candidate.cost is None:
            second = WORST
        return first + UNSURE * lacks, second + UNSURE * lacks


def _check_quick(family: Family) -> None:
    if family.beyond_formula is not None:
        raise ValueError(
            f"--trials: {family.beyond_formula} is simulated, which takes seconds a candidate, and a search needs "
            "hundreds; leave that out, or --trials, and list what is to be compared"
        )


def _places(axis: Values | Span) -> Sequence[str]:
    """The words of a key whose values are all numbers, by these; of others none."""
    if not isinstance(axis, Values) or len(axis.words) < 2:
        return ()
    try:
        return sorted(axis.words, key=lambda word: float(word.partition("=")[2]))
    except ValueError:
        return ()


def _seen(axis: Values | Span) -> Values | Span:
    """What Optuna sees of a key: of numbers their places, so that it knows which are near each other."""
    places = _places(axis)
    return Span(axis.key, 0, len(places) - 1, log=False, whole=True) if places else axis


def _word(axis: Values | Span, word: str) -> str:
    """What it has chosen, as it is of the key."""
    places = _places(axis)
    return places[int(word.partition("=")[2])] if places else word
