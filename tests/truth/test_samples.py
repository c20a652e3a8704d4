"""Samples of what is possible have the moments of the distribution, and its tails where it is open on one side."""

from __future__ import annotations

import numpy as np
import pytest

from sim.calibration.evolution import differential_evolution
from sim.calibration.numbers import Numbers
from sim.streams import stream

CHAINS, STEPS = 128, 1000


def samples(log_density: object, unknowns: int) -> Numbers:
    generator = stream(1, "test")
    begin = generator.standard_normal((CHAINS, unknowns))
    return differential_evolution(log_density, begin, STEPS, generator)  # type: ignore[arg-type]


def test_of_a_normal_distribution_they_have_mean_and_covariance() -> None:
    # two normals of standard deviations 1 and 3 with a correlation of 0.9
    inverse = np.linalg.inv([[1.0, 2.7], [2.7, 9.0]])
    found = samples(lambda x: -0.5 * np.einsum("...i,ij,...j", x, inverse, x), 2)
    assert np.abs(found.mean(axis=0) / [1.0, 3.0]).max() < 0.1
    np.testing.assert_allclose(np.cov(found.T), [[1.0, 2.7], [2.7, 9.0]], rtol=0.1)


def test_a_bandwidth_that_is_bounded_on_one_side_has_a_tail_on_the_other() -> None:
    # x is the logarithm of a bandwidth with the prior N(0, 1), known to be above e^0 alone, within a relative 1 %: the
    # density is exp(-x^2/2) Phi(100 x), a half normal: mean sqrt(2/pi) = 0.798, quantiles 0.1 and 0.9 at 0.126, 1.645.
    # Laplace's normal about the maximum, which is next to zero, has a standard deviation of 1 % and no tail at all.
    from scipy.stats import norm

    found = samples(lambda x: (-0.5 * x * x + norm.logcdf(100.0 * x))[..., 0], 1)[:, 0]
    assert found.mean() == pytest.approx(0.798, abs=0.05)
    assert np.quantile(found, 0.1) == pytest.approx(0.126, abs=0.04)
    assert np.quantile(found, 0.9) == pytest.approx(1.645, abs=0.1)
    assert found.min() > -0.06


def test_the_same_seed_draws_the_same() -> None:
    once, again = (samples(lambda x: -0.5 * (x * x).sum(axis=-1), 3) for _ in range(2))
    assert np.array_equal(once, again)
