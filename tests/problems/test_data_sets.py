"""The data sets that come with scikit-learn, that are drawn, and that a package installs."""

from pathlib import Path

import numpy as np
import pytest

from sim.problems.data import diabetes, digits, idx, teacher

needs_fashion_mnist = pytest.mark.skipif(
    not Path(idx.FASHION_MNIST).is_dir(), reason="Debian's package dataset-fashion-mnist is not installed"
)


@pytest.mark.parametrize("load", [digits.load, diabetes.load, lambda: teacher.load(50, 0.1, 0)])
def test_samples_are_float32_and_nobody_can_write_them(load):
    for values in (values for samples in load() for values in samples):
        assert values.dtype == np.float32
        assert values.flags.c_contiguous
        assert not values.flags.writeable


def test_the_digits_are_split_once_and_for_all_and_stratified():
    train, test = digits.load()
    assert (train.inputs.shape, test.inputs.shape) == ((1440, 64), (357, 64))
    shares = np.bincount(train.targets.astype(int)) / 1440 - np.bincount(test.targets.astype(int)) / 357
    # A class keeps its share of the samples up to one sample of the smaller part.
    assert abs(shares).max() < 1 / 357


def test_the_digits_are_standardised_on_the_training_samples():
    train, _ = digits.load()
    assert abs(train.inputs.mean(axis=0)).max() < 1e-6
    deviations = train.inputs.astype(np.float64).std(axis=0)
    assert np.all((abs(deviations - 1) < 1e-5) | (deviations == 0))


def test_the_patients_are_split_once_and_for_all():
    train, test = diabetes.load()
    assert (train.inputs.shape, test.inputs.shape) == ((360, 10), (82, 10))
    together = np.concatenate([train.inputs, test.inputs])
    assert len(np.unique(together, axis=0)) == 442


def test_features_and_progression_are_standardised_on_the_training_samples():
    train, test = diabetes.load()
    for values in train:
        assert abs(values.mean(axis=0)).max() < 1e-6
        np.testing.assert_allclose(values.astype(np.float64).std(axis=0), 1, atol=1e-6)
    assert abs(test.targets.mean()) > 1e-3  # not on its own


def test_a_teacher_is_determined_by_its_seed():
    first, again, other = teacher.load(50, 0.1, 3), teacher.load.__wrapped__(50, 0.1, 3), teacher.load(50, 0.1, 4)
    for one, same in zip(first, again, strict=True):
        assert all(map(np.array_equal, one, same))
    assert not np.array_equal(first[0].inputs, other[0].inputs)


def test_more_training_samples_begin_with_those_of_fewer_and_leave_the_test_set_alone():
    (few, test), (many, same) = teacher.load(50, 0.1, 0), teacher.load(80, 0.1, 0)
    assert (len(few.targets), len(many.targets), len(test.targets)) == (50, 80, 2000)
    assert np.array_equal(many.inputs[:50], few.inputs)
    assert np.array_equal(many.targets[:50], few.targets)
    assert all(map(np.array_equal, test, same))


def test_noise_is_added_to_the_answers_of_one_and_the_same_teacher():
    exact, noisy = teacher.load(1000, 0.0, 0)[0], teacher.load(1000, 0.1, 0)[0]
    assert np.array_equal(exact.inputs, noisy.inputs)
    # A standard deviation estimated from n samples is off by sd / sqrt(2 n): 0.1 / 45 = 0.0022; four of that.
    assert abs((noisy.targets - exact.targets).std() - 0.1) < 0.009


def test_a_teacher_answers_alike_wherever_it_is_asked():
    train, test = teacher.load(1000, 0.0, 0)
    together = np.concatenate([train.inputs, test.inputs])
    assert abs(together.mean(axis=0)).max() < 4 / np.sqrt(3000)
    assert abs(train.targets.std() / test.targets.std() - 1) < 0.1


@needs_fashion_mnist
def test_fashion_mnist_is_as_published():
    train, test = idx.load(idx.FASHION_MNIST, idx.Images(60_000, 28, 28), 10)
    assert np.bincount(train.targets.astype(int)).tolist() == [6000] * 10
    assert np.bincount(test.targets.astype(int)).tolist() == [1000] * 10
    # The pixels' mean and deviation are known as 0.2860 and 0.3530 of 255, so that 0 and 255 become these.
    assert train.inputs.min() == pytest.approx(-0.2860 / 0.3530, abs=3e-4)
    assert train.inputs.max() == pytest.approx((1 - 0.2860) / 0.3530, abs=6e-4)
    assert abs(train.inputs.mean(dtype=np.float64)) < 1e-6
