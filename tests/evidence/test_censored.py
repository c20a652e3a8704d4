"""Times that were cut off, against their definitions."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from scipy.stats import CensoredData, ecdf

from sim.evidence.censored import Waited, horizon, median, restricted_mean
from sim.evidence.interval import mean_interval
from sim.evidence.tasks import interquartile_mean, performance_profile


def waited(seed, n, bound):
    times = np.random.default_rng(seed).lognormal(0.0, 0.4, n)
    return [Waited(min(time, bound), bool(time <= bound)) for time in times]


@pytest.mark.parametrize("seed", range(5))
def test_the_restricted_mean_is_the_area_below_the_curve_of_kaplan_and_meier(seed):
    group = waited(seed, 12, bound=1.2)
    bound = horizon(group)
    curve = ecdf(CensoredData.right_censored([w.seconds for w in group], [not w.reached for w in group])).sf
    steps = np.concatenate([[0.0], np.minimum(curve.quantiles, bound), [bound]])
    area = np.sum(np.diff(steps) * np.concatenate([[1.0], curve.probabilities]))
    assert restricted_mean(group).value == pytest.approx(area)


def test_nothing_is_dropped_for_not_getting_there():
    group = [Waited(1.0, True), Waited(2.0, True), Waited(5.0, False)]
    assert horizon(group) == 5.0
    assert horizon(group, [Waited(4.0, False)]) == 4.0
    assert restricted_mean(group) == mean_interval([1.0, 2.0, 5.0])
    assert restricted_mean(group, 4.0) == mean_interval([1.0, 2.0, 4.0])


def test_where_nobody_got_there_nothing_is_known_of_the_scatter():
    assert restricted_mean([Waited(5.0, False)] * 4) == (5.0, None, None, 4)


def test_the_median_is_where_the_curve_falls_to_a_half():
    group = [Waited(float(time), True) for time in range(1, 10)]
    found = median(group)
    assert found.value == 5.0
    assert found.low < 5.0 < found.high
    assert median([Waited(1.0, True), Waited(2.0, False), Waited(2.0, False)]) is None


def test_a_median_is_the_first_time_of_which_exactly_a_half_is_reached():
    # Of ten, two are there after 0.4 s, one after 1.0 and two after 1.1: 0.8 x 7/8 x 5/7 = 1/2, which rounds above it.
    times = [0.4, 0.4, 1.0, 1.1, 1.1, 1.4, 2.3]
    group = [*(Waited(time, True) for time in times), *[Waited(math.inf, False)] * 3]
    assert median(group).value == 1.1


@pytest.mark.parametrize("seed", range(20))
def test_the_medians_interval_is_where_the_log_log_band_falls_to_a_half(seed):
    group = waited(seed, 12, bound=1.2)
    found = median(group)
    curve = ecdf(CensoredData.right_censored([w.seconds for w in group], [not w.reached for w in group])).sf
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        band = curve.confidence_interval(0.95, method="log-log")
    first = [
        next((t for t, s in zip(side.quantiles, side.probabilities, strict=True) if s <= 0.5), None)
        for side in (band.low, band.high)
    ]
    assert found is None or [found.low, found.high] == first


def test_an_interquartile_mean_is_that_of_the_middle_half():
    values = [9.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 100.0]
    assert interquartile_mean(values).value == pytest.approx(np.mean([3.0, 4.0, 5.0, 6.0]))
    assert interquartile_mean([1.0, 2.0, 3.0]).low is None


def test_a_profile_counts_tasks_done_within_a_factor_of_the_best():
    times = {"a": {"x": 1.0, "y": 4.0, "z": None}, "b": {"x": 2.0, "y": 2.0, "z": None}}
    assert performance_profile(times, [1.0, 2.0]) == {"a": [0.5, 1.0], "b": [0.5, 1.0]}
