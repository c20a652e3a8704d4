"""Short runs through the front door reach what each problem should reach."""

from pathlib import Path

import numpy as np
import pytest
from experiments import simulated

from sim.problems.data import diabetes, idx

needs_fashion_mnist = pytest.mark.skipif(
    not Path(idx.FASHION_MNIST).is_dir(), reason="Debian's package dataset-fashion-mnist is not installed"
)


def summary(problem, updates, lr, protocol="allreduce", **fields):
    """The summary of a synchronous run, which is evaluated at its ends only."""
    common = {"workers": 4, "partition": "shared replacement=false", "optimizer": f"sgd lr={lr}"}
    common |= {"record": f"every_updates={updates}", "until": f"updates={updates}"}
    return simulated(protocol, problem=problem, **common | fields).summary


def test_digits_cnn_recognises_most_digits():
    assert summary("digits_cnn", updates=300, lr=0.1).final_test_accuracy > 0.95


@pytest.mark.slow
def test_digits_lstm_recognises_most_digits():
    assert summary("digits_lstm", updates=300, lr=0.5).final_test_accuracy > 0.93


def test_diabetes_reaches_the_least_squares_solution():
    train, test = diabetes.load()
    add_ones = [np.column_stack([samples.inputs, np.ones(len(samples.inputs))]) for samples in (train, test)]
    solution, *_ = np.linalg.lstsq(add_ones[0], train.targets, rcond=None)
    reached = summary("diabetes", updates=1000, lr=0.05, workers=1, batch=360)  # the full gradient: no noise
    # Two features are nearly collinear (the least eigenvalue is about 0.01), so there the way is not yet at its end; a
    # loss is half a mean squared error.
    assert 2 * reached.final_train_loss == pytest.approx(
        np.mean((add_ones[0] @ solution - train.targets) ** 2), rel=0.01
    )
    assert reached.final_test_rmse == pytest.approx(
        np.sqrt(np.mean((add_ones[1] @ solution - test.targets) ** 2)), rel=0.02
    )


def test_a_student_comes_close_to_its_teachers_noise():
    # Without learning: the answers' deviation, 0.68. Nobody can come below the noise, 0.1.
    assert 0.1 < summary("teacher", updates=1500, lr=0.1, workers=2, batch=100).final_test_rmse < 0.2


def test_a_teacher_without_noise_is_learned_better():
    errors = [summary(f"teacher noise={noise}", updates=1500, lr=0.1).final_test_rmse for noise in (0.0, 0.1)]
    assert errors[0] < errors[1]


def test_skewed_workers_learn_worse_than_mixed_ones():
    # Each worker takes steps of its own between averagings with its neighbours, so what it has matters.
    skewed, mixed = (
        summary("digits_cnn channels=[4]", 100, 0.1, "dpsgd", workers=16, partition=f"dirichlet alpha={alpha}")
        for alpha in (0.01, 1000.0)
    )
    assert skewed.final_test_accuracy < mixed.final_test_accuracy


@pytest.mark.slow
@needs_fashion_mnist
@pytest.mark.parametrize("problem", ["fashion_mlp", "fashion_cnn channels=[8,16]"])
def test_fashion_is_learned_to_three_quarters(problem):
    assert summary(problem, updates=150, lr=0.05).final_test_accuracy > 0.75
