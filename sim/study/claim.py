"""Claims: statements that a table of runs can speak for or against, and how they are judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sim.evidence.difference import holm
from sim.study.effect import Effect
from sim.study.table import Table

#: Measures an effect in a table of runs.
Measure = Callable[[Table], Effect]

#: A difference is called one where a chance find is less likely than this.
LEVEL = 0.05


class Expected(StrEnum):
    """What a statement says of its effect."""

    less = "less"
    more = "more"
    same = "same"


class Answer(StrEnum):
    """What the runs say of a statement."""

    holds = "holds"
    does_not_hold = "does not hold"
    cannot_be_told = "cannot be told"


@dataclass(frozen=True)
class Claim:
    """A statement that is judged by runs.

    Parameters
    ----------
    name
        What the source's statement is called, such as R3.
    statement
        What is claimed.
    expected
        What the effect is, if it holds: below zero, above zero, or smaller than matters.
    margin
        The smallest effect that matters (in the unit of the effect), > 0.
    measure
        Measures the effect in a table of runs.
    conditions
        Under which it is judged here.
    """

    name: str
    statement: str
    expected: Expected
    margin: float
    measure: Measure
    conditions: str = ""


class Judged(NamedTuple):
    """What the runs say of a claim.

    Attributes
    ----------
    claim
        Which.
    effect
        What was measured.
    p
        The probability of such an effect by chance, corrected for all claims of the study (Holm); None where it has
        none.
    answer
        The verdict.
    """

    claim: Claim
    effect: Effect
    p: float | None
    answer: Answer


def judged(claims: Sequence[Claim], table: Table) -> list[Judged]:
    """Judge claims, corrected for how many they are.

    A claim of a direction holds where its effect has that sign beyond chance. It does not hold where it has the other
    sign beyond chance, or where the whole interval is smaller than matters. A claim that nothing differs holds where
    the whole interval is smaller than matters, and does not where it is larger. All else cannot be told.

    Parameters
    ----------
    claims
        In the order of the source.
    table
        The runs.
    """
    effects = [claim.measure(table) for claim in claims]
    tested = [effect.p for claim, effect in zip(claims, effects, strict=True) if _is_tested(claim, effect)]
    corrected = iter(holm([p for p in tested if p is not None]))
    found = []
    for claim, effect in zip(claims, effects, strict=True):
        p = next(corrected) if _is_tested(claim, effect) else None
        found.append(Judged(claim, effect, p, answer(claim, effect, p)))
    return found


def _is_tested(claim: Claim, effect: Effect) -> bool:
    """Whether a claim is judged by a test against no effect."""
    return claim.expected is not Expected.same and effect.p is not None


def answer(claim: Claim, effect: Effect, p: float | None) -> Answer:
    """What an effect says of a claim.

    Parameters
    ----------
    claim
        The claim.
    effect
        What was measured.
    p
        Its probability by chance, corrected; None where it is not tested.
    """
    low, high, margin = effect.low, effect.high, claim.margin
    if effect.value is None or low is None or high is None:
        return Answer.cannot_be_told
    small = -margin <= low and high <= margin
    if claim.expected is Expected.same:
        if small:
            return Answer.holds
        return Answer.does_not_hold if low > margin or high < -margin else Answer.cannot_be_told
    sign = 1.0 if claim.expected is Expected.more else -1.0
    if p is not None and p < LEVEL:
        return Answer.holds if sign * effect.value > 0.0 else Answer.does_not_hold
    return Answer.does_not_hold if small else Answer.cannot_be_told
