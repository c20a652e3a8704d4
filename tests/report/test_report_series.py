"""Curves, arrivals, labels, axes and numbers: the small parts of a report."""

from __future__ import annotations

import math

import pytest
from made_up_runs import run

from sim.report.axis import Axis, spanning
from sim.report.label import common, labels
from sim.results.series import Series, arrival, mean, measured
from sim.results.units import data_size, duration, level, number, percent, time_unit


def row(run: str, protocol: str = "ssp", **fields: object) -> dict[str, object]:
    return {"run": run, "protocol": protocol, **fields}


def test_a_curve_skips_evaluations_without_the_measure() -> None:
    result = run()
    result.metrics[1].test_accuracy = None
    (curve,) = measured(result.metrics, "test_accuracy")
    assert curve == Series([0.0, 4.0, 6.0, 8.0], [0.1, 0.9, 0.96, 0.97])


def test_the_mean_over_seeds_is_taken_at_every_evaluation_that_all_seeds_have() -> None:
    # The second seed is at 10, 20, 30 at times 0, 2, 4; at 1 and 3 it is half way between: 15, 25.
    slow, quick = Series([0.0, 2.0, 4.0], [10.0, 20.0, 30.0]), Series([0.0, 1.0, 3.0], [0.0, 5.0, 15.0])
    assert mean([slow, quick]) == Series([0.0, 1.0, 2.0, 3.0], [5.0, 10.0, 15.0, 20.0])


def test_seeds_without_a_common_time_have_an_empty_mean() -> None:
    assert mean([Series([0.0], [1.0]), Series([5.0], [1.0])]) == Series([], [])


def test_arrival_is_the_first_evaluation_at_the_target() -> None:
    found = arrival(run(interval=2.0).metrics, 0.96)
    assert (found.seconds, found.updates, found.seconds_ci95) == (6.0, 300.0, None)


def test_arrival_over_seeds_is_the_mean_with_students_interval() -> None:
    # Seeds 0 and 1 arrive at 6 s and 12 s: mean 9, s = sqrt(18), t(1 degree of freedom, 0.975) = tan(0.475 pi),
    # half width = t * sqrt(18) / sqrt(2) = 3 t.
    found = arrival(run(seeds=(0, 1)).metrics, 0.95)
    assert found.seconds == 9.0
    assert found.seconds_ci95 == pytest.approx(3 * math.tan(0.475 * math.pi), rel=1e-9)


def test_arrival_says_when_it_was_last_seen_below() -> None:
    # Evaluated every 2 s by the first seed and every 4 s by the second: the mean crossing lies 3 s before at most.
    assert arrival(run(interval=2.0).metrics, 0.95).uncertainty == 2.0
    assert arrival(run(seeds=(0, 1)).metrics, 0.95).uncertainty == 3.0
    assert arrival(run().metrics, 0.05).uncertainty == 0.0  # the start


def test_a_running_mean_arrives_when_so_many_evaluations_have_the_mean() -> None:
    # 0.1, 0.5, 0.9, 0.96, 0.97: means of two 0.3, 0.7, 0.93, 0.965; of three 0.5, 0.787, 0.943; of six none.
    metrics = run(interval=2.0).metrics
    assert [arrival(metrics, 0.94, over).seconds for over in (1, 2, 3, 6)] == [6.0, 8.0, 8.0, None]


def test_one_seed_that_missed_the_target_leaves_no_mean() -> None:
    metrics = [row for row in run(seeds=(0, 1)).metrics if row.seed == 0 or (row.test_accuracy or 0) < 0.95]
    found = arrival(metrics, 0.95)
    assert (found.seeds, found.reached, found.seconds) == (2, 1, None)


def test_a_label_says_no_more_than_is_needed() -> None:
    rows = [row("a", workers=4, lr=0.1), row("b", workers=8, lr=0.1), row("c", "local", workers=1, lr=0.1)]
    assert labels(rows) == ["ssp · 4 workers", "ssp · 8 workers", "local"]


def test_a_label_names_settings_as_they_are_typed() -> None:
    rows = [row("a", **{"optimizer.lr": 0.1}), row("b", **{"optimizer.lr": 0.2})]
    assert labels(rows) == ["optimizer.lr=0.1", "optimizer.lr=0.2"]


def test_results_are_no_part_of_a_label() -> None:
    rows = [row("a", seed=1, updates=10, wall_seconds=1.0), row("b", seed=2, updates=20, wall_seconds=2.0)]
    assert labels(rows) == ["seed 1", "seed 2"]


def test_runs_of_the_same_settings_are_told_apart_by_their_folder() -> None:
    assert labels([row("sweep/1"), row("sweep/2")]) == ["ssp · 1", "ssp · 2"]


def test_a_protocol_that_all_have_is_said_where_nothing_else_would_be() -> None:
    assert labels([row("a")]) == ["ssp"]
    rows = [row("a", topology=None), row("b", topology="ring")]
    assert labels(rows) == ["ssp", "topology=ring"]
    assert labels([*rows, row("c", "local", topology=None)]) == ["ssp", "ssp · topology=ring", "local"]


def test_what_all_have_is_said_once() -> None:
    # In the order of a label; what some lack or only differ in is left to the labels, as are options and figures.
    rows = [row(name, topology="ring", workers=64, batch=size, lr=0.1) for name, size in (("a", 8), ("b", 16))]
    assert common(rows) == "ssp · topology=ring · 64 workers"
    assert common([*rows, row("c", "local", workers=64, batch=8)]) == "64 workers"
    assert common([row("a", "ssp", workers=1), row("b", "local", workers=2)]) == ""


def test_one_run_has_nothing_in_common() -> None:
    assert common([row("a", workers=4)]) == common([]) == ""


def test_control_characters_stay_out_of_a_label() -> None:
    assert labels([row("a", "\x1b[2Jssp")]) == ["\N{REPLACEMENT CHARACTER}[2Jssp"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (32512, "32 512"), (0.01234, "0.0123"), (9.876, "9.88"), (1234.5, "1 234"), (1e-9, "1.00e-09")],
)
def test_numbers_have_three_digits_and_set_thousands_apart(value: float, text: str) -> None:
    assert number(value).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, None])
def test_what_is_not_a_number_is_still_text(value: float | None) -> None:
    assert number(value)
    assert duration(value) == "–"


def test_units_stand_behind_a_no_break_space() -> None:
    assert duration(0.0123) == "12.3\N{NO-BREAK SPACE}ms"
    assert duration(3e-6) == "3\N{NO-BREAK SPACE}µs"
    assert duration(36000.0) == "10\N{NO-BREAK SPACE}h"
    assert data_size(1.5e9) == "1.50\N{NO-BREAK SPACE}GB"
    assert data_size(12) == "12\N{NO-BREAK SPACE}B"
    assert percent(0.415, 1) == "41.5\N{NO-BREAK SPACE}%"
    assert level(0.975) == "97.5\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize(("longest", "name"), [(0.0, "s"), (5e-5, "µs"), (0.5, "ms"), (900.0, "s"), (86400.0, "h")])
def test_the_unit_of_time_fits_the_longest(longest: float, name: str) -> None:
    assert time_unit(longest).name == name


def test_ticks_are_round_and_inside() -> None:
    assert [text for _, text in Axis(0.0, 10.3, 0, 100).ticks()] == ["0", "2", "4", "6", "8", "10"]


def test_a_logarithmic_axis_is_even_in_ratios() -> None:
    axis = Axis(1.0, 100.0, 0.0, 200.0, log=True)
    assert axis.position(10.0) == pytest.approx(100.0, abs=1e-9)  # half of two decades
    assert [text for _, text in axis.ticks()] == ["1", "2", "5", "10", "20", "50", "100"]


def test_a_short_logarithmic_axis_has_ticks_between_the_powers_of_ten() -> None:
    assert [text for _, text in Axis(38.0, 72.0, 0.0, 100.0, log=True).ticks(4)] == ["40", "50", "60", "70"]
    assert [text for _, text in Axis(8.0, 120.0, 0.0, 100.0, log=True).ticks(4)] == ["10", "20", "50", "100"]
    assert [text for _, text in Axis(35.0, 8e3, 0.0, 100.0, log=True).ticks(3)] == ["100", "300", "1000", "3000"]


@pytest.mark.parametrize(("low", "high", "log"), [(3.0, 3.0, False), (0.0, 0.0, False), (1e-320, 1.0, True)])
def test_an_axis_of_extreme_values_has_a_width_and_ticks(low: float, high: float, log: bool) -> None:
    axis = spanning(low, high, 0.0, 100.0, log=log)
    assert axis.high > axis.low
    assert 0.0 < axis.position(high) < 100.0
    assert axis.ticks()
