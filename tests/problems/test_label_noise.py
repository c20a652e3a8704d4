"""Wrong labels: how many, which, and whose."""

from __future__ import annotations

import numpy as np
import pytest
from experiments import option, simulated

from sim.problems.data import digits

PROBLEMS = ("digits_mlp", "digits_softmax", "digits_cnn", "digits_lstm")


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_so_many_training_labels_are_others(problem: str, share: float) -> None:
    (train, test), (right, known) = option("problem", f"{problem} label_noise={share}").load(), digits.load()
    assert np.count_nonzero(train.targets != right.targets) == round(share * len(right.targets))
    assert (train.inputs == right.inputs).all()
    assert (test.targets == known.targets).all()
    assert {*np.unique(train.targets)} == {*range(10)}


def test_those_of_a_smaller_share_are_among_those_of_a_larger() -> None:
    few, many = (option("problem", f"digits_mlp label_noise={share}").load()[0].targets for share in (0.1, 0.3))
    right = digits.load()[0].targets
    assert (few == many)[few != right].all()


def test_every_other_class_is_as_likely() -> None:
    (train, _), (right, _) = option("problem", "digits_mlp label_noise=1").load(), digits.load()
    further = np.bincount((train.targets - right.targets).astype(int) % 10, minlength=10)
    assert further[0] == 0
    # 1440 draws of nine: 160 each, with a standard deviation of 12.
    assert abs(further[1:] - 160).max() < 48


@pytest.mark.slow
def test_what_cannot_be_learned_is_left_in_the_loss() -> None:
    words = {"workers": 1, "until": "updates=400", "optimizer": "sgd lr=0.1"}
    clean, noisy = (simulated("local", problem=f"digits_softmax label_noise={share}", **words) for share in (0.0, 0.3))
    assert noisy.summary.final_train_loss > clean.summary.final_train_loss + 0.5
    assert noisy.summary.final_test_accuracy > 0.8  # the labels are wrong in all directions alike
