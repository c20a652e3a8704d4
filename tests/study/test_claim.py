"""Verdicts: what an effect says of a claim, and how many claims correct it."""

from __future__ import annotations

from typing import Any

import pytest

from sim.study.claim import Answer, Claim, Expected, answer, judged
from sim.study.effect import Effect

HOLDS, NOT, OPEN = Answer.holds, Answer.does_not_hold, Answer.cannot_be_told


NOTHING = Effect(None, None, None, None, 0)


def claim(expected: Expected, effect: Effect = NOTHING) -> Claim:
    return Claim("X", "it is so", expected, 1.0, lambda table: effect)


@pytest.mark.parametrize(
    ("expected", "ends", "p", "said"),
    [
        (Expected.less, (-4.0, -2.0), 0.001, HOLDS),
        (Expected.less, (-0.4, -0.2), 0.001, HOLDS),  # small, but of the claimed sign beyond chance
        (Expected.less, (2.0, 4.0), 0.001, NOT),
        (Expected.less, (-0.5, 0.5), 0.9, NOT),  # smaller than matters
        (Expected.less, (-4.0, 0.5), 0.2, OPEN),
        (Expected.less, (-4.0, -0.1), 0.2, OPEN),  # not beyond chance any more, of so many claims
        (Expected.more, (2.0, 4.0), 0.001, HOLDS),
        (Expected.more, (-4.0, -2.0), 0.001, NOT),
        (Expected.same, (-0.5, 0.9), None, HOLDS),
        (Expected.same, (1.1, 4.0), None, NOT),
        (Expected.same, (-4.0, -1.1), None, NOT),
        (Expected.same, (-0.5, 1.1), None, OPEN),
    ],
)
def test_what_an_effect_says(expected: Expected, ends: tuple[float, float], p: float | None, said: Answer) -> None:
    effect = Effect(sum(ends) / 2, *ends, p, 10)
    assert answer(claim(expected), effect, p) is said


@pytest.mark.parametrize("expected", list(Expected))
def test_without_an_interval_nothing_can_be_told(expected: Expected) -> None:
    assert answer(claim(expected), Effect(3.0, None, None, None, 1), None) is OPEN
    assert answer(claim(expected), Effect(None, None, None, None, 0), None) is OPEN


def test_claims_of_a_direction_are_corrected_for_their_number() -> None:
    table: Any = None
    ones = [claim(Expected.more, Effect(2.0, 0.1, 3.9, p, 10)) for p in (0.04, 0.001, 0.03)]
    same = claim(Expected.same, Effect(0.0, -0.1, 0.1, 0.9, 10))
    found = judged([*ones, same], table)
    assert [each.p for each in found] == [pytest.approx(0.06), pytest.approx(0.003), pytest.approx(0.06), None]
    assert [each.answer for each in found] == [OPEN, HOLDS, OPEN, HOLDS]
