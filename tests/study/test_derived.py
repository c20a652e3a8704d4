"""Figures that a study derives from made-up runs, and products of their powers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from cells_made_up import cell
from scipy import stats

from sim.plot.cells import Cell
from sim.results.rows import Summary
from sim.study.derived import beyond, times
from sim.study.table import Table

CALM = {3: 2.0, 4: 2.5, 5: 1.5}
WILD = {3: 9.0, 4: 9.0, 5: 6.3}


class Cells:
    """Stands for a table."""

    def __init__(self, found: Mapping[str, Cell]) -> None:
        self.at = found.__getitem__


def table(**found: Cell) -> Table:
    return cast(Table, Cells(found))


def doubled(summary: Summary, run: Path) -> float:
    """The loss twice; the run of each seed has its name."""
    assert run.name == f"run{summary.seed}"
    return 2.0 * (summary.final_test_loss or 0.0)


def test_a_product_is_compared_with_what_is_expected_by_seeds() -> None:
    runs = table(calm=cell(CALM), wild=cell(WILD))
    found = times({"wild": 1, "calm": -1}, doubled, 4.0)(runs)
    logs = np.log([WILD[seed] / CALM[seed] / 4.0 for seed in CALM])
    assert found.value == pytest.approx(100.0 * (math.exp(logs.mean()) - 1.0))
    ends = stats.ttest_1samp(logs, 0.0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx([100.0 * (math.exp(end) - 1.0) for end in ends])
    assert (found.n, found.unit) == (3, "%")


def test_a_ratio_of_ratios_is_a_product_of_four() -> None:
    runs = table(calm=cell(CALM), wild=cell(WILD), other=cell({seed: 3.0 * value for seed, value in WILD.items()}))
    found = times({"other": 1, "calm": -1, "wild": -1, "again": 1}, doubled)(
        table(**{name: runs.at(name) for name in ("calm", "wild", "other")}, again=cell(CALM))
    )
    assert found.value == pytest.approx(200.0)


def test_seeds_that_not_all_have_are_left_out() -> None:
    runs = table(calm=cell(CALM), wild=cell({4: 5.0, 5: 3.0, 6: 1.0}))
    found = times({"wild": 1, "calm": -1}, doubled)(runs)
    assert (found.value, found.n) == (pytest.approx(100.0), 2)


def test_a_figure_is_compared_with_what_is_expected() -> None:
    found = beyond("calm", doubled, 3.0, "nats")(table(calm=cell(CALM)))
    expected = stats.ttest_1samp([2.0 * value - 3.0 for value in CALM.values()], 0.0)
    assert (found.value, found.unit) == (pytest.approx(1.0), "nats")
    assert (found.low, found.high) == pytest.approx(expected.confidence_interval(0.95))
    assert found.p == pytest.approx(expected.pvalue)
