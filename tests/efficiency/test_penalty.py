"""The penalty of a protocol: geometric means of ratios over seeds, and what is said where seeds were cut off."""

import math

import numpy as np
import pytest
from scipy.special import stdtrit

from sim.efficiency.penalty import against_itself, penalty_of
from sim.evidence.censored import Waited


def reached(*samples):
    return {seed: Waited(float(each), True) for seed, each in enumerate(samples)}


def test_it_is_the_geometric_mean_of_pairs_with_students_interval():
    # Ratios 2, 4 and 8: log 2 times 1, 2 and 3, whose mean is 2 and whose standard deviation is 1.
    half = stdtrit(2, 0.9) / math.sqrt(3) * math.log(2)
    found = penalty_of(reached(100, 10, 1), reached(200, 40, 8))
    assert found.ratio == pytest.approx(4.0)
    assert (found.low80, found.high80) == pytest.approx((4.0 * math.exp(-half), 4.0 * math.exp(half)))
    assert (found.seeds, found.reached) == (3, 3)


def test_what_all_seeds_have_in_common_drops_out():
    assert penalty_of(reached(10, 1000), reached(15, 1500))[:3] == pytest.approx((1.5, 1.5, 1.5))


def test_a_seed_that_was_cut_off_leaves_a_lower_bound():
    found = penalty_of(reached(100, 100), {0: Waited(200.0, True), 1: Waited(300.0, False)})
    assert found.ratio == pytest.approx(math.sqrt(6.0))
    assert found.low80 is not None
    assert found.high80 is None
    assert (found.seeds, found.reached) == (2, 1)


def test_who_diverges_never_gets_there():
    found = penalty_of(reached(100, 100), {0: Waited(200.0, True), 1: Waited(math.inf, False)})
    assert found[:3] == (math.inf, None, None)


def test_one_seed_has_no_interval():
    assert penalty_of(reached(100), reached(150))[:3] == pytest.approx((1.5, None, None))


def test_other_seeds_and_a_reference_that_is_not_there_are_refused():
    with pytest.raises(ValueError, match="race both on these"):
        penalty_of(reached(1, 2), reached(1))
    with pytest.raises(ValueError, match="lower the target"):
        penalty_of({0: Waited(1.0, False)}, reached(1))


def test_the_noise_of_a_penalty_holds_one_as_often_as_it_says():
    generator = np.random.default_rng(0)
    held = 0
    for _ in range(1000):
        found = against_itself(reached(*np.exp(generator.normal(5.0, 0.3, 8))))
        held += found.low80 <= 1.0 <= found.high80
    # Binomial: 800 with a standard deviation of 13.
    assert abs(held - 800) < 4 * 13


def test_fewer_than_four_seeds_say_nothing_of_it():
    assert against_itself(reached(1, 2, 3)) is None
    assert against_itself({**reached(1, 2, 3), 3: Waited(1.0, False)}) is None
