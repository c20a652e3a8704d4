"""Effects of made-up runs against what is computed from their seeds."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from cells_made_up import cell
from scipy import stats

from sim.results.rows import Summary
from sim.study.effect import beside, difference, halves, relative, share

FIRST = {0: 1.0, 1: 1.2, 2: 0.9, 3: 1.4}
SECOND = {0: 1.1, 1: 1.5, 2: 1.0, 3: 1.3}


def test_a_difference_is_that_of_the_pairs() -> None:
    pairs = np.array([SECOND[seed] - FIRST[seed] for seed in FIRST])
    expected = stats.ttest_1samp(pairs, 0.0)
    found = difference(cell(FIRST), cell(SECOND), "final_test_loss", "nats")
    assert found.value == pytest.approx(pairs.mean())
    assert (found.low, found.high) == pytest.approx(expected.confidence_interval(0.95))
    assert (found.p, found.n, found.unit) == (pytest.approx(expected.pvalue), 4, "nats")


def test_a_relative_difference_is_that_of_the_ratios() -> None:
    logs = np.log([SECOND[seed] / FIRST[seed] for seed in FIRST])
    found = relative(cell(FIRST), cell(SECOND), "final_test_loss")
    assert found.value == pytest.approx(100.0 * (math.exp(logs.mean()) - 1.0))
    ends = stats.ttest_1samp(logs, 0.0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx([100.0 * (math.exp(end) - 1.0) for end in ends])


def test_seeds_that_diverged_leave_no_difference() -> None:
    found = difference(cell(FIRST), cell(SECOND | {2: None}), "final_test_loss")
    assert found.value is None
    assert found.said == "without such a figure: 0 seeds of the first, 1 of the second"


def test_who_never_gets_there_is_cut_off() -> None:
    seconds = "seconds_to_target"
    found = difference(cell({0: 4.0, 1: 5.0}, seconds), cell({0: 6.0, 1: None}, seconds), seconds)
    assert found.value == pytest.approx(1.5)  # up to the 6 s that are known of both: (6 - 4 + 6 - 5) / 2
    assert found.said == "cut off: 0 seeds of the first, 1 of the second"


def failed(summary: Summary) -> bool:
    return summary.status == "diverged"


@pytest.mark.parametrize("gained", range(6))
def test_a_share_has_the_exact_probability_of_its_discordant_pairs(gained: int) -> None:
    first = {seed: None if seed >= 10 else 1.0 for seed in range(12)}
    second = {seed: None if seed < gained else 1.0 for seed in range(12)}
    found = share(cell(first), cell(second), failed)
    assert found.value == pytest.approx(100.0 * (gained - 2) / 12)
    assert found.p == pytest.approx(stats.binomtest(gained, gained + 2).pvalue if gained != 2 else 1.0)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high or gained == 2


@pytest.mark.slow
def test_the_interval_of_a_share_covers_it() -> None:
    # Agresti and Min 2005: about 95 % for 30 pairs, whatever the probabilities.
    random = np.random.default_rng(5)
    for up, down in itertools.combinations_with_replacement((0.1, 0.3, 0.5), 2):
        if up + down > 1.0:
            continue
        inside = 0
        for _ in range(400):
            kinds = random.choice(3, 30, p=[up, down, 1.0 - up - down])
            first = {seed: None if kind == 1 else 1.0 for seed, kind in enumerate(kinds)}
            second = {seed: None if kind == 0 else 1.0 for seed, kind in enumerate(kinds)}
            found = share(cell(first), cell(second), failed)
            assert found.low is not None
            assert found.high is not None
            inside += found.low <= 100.0 * (up - down) <= found.high
        assert inside / 400 > 0.9


def test_a_figure_beside_what_is_expected() -> None:
    found = beside(cell(FIRST), "final_test_loss", 1.0)
    assert found.value == pytest.approx(0.125)
    assert found.n == 4


def test_halves_are_of_different_seeds() -> None:
    found = halves(cell(FIRST), "final_test_loss")
    assert found.value == pytest.approx((1.2 + 1.4) / 2 - (1.0 + 0.9) / 2)
    assert found.n == 4
