"""Means on the way, of made-up curves, against what is computed by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from cells_made_up import cell
from scipy import stats

from sim.plot.cells import Cell
from sim.results.rows import Metric, Summary, metrics_csv
from sim.study.stretch import Stretch, apart, from_expected, times

#: Consensus distance after 0, 10, 20, 30 updates, by seed; the learning rate is 2.
FIRST = {0: [0.0, 2.0, 4.0, 9.0], 1: [0.0, 3.0, 5.0, 9.0], 2: [0.0, 1.0, 4.0, 9.0]}
SECOND = {0: [0.0, 5.0, 8.0, 9.0], 1: [0.0, 5.0, 12.0, 9.0], 2: [0.0, 3.0, 6.0, 9.0]}
MIDDLE = Stretch("part", "consensus_distance", 10, 20)


def runs(folder: Path, curves: Mapping[int, Sequence[float | None]]) -> Cell:
    """A cell with a metrics.csv for each seed; a seed has diverged when its last distance is None."""
    made = cell({seed: None if values[-1] is None else 1.0 for seed, values in curves.items()})
    folders = []
    for seed, values in curves.items():
        rows = [
            Metric(seed=seed, seconds=at, updates=10 * at, epochs=None, consensus_distance=value, learning_rate=2.0)
            for at, value in enumerate(values)
        ]
        folders.append(folder / str(seed))
        folders[-1].mkdir(parents=True)
        (folders[-1] / "metrics.csv").write_text(metrics_csv(rows))
    return Cell(made.facet, made.name, made.row, made.seeds, [str(each) for each in folders])


def learned(summary: Summary) -> bool:
    return summary.status != "diverged"


def test_a_mean_is_of_the_evaluations_between_two_updates(tmp_path: Path) -> None:
    found = runs(tmp_path, FIRST)
    assert MIDDLE.means(found) == {0: 3.0, 1: 4.0, 2: 2.5}
    assert MIDDLE._replace(per="learning_rate").means(found) == {0: 1.5, 1: 2.0, 2: 1.25}
    assert MIDDLE._replace(power=2.0).means(found) == {0: 10.0, 1: 17.0, 2: 8.5}
    assert MIDDLE._replace(last=25).means(found) == MIDDLE.means(found)


def test_a_difference_is_that_of_the_pairs(tmp_path: Path) -> None:
    cells = runs(tmp_path / "first", FIRST), runs(tmp_path / "second", SECOND)
    pairs = [6.5 - 3.0, 8.5 - 4.0, 4.5 - 2.5]
    expected = stats.ttest_1samp(pairs, 0.0)
    found = apart(MIDDLE, MIDDLE, cells, "m")
    assert found.value == pytest.approx(sum(pairs) / 3)
    assert (found.low, found.high) == pytest.approx(expected.confidence_interval(0.95))
    assert (found.p, found.n, found.unit, found.said) == (pytest.approx(expected.pvalue), 3, "m", "")


def test_two_stretches_of_one_run_are_pairs(tmp_path: Path) -> None:
    found = runs(tmp_path, FIRST)
    assert apart(MIDDLE, MIDDLE._replace(first=30, last=30), (found, found), "").value == pytest.approx(
        (6.0 + 5.0 + 6.5) / 3
    )


def test_a_ratio_is_beside_the_expected_one(tmp_path: Path) -> None:
    cells = runs(tmp_path / "first", FIRST), runs(tmp_path / "second", SECOND)
    mean = math.exp((math.log(6.5 / 3.0) + math.log(8.5 / 4.0) + math.log(4.5 / 2.5)) / 3)
    assert times(MIDDLE, MIDDLE, cells, 2.0).value == pytest.approx(100.0 * (mean / 2.0 - 1.0))
    start = MIDDLE._replace(first=0, last=0)
    assert times(start, MIDDLE, cells, 2.0).value is None  # there is no ratio to zero


def test_a_mean_beside_a_number(tmp_path: Path) -> None:
    found = from_expected(MIDDLE, runs(tmp_path, FIRST), 3.0, "m")
    assert found.value == pytest.approx((0.0 + 1.0 - 0.5) / 3)


def test_seeds_that_are_lost_leave_no_mean_unless_they_do_not_count(tmp_path: Path) -> None:
    found = runs(tmp_path, FIRST | {2: [0.0, None, None, None]})
    lost = from_expected(MIDDLE, found, 3.0, "m")
    assert (lost.value, lost.said) == (None, "without such a mean: 1 seeds")
    others = from_expected(MIDDLE._replace(of=learned), found, 3.0, "m")
    assert (others.value, others.n, others.said) == (pytest.approx(0.5), 2, "1 seeds do not count")
