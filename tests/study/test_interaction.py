"""Whether a method gains on another, of made-up runs whose ratios are known."""

from __future__ import annotations

import numpy as np
import pytest
from cells_made_up import cell
from scipy import stats

from sim.study.interaction import interaction

FIGURE = "seconds_to_target"
FIRST = {0: 2.0, 1: 3.0, 2: 2.5}


def scaled(factors: tuple[float, ...]) -> dict[int, float]:
    return {seed: FIRST[seed] * factor for seed, factor in enumerate(factors)}


def test_a_gain_is_that_of_the_ratios_of_each_seed() -> None:
    before, after = (1.5, 1.6, 1.4), (1.2, 1.1, 0.9)
    found = interaction(
        (cell(FIRST, FIGURE), cell(scaled(before), FIGURE)), (cell(FIRST, FIGURE), cell(scaled(after), FIGURE)), FIGURE
    )
    logs = np.log(np.divide(after, before))
    expected = stats.ttest_1samp(logs, 0.0)
    assert found.value == pytest.approx(100.0 * np.expm1(logs.mean()))
    assert (found.low, found.high) == pytest.approx(100.0 * np.expm1(expected.confidence_interval(0.95)))
    assert (found.p, found.n, found.unit, found.said) == (pytest.approx(expected.pvalue), 3, "%", "")


def test_what_was_cut_off_counts_up_to_the_bound_of_its_pair() -> None:
    """Nobody was waited for beyond 4 s in the second pair: its ratios are 4 / 2, 4 / 3 and 4 / 2.5."""
    cut = cell({0: 4.0, 1: None, 2: 6.0}, FIGURE)
    cut.seeds[1].status, cut.seeds[1].virtual_seconds = "completed", 4.0
    known = cell(FIRST, FIGURE)
    found = interaction((known, known), (known, cut), FIGURE)
    assert found.value == pytest.approx(100.0 * (4.0 / (2.0 * 3.0 * 2.5) ** (1.0 / 3.0) - 1.0))
    assert found.said == "cut off: 0, 0 seeds before, 0, 1 after"


def test_of_methods_that_never_get_there_nothing_is_known() -> None:
    known, never = cell(FIRST, FIGURE), cell(dict.fromkeys(FIRST, None), FIGURE)
    found = interaction((known, known), (known, never), FIGURE)
    assert found.value is None
    assert found.said == "cut off: 0, 0 seeds before, 0, 3 after"


def test_seeds_without_a_figure_leave_no_gain() -> None:
    known, diverged = cell(FIRST), cell({**FIRST, 1: None})
    found = interaction((known, known), (known, diverged), "final_test_loss")
    assert (found.value, found.said) == (None, "seeds without such a figure")
