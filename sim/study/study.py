"""What a study is: runs that are fixed beforehand, and claims that are judged by them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from sim.study.claim import Claim, Measure
from sim.study.table import Table


class Form(StrEnum):
    """How much of a study is done."""

    full = "full"
    quick = "quick"


@dataclass(frozen=True)
class Part:
    """A sweep of a study.

    Parameters
    ----------
    name
        Of its folder.
    words
        What is asked, as behind ``paceline -m``; its ``seed`` is the first that judges.
    seeds
        How many judge.
    over
        What is chosen for every combination of the words, on other seeds: words with several values each.
    tuning
        How many seeds choose; in the quick form it is one.
    quick
        Words that take the place of those with the same key in the quick form, of what is chosen from, too.
    quick_seeds
        How many judge in the quick form.
    own_problem
        Whether it is about the problem that its words name: another that the user asks for does not take its place.
    """

    name: str
    words: str
    seeds: int
    over: str = ""
    tuning: int = 3
    quick: str = ""
    quick_seeds: int = 6
    own_problem: bool = False

    def asked(self, form: Form, more: Sequence[str]) -> list[str]:
        """The words of a form, each key once.

        Parameters
        ----------
        form
            Quick or full.
        more
            Words that take the place of the part's own.
        """
        said: dict[str, str] = {}
        if self.own_problem:
            more = [word for word in more if _key(word).partition(".")[0] != "problem"]
        tuned = {_key(word) for word in shlex.split(self.over)}
        quick = [word for word in self._quick(form) if _key(word) not in tuned]
        for word in [*shlex.split(self.words), *quick, *more]:
            key = _key(word)
            if key in said:  # another option of a group has fields of its own
                said = {other: each for other, each in said.items() if not other.startswith(f"{key}.")}
            said[key] = word
        return list(said.values())

    def choices(self, form: Form) -> list[str]:
        """The words that are chosen from in a form, each key once."""
        quick = {_key(word): word for word in self._quick(form)}
        return [quick.get(_key(word), word) for word in shlex.split(self.over)]

    def judging(self, form: Form) -> int:
        """How many seeds judge in a form."""
        return self.quick_seeds if form is Form.quick else self.seeds

    def choosing(self, form: Form) -> int:
        """How many seeds choose in a form."""
        return 1 if form is Form.quick else self.tuning

    def _quick(self, form: Form) -> list[str]:
        return shlex.split(self.quick) if form is Form.quick else []


def _key(word: str) -> str:
    return word.partition("=")[0]


class Drawing(NamedTuple):
    """A figure of a study.

    Attributes
    ----------
    name
        Of its folder.
    parts
        Whose runs it shows.
    arguments
        As behind ``paceline plot FOLDER...``; ``{error}`` is the figure that says how wrong the models are.
    caption
        What is to be seen.
    """

    name: str
    parts: tuple[str, ...]
    arguments: str
    caption: str


@dataclass(frozen=True)
class Study:
    """A question of the field, and how it is answered.

    Parameters
    ----------
    source
        Who has claimed what is judged.
    question
        In one sentence.
    parts
        The runs.
    claims
        What is judged.
    control
        The A/A row: one algorithm under two names.
    drawings
        The figures.
    leaves_open
        What the sizes of models, data and clusters leave open.
    metric
        What the claims go by: ``"accuracy"``, ``"rmse"``, or None, where any error does.
    conclusion
        What to do, as the runs have it; None: the claims say all.
    not_judged
        Statements of the source that are left out, each with the reason.
    """

    source: str
    question: str
    parts: Sequence[Part]
    claims: Sequence[Claim]
    control: Measure
    drawings: Sequence[Drawing]
    leaves_open: str
    metric: str | None = "accuracy"
    conclusion: Callable[[Table], str] | None = None
    not_judged: Mapping[str, str] = field(default_factory=dict)
