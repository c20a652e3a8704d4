"""Intervals hold what they are intervals of as often as they say: the benchmark's figures, within stated bounds."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from sim.evidence.precision import precise

COVERAGE = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "evidence.py"))

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("n", COVERAGE["SEEDS"])
@pytest.mark.parametrize("cv", [0.1, 0.2, 0.3])
def test_of_fixed_seeds_93_to_97_per_cent_hold_the_mean(cv, n):
    assert 0.93 <= COVERAGE["fixed"](cv, n) <= 0.97
    assert 0.93 <= COVERAGE["censored"](cv, n) <= 0.97


@pytest.mark.parametrize("cv", [0.1, 0.2, 0.3])
def test_looking_again_and_again_is_paid_for(cv):
    covered, _ = COVERAGE["stopped"](cv)
    assert 0.93 <= covered <= 0.98


def test_the_benchmark_stops_where_a_run_does():
    studies = COVERAGE["times"](0.1, COVERAGE["MOST"], 20)
    stops = [next(n for n in range(1, 201) if precise(study[:n], COVERAGE["PRECISION"])) for study in studies.tolist()]
    assert COVERAGE["stops"](studies) == stops


@pytest.mark.parametrize("n", COVERAGE["SEEDS"])
def test_an_algorithm_is_told_apart_from_itself_one_time_in_twenty(n):
    assert 0.03 <= COVERAGE["against_itself"](0.3, n, 200) <= 0.07
    assert 0.035 <= COVERAGE["against_itself"](0.3, n, 10_000) <= 0.06
