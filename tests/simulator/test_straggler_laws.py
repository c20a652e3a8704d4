"""Every straggler law against its own mean and quantiles; laws are found by themselves."""

import importlib
import math
import pkgutil
from itertools import islice

import numpy as np
import pytest
from scipy import stats

import sim.compute
from sim.compute import StragglerLaw
from sim.compute.exponential import Exponential
from sim.compute.lognormal import Lognormal
from sim.compute.none import NoStragglers
from sim.compute.slow_node import SlowNode
from sim.streams import stream

LAWS = [
    option
    for module in pkgutil.iter_modules(sim.compute.__path__)
    for option in vars(importlib.import_module(f"sim.compute.{module.name}")).values()
    if isinstance(option, type) and option.__module__ == f"sim.compute.{module.name}"
]


def draws(law, count=100_000, rank=0):
    return np.array(list(islice(law.multipliers(rank, stream(0, "compute", rank)), count)))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_a_law_gives_positive_numbers_and_the_same_ones_again(law):
    assert issubclass(law, StragglerLaw)
    first = draws(law(), 1000)
    assert (first > 0).all()
    np.testing.assert_array_equal(first, draws(law(), 1000))


def test_without_stragglers_every_gradient_takes_its_mean():
    assert set(draws(NoStragglers(), 1000)) == {1.0}


def test_exponential_draws_follow_the_exponential_distribution():
    assert stats.kstest(draws(Exponential()), stats.expon.cdf).pvalue > 1e-3


@pytest.mark.parametrize("cv", [0.1, 0.5, 2.0])
def test_lognormal_draws_have_mean_1_and_the_coefficient_of_variation_asked_for(cv):
    # exp(m + s Z) has mean exp(m + s^2/2) = 1 and cv^2 = exp(s^2) - 1.
    s = math.sqrt(math.log(1 + cv**2))
    assert stats.kstest(draws(Lognormal(cv)), stats.lognorm(s, scale=math.exp(-(s**2) / 2)).cdf).pvalue > 1e-3


def test_a_lognormal_law_without_variation_is_no_stragglers():
    assert set(draws(Lognormal(0.0), 1000)) == {1.0}


def test_only_the_first_workers_are_slow_nodes():
    law = SlowNode(count=2, factor=5.0)
    assert [next(law.multipliers(rank, stream(0, "compute", rank))) for rank in range(4)] == [5.0, 5.0, 1.0, 1.0]


def test_workers_meet_different_stragglers():
    assert (draws(Exponential(), 10, rank=0) != draws(Exponential(), 10, rank=1)).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Lognormal(-1.0), "cv: must be at least 0, got -1.0"),
        (lambda: Lognormal(math.nan), "cv: must be at least 0 and finite, got nan"),
        (lambda: SlowNode(count=-1), "count: must be at least 0, got -1"),
        (lambda: SlowNode(factor=0.0), "factor: must be above 0, got 0.0"),
    ],
)
def test_a_law_out_of_range_is_refused(make, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        make()
