"""Parts of a study: what is asked, and what a user may ask instead."""

from __future__ import annotations

from sim.study.study import Form, Part

WORDS = "problem=digits_mlp problem.hidden=[8] workers=2 seed=1000"
OTHER = ["problem=fashion_mlp", "problem.label_noise=0.1"]


def test_another_problem_takes_the_place_of_the_words_own_with_its_fields() -> None:
    asked = Part("one", WORDS, seeds=3).asked(Form.full, OTHER)
    assert sorted(asked) == ["problem.label_noise=0.1", "problem=fashion_mlp", "seed=1000", "workers=2"]


def test_but_not_where_a_part_is_about_its_problem() -> None:
    asked = Part("one", WORDS, seeds=3, own_problem=True).asked(Form.full, [*OTHER, "hydra/launcher=cores"])
    assert sorted(asked) == sorted([*WORDS.split(), "hydra/launcher=cores"])
