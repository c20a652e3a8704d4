"""Groups of runs that nobody simulated, of which every effect can be computed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.plot.cells import Cell
from sim.results.rows import Summary


def cell(figures: Mapping[int, float | None], name: str = "final_test_loss", **row: Any) -> Cell:
    """A group with a figure for each seed; None: the run has diverged and has none."""
    seeds = {seed: _summary(seed, name, value) for seed, value in figures.items()}
    return Cell((), "", row, seeds, [f"run{seed}" for seed in figures])


def _summary(seed: int, name: str, value: float | None) -> Summary:
    told: dict[str, Any] = {"protocol": "async_ps", "topology": None, "network": "ideal", "workers": 2, "batch": 32}
    status = "diverged" if value is None else "completed"
    return Summary(status=status, seed=seed, virtual_seconds=9.0, updates=40, **told, **{name: value})
