"""What a part asks for, in full and in the quick form."""

from __future__ import annotations

from sim.study.study import Form, Part

PART = Part(
    "race",
    "problem=digits_mlp problem.label_noise=0.1 workers=2,4 network=single_switch network.latency_us=2",
    seeds=10,
    over="optimizer.lr=0.1,0.2,0.4 optimizer.momentum=0.8,0.9",
    tuning=3,
    quick="workers=2 optimizer.lr=0.1,0.2",
    quick_seeds=2,
)


def test_quick_words_take_the_place_of_those_that_are_swept_and_of_those_that_are_chosen_from() -> None:
    assert PART.asked(Form.quick, [])[2] == "workers=2"
    assert not any(word.startswith("optimizer") for word in PART.asked(Form.quick, []))
    assert PART.choices(Form.quick) == ["optimizer.lr=0.1,0.2", "optimizer.momentum=0.8,0.9"]
    assert PART.choices(Form.full) == ["optimizer.lr=0.1,0.2,0.4", "optimizer.momentum=0.8,0.9"]


def test_seeds_of_a_form() -> None:
    assert (PART.choosing(Form.full), PART.choosing(Form.quick)) == (3, 1)


def test_another_option_of_a_group_has_fields_of_its_own() -> None:
    asked = PART.asked(Form.full, ["problem=fashion_mlp"])
    assert "problem=fashion_mlp" in asked
    assert not any(word.startswith("problem.") for word in asked)
