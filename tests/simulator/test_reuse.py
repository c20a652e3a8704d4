"""Runs that differ in what is learned alone follow one recorded clock, and are the same to the byte."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from experiments import experiment, names

from sim.cluster import rerun
from sim.cluster.recording import Recordings
from sim.experiment import Experiment
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


@pytest.fixture
def again(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of every run that found a recording, whether it could follow that."""
    followed = []

    def run_again(*arguments: Any) -> Any:
        outcome = rerun.run_again(*arguments)
        followed.append(outcome is not None)
        return outcome

    monkeypatch.setattr("sim.simulate.run_again", run_again)
    return followed


def assert_same_bytes(*experiments: Experiment) -> None:
    """Each has the same bytes as by itself."""
    recordings = Recordings()
    for each in experiments:
        assert said(simulate(each, recordings=recordings)) == said(simulate(each))


@pytest.mark.parametrize("protocol", [name for name in names("protocol") if name != "sandblaster"])
def test_every_protocol_follows_a_recorded_clock_with_every_optimizer(protocol: str, again: list[bool]) -> None:
    optimizers = ("momentum lr=0.01", *names("optimizer"), "sgd lr=0.1")
    runs = [experiment(protocol, optimizer=each, record="spans=true trajectory=true", **SMALL) for each in optimizers]
    assert_same_bytes(*runs)
    assert again == [True] * (len(optimizers) - 1)
