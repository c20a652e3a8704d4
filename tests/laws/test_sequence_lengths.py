"""Step times that follow the tokens of a mini-batch: mean and variance in closed form, against the integrals."""

import math
from itertools import islice

import numpy as np
import pytest
from experiments import option
from on_the_clock import on_the_clock
from scipy import integrate, stats

from sim.streams import stream

CASES = [
    "lengths samples=1",
    "lengths samples=8 cv=0.5 quadratic_share=0",
    "lengths samples=4 median=2000 longest=2000 cv=3 quadratic_share=1",
]


def draws(law, count):
    return np.array(list(islice(law.multipliers(0, stream(0, "compute", 0)), count)))


def moment(law, power):
    """E (L / median)^power by quadrature over the normal score, of the law that is cut at `longest`."""
    s = math.sqrt(math.log1p(law.cv**2))
    bound = math.log(law.longest / law.median) / s
    integrand = lambda z: math.exp(power * s * z) * stats.norm.pdf(z)  # noqa: E731
    return integrate.quad(integrand, -12, bound, epsabs=1e-14, limit=500)[0] / stats.norm.cdf(bound)


def variance(law):
    """Of one sequence's cost (1 - q) L / E L + q L^2 / E L^2, whose mean is 1."""
    q, one, two = law.quadratic_share, moment(law, 1), moment(law, 2)
    square = (1 - q) ** 2 * two / one**2 + 2 * q * (1 - q) * moment(law, 3) / (one * two)
    return square + q**2 * moment(law, 4) / two**2 - 1


@pytest.mark.parametrize("words", CASES)
def test_the_mean_is_1_and_the_variance_that_of_one_sequence_over_their_number(words):
    law, count = option("straggler", words), 200_000
    found, expected = draws(law, count), variance(law) / law.samples
    assert found.mean() == pytest.approx(1, abs=5 * math.sqrt(expected / count))
    # 5 standard errors of a variance, by the fourth moment that is found.
    fourth = ((found - 1) ** 4).mean()
    assert found.var() == pytest.approx(expected, abs=5 * math.sqrt((fourth - expected**2) / count))
    assert (found > 0).all()


def test_lengths_are_lognormal_up_to_the_longest():
    # Linear costs are lengths over their mean: L / median = cost E (L / median).
    law = option("straggler", "lengths samples=1 quadratic_share=0 median=100 longest=400 cv=1")
    found = 100 * moment(law, 1) * draws(law, 100_000)
    s = math.sqrt(math.log(2))
    below = stats.lognorm(s, scale=100)
    assert found.max() <= 400 * (1 + 1e-12)
    assert stats.kstest(found, lambda length: np.minimum(below.cdf(length) / below.cdf(400), 1)).pvalue > 1e-3


def test_a_gradient_has_as_many_sequences_as_samples():
    # The mean over n independent sequences varies 1/n as much; micro-batches are sequences, too.
    law = option("straggler", "lengths")
    for samples in (4, 64):
        found = draws(law.for_samples(samples), 50_000)
        assert found.var() == pytest.approx(variance(law) / samples, rel=0.1)
    assert option("straggler", "lengths samples=3").for_samples(64).samples == 3


def test_larger_batches_wait_less_for_the_longest():
    seconds = [
        on_the_clock("hardsync", 8, 200, batch=batch, straggler="lengths").summary.virtual_seconds / 200
        for batch in (1, 16, 256)
    ]
    assert seconds == sorted(seconds, reverse=True)
    # Of 256 sequences the mean is about normal: the slowest of 8 is 1.42 standard deviations above 1.
    spread = math.sqrt(variance(option("straggler", "lengths")) / 256)
    assert seconds[-1] == pytest.approx(1 + 1.42 * spread, abs=0.2 * spread)


def test_sequences_of_one_length_are_no_stragglers():
    assert set(draws(option("straggler", "lengths cv=0"), 100)) == {1.0}


def test_so_many_sequences_that_they_are_drawn_in_parts_are_the_same_law():
    assert draws(option("straggler", "lengths samples=100000"), 3) == pytest.approx(1, abs=0.05)
