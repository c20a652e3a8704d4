"""Methods side by side, each as it was tuned: what the seeds that judge say of them, by pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sim.evidence.censored import horizon, restricted
from sim.evidence.difference import Difference, compare
from sim.report.verdict import Verdict, corrected
from sim.tune.plan import key_of, method_key, name_of
from sim.tune.score import Score, ranked
from sim.tune.tuned import TunedCell


class Beside(NamedTuple):
    """A method beside the best one of its setting.

    Attributes
    ----------
    method
        Its name.
    verdict
        What the seeds say of it, of costs (less is better).
    """

    method: str
    verdict: Verdict


class Setting(NamedTuple):
    """Methods of which all else is the same.

    Attributes
    ----------
    words
        What else is swept, as it is here.
    first
        The best method; None where none got there.
    score
        Its score on the seeds that judge.
    others
        Those beside it that got there at all, the best first.
    never
        Those that never got there.
    """

    words: Sequence[str]
    first: str | None
    score: Score | None
    others: Sequence[Beside]
    never: Sequence[str]


def compared(cells: Sequence[TunedCell]) -> list[Setting]:
    """The methods of every setting that has several, by the seeds that judge."""
    settings: dict[tuple[str, ...], dict[str, Score]] = {}
    for words, method, score in _placed(cells):
        settings.setdefault(words, {})[method] = score
    several = {words: scores for words, scores in settings.items() if len(scores) > 1}
    found = {words: _differences(scores) for words, scores in several.items()}
    verdicts = iter(corrected([each for of_one in found.values() for each in of_one.values()]))
    beside = {words: dict(zip(of_one, verdicts, strict=False)) for words, of_one in found.items()}
    return [_setting(words, several[words], of_one) for words, of_one in beside.items()]


def _placed(cells: Sequence[TunedCell]) -> Iterator[tuple[tuple[str, ...], str, Score]]:
    """The setting, the method and the score of each cell."""
    method = method_key(cells[0].cell)
    for each in cells:
        own = [word for word in each.cell.varied if key_of(word) == method]
        others = tuple(word for word in each.cell.varied if key_of(word) != method)
        yield others, name_of(own), each.judged


def _differences(scores: Mapping[str, Score]) -> dict[str, Difference]:
    """Of each method that got there from the best one, by its name."""
    there = [name for name in ranked(scores) if scores[name].reached]
    found = {}
    for name in there[1:]:
        pair = [scores[there[0]].costs, scores[name].costs]
        bound = horizon(*(costs.values() for costs in pair))
        found[name] = compare(*({seed: restricted(each, bound) for seed, each in costs.items()} for costs in pair))
    return found


def _setting(words: Sequence[str], scores: Mapping[str, Score], verdicts: Mapping[str, Verdict]) -> Setting:
    order = ranked(scores)
    first = order[0] if scores[order[0]].reached else None
    others = [Beside(name, each) for name, each in verdicts.items()]
    never = [name for name in order if not scores[name].reached]
    return Setting(words, first, None if first is None else scores[first], others, never)
