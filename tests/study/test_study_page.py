"""The page of a study says what was measured, and what has come of it, without its code."""

from __future__ import annotations

from html_page import Page

from sim.study.answered import Answered
from sim.study.claim import Answer, Claim, Expected, Judged
from sim.study.effect import Effect
from sim.study.measure import ratio
from sim.study.page import render
from sim.study.reading import measured
from sim.study.study import Form, Study
from sim.study.told import by_answer

RATIO = ratio("a batch=1", "b", "seconds_to_target")
CLAIM = Claim("R1", "it is <sooner>", Expected.less, 5.0, RATIO, "on wires")
FOUND = Judged(CLAIM, Effect(-20.0, -30.0, -10.0, 0.001, 9, "%"), 0.002, Answer.holds)
OTHER = Judged(
    Claim("R2", "it is not", Expected.same, 5.0, lambda table: FOUND.effect), FOUND.effect, None, Answer.cannot_be_told
)
STUDY = Study("a paper", "Is it?", [], [CLAIM, OTHER.claim], lambda table: FOUND.effect, [], "Much.", None)


def _page(form: Form) -> Page:
    effect = Effect(0.1, -0.2, 0.4, 0.9, 9, "s")
    return Page(
        render(Answered("it", STUDY, form, [FOUND, OTHER], effect, "Take b.", [], {}, "paceline study it", 3.0))
    )


def test_a_measure_says_which_figure_of_which_runs() -> None:
    assert measured(RATIO) == "time to target, first a batch=1, second b"
    assert measured(OTHER.claim.measure) == ""


def test_the_conclusion_names_the_claims_by_their_answers() -> None:
    assert by_answer([FOUND, OTHER]) == ["Holds: R1.", "Cannot be told: R2."]
    assert by_answer([*[FOUND] * 16, OTHER]) == ["Holds: R1 (16 of 16).", "Cannot be told: R2."]
    page = _page(Form.full)
    assert page.words["h2"].startswith("ConclusionClaims")
    assert all(said in page.words["p"] for said in ("Take b.", "Holds: R1.", "Cannot be told: R2."))


def test_a_row_has_the_verdict_the_effect_in_its_unit_and_what_was_measured() -> None:
    [_, row, other] = _page(Form.full).rows
    assert row[1:] == ["holds", "−20 [−30, −10] %", "below 0; matters from 5 %", "9", "0.0020"]
    assert row[0] == "R1 it is <sooner>on wiresmeasured: time to target, first a batch=1, second b"
    assert "measured" not in other[0]


def test_only_the_quick_form_warns() -> None:
    assert "quick form" not in _page(Form.full).words["p"]
    assert "This is the quick form" in _page(Form.quick).words["p"]
