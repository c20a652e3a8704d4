"""Samples to a goal: public tables, own ones, and where nobody knows."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.efficiency.batch_law import Entry
from sim.planning.goal import Goal
from sim.planning.samples import FARTHEST, PUBLIC, Samples, TooFarError
from sim.truth.convergence import read_convergence

RESNET = Goal(accuracy=0.759)


@pytest.mark.parametrize(("workload", "accuracy"), [(name, each.accuracy) for name, each in PUBLIC.items()])
def test_public_tables_say_what_they_have(workload: str, accuracy: float) -> None:
    samples = Samples(Goal(accuracy=accuracy), workload)
    table = read_convergence().tables[PUBLIC[workload].benchmark]
    inside = 0
    for entry in table:
        low, _, high = samples.expected(round(entry.batch)).range
        inside += low <= entry.samples <= high
    assert inside >= 0.7 * len(table)
    assert samples.grade(1024) == "class prior"
    assert "not verified by MLCommons" in samples.source


def test_larger_batches_take_more_samples_and_are_known_worse() -> None:
    samples = Samples(RESNET, "resnet50")
    usual, large, beyond = (samples.expected(batch) for batch in (2048, 32768, 100_000))
    assert usual.mean < large.mean < beyond.mean
    assert beyond.variance > large.variance
    assert samples.factor(32768) > 1.5
    assert samples.grade(100_000) == "extrapolated beyond the table"


def test_batches_far_beyond_the_table_are_refused() -> None:
    with pytest.raises(TooFarError, match=rf"more than {FARTHEST:g} times the largest batch .* give a smaller batch"):
        Samples(RESNET, "resnet50").expected(1_000_000)


def test_an_own_table_is_measured_here() -> None:
    law = [Entry(batch, 1e6 * (1.0 + batch / 4096.0), 9) for batch in (256, 1024, 4096)]
    samples = Samples(Goal(accuracy=0.5), "gpt2", law)
    assert math.isclose(math.exp(samples.expected(2048).mean), 1.5e6, rel_tol=0.1)
    assert samples.grade(2048) == "measured here"
    assert samples.grade(8192) == "extrapolated beyond the table"


def test_given_samples_are_given() -> None:
    samples = Samples(Goal(samples=1e6), "gpt2")
    np.testing.assert_allclose(samples.drawn(64, 10), 1e6)
    assert samples.grade(10**9) == "given"
    assert samples.factor(64) == 1.0


def test_draws_of_batches_go_together() -> None:
    samples = Samples(RESNET, "resnet50")
    some, others = (np.log(samples.drawn(batch, 500)) for batch in (2048, 4096))
    assert np.corrcoef(some, others)[0, 1] > 0.999
    low, _, high = samples.expected(2048).range
    inside = (np.exp(some) >= low) & (np.exp(some) <= high)
    assert abs(float(inside.mean()) - 0.8) < 0.06


def test_other_accuracies_and_models_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"goal\.accuracy: the public table of resnet50 is to 0\.759, and none to 0\.7;"
    ):
        Samples(Goal(accuracy=0.7), "resnet50")
    with pytest.raises(ValueError, match=r"goal\.accuracy: nobody has published .* workload=vgg16 .* give --table"):
        Samples(Goal(accuracy=0.7), "vgg16")
    with pytest.raises(ValueError, match=r"--table: goal\.samples says"):
        Samples(Goal(samples=1e6), "vgg16", [Entry(1, 1, 1)])
