"""Runs that differ in what is learned alone follow one recorded clock, and are the same to the byte."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from experiments import experiment, names

from sim.cluster.recording import Recordings
from sim.cluster import rerun
from sim.results.result import Result
from sim.results.rows import csv_text, links_csv, metrics_csv
from sim.simulate import simulate

SMALL = {"workers": 4, "until": "updates=24", "straggler": "exponential", "batch": 4}


def said(result: Result) -> dict[str, Any]:
    """All that is written of a result, but for the time that it took."""
    summary = dataclasses.replace(result.summary, wall_seconds=None)
    arrays = [each.columns() for each in (result.spans, result.trajectory) if each is not None]
    return {
        "summary": summary.to_json(),
        "metrics": metrics_csv(result.metrics),
        "links": links_csv(result.links),
        "staleness": csv_text(["staleness", "count"], sorted(result.staleness.items())),
        "by shard": repr(result.staleness_by_shard),
        "arrays": [(name, column.tobytes()) for columns in arrays for name, column in columns.items()],
        "notices": result.notices,
    }


class Counting(Recordings):
    """Counts how often a recording has been found."""

    def __init__(self) -> None:
        super().__init__()
        self.found = 0

    def get(self, clockwork: str) -> Any:
        recording = super().get(clockwork)
        self.found += recording is not None
        return recording


def assert_reused(*experiments: Any, times: int | None = None) -> None:
    """Whether all but the first follow the first one's clock, and all have the same bytes as by themselves."""
    recordings = Counting()
    for number, each in enumerate(experiments):
        kept = recordings.found
        assert said(simulate(each, recordings=recordings)) == said(simulate(each))
        if number > 0:
            assert recordings.found == kept + 1


def test_try() -> None:
    assert_reused(*(experiment(optimizer=f"sgd lr={lr}", **SMALL) for lr in (0.1, 0.2)))
