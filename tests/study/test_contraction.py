"""How fast models come together, of made-up evaluations, and of rounds of gossip beside their closed form."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cells_made_up import cell

from sim.plot.cells import Cell
from sim.results.rows import Metric, metrics_csv
from sim.study.contraction import contraction, more_left, off_in_the_mean, walk

WORKERS = 4


def runs(folder: Path, spreads: dict[int, list[float]], steps: list[float] | None = None) -> Cell:
    """Runs whose models have a spread about their mean, summed over the workers, at the updates from 2 on."""
    row: dict[str, Any] = {"workers": WORKERS}
    found = cell(dict.fromkeys(spreads, 1.0), **row)
    places = []
    for seed, each in spreads.items():
        place = folder / f"{seed}"
        place.mkdir(parents=True)
        told = [9.0, 7.0, *each]  # what was while they learned
        metrics = [
            Metric(seed, 0.1 * at, at, None, 1.0, 1.0, consensus_distance=math.sqrt(spread / WORKERS))
            for at, spread in enumerate(told)
        ]
        (place / "metrics.csv").write_text(metrics_csv(metrics), encoding="utf-8")
        if steps is not None:
            gone = np.cumsum([0.0, 5.0, 0.0, *np.sqrt(steps)])[: len(told), None]
            np.savez(place / "trajectory.npz", seconds=gone[:, 0], updates=np.arange(len(told)), x=gone)
        places.append(str(place))
    return Cell(found.facet, found.name, found.row, found.seeds, places)


def test_what_a_round_leaves_beside_what_is_expected(tmp_path: Path) -> None:
    """Half and a quarter are left where half is expected: nothing and half of it less, a quarter in the mean."""
    found = off_in_the_mean(runs(tmp_path, {0: [8.0, 4.0, 1.0], 1: [8.0, 4.0, 1.0]}), contraction, 0.5, 2)
    assert (found.value, found.unit, found.n) == (pytest.approx(-25.0), "%", 2)


def test_models_that_agree_have_no_ratio_any_more(tmp_path: Path) -> None:
    """All of the expected half is missing in the second of four rounds, and the last two count as they should be."""
    found = off_in_the_mean(runs(tmp_path, {0: [8.0, 4.0, 0.0, 0.0, 0.0]}), contraction, 0.5, 2)
    assert found.value == pytest.approx(-25.0)


def test_how_far_the_mean_goes(tmp_path: Path) -> None:
    """Squared steps of 1 and 0.5 from spreads of 8 and 4 are an eighth each, where a quarter is expected."""
    found = off_in_the_mean(runs(tmp_path, {0: [8.0, 4.0, 1.0]}, steps=[1.0, 0.5]), walk, 0.25, 2)
    assert found.value == pytest.approx(-50.0)


def test_which_leaves_more(tmp_path: Path) -> None:
    first = runs(tmp_path / "a", {0: [8.0, 4.0, 2.0], 1: [8.0, 2.0, 0.5]})
    second = runs(tmp_path / "b", {0: [8.0, 6.0, 4.5], 1: [8.0, 3.0, 1.125]})
    found = more_left(first, second, 2)
    assert found.value == pytest.approx(50.0)
