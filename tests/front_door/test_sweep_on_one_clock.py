"""The runs of a sweep that differ in what is learned alone follow one clock, and leave the files of single runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command import Command

import sim.simulate
from sim.cluster.cluster import Cluster
from sim.sweep.task import recordings

pytestmark = pytest.mark.slow

#: One of them diverges.
RATES = ("0.01", "0.02", "1e9", "0.03")
RECORD = ("record.spans=true", "record.curve=true")
WORDS = ("workers=3", "protocol=dpsgd", "straggler=exponential", "until.updates=20", *RECORD)


def files(run: Path) -> dict[str, bytes]:
    """What a run has left, without how long that took."""
    found = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
    summary = json.loads(found["summary.json"])
    return found | {"summary.json": json.dumps(summary | {"wall_seconds": None}).encode()}


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of every clock that is run, whether it is kept."""
    made: list[bool] = []

    def cluster(*arguments: Any, keep: bool = False) -> Cluster:
        made.append(keep)
        return Cluster(*arguments, keep=keep)

    monkeypatch.setattr(sim.simulate, "Cluster", cluster)
    return made


def test_a_sweep_over_learning_rates_leaves_the_bytes_of_single_runs(
    paceline: Command, tmp_path: Path, clocks: list[bool]
) -> None:
    assert paceline("-m", *WORDS, f"optimizer.lr={','.join(RATES)}", "hydra.sweep.dir=s").status == 0
    assert clocks == [True, True]  # the first, and the one that stops earlier
    assert recordings.get("") is None
    swept = sorted((tmp_path / "s").glob("lr=*"))
    assert len(swept) == len(RATES)
    for lr in RATES:
        assert paceline(*WORDS, f"optimizer.lr={lr}", f"hydra.run.dir=single/{lr}").status == 0
        assert any(files(tmp_path / "single" / lr) == files(run) for run in swept)
    assert clocks[2:] == [False] * len(RATES)


def test_what_is_kept_goes_with_the_sweep(paceline: Command) -> None:
    assert paceline("-m", "workers=2", "until.updates=5", "optimizer.lr=0.1,0.2", "hydra.sweep.dir=s").status == 0
    assert not recordings._kept
