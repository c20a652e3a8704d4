"""Barrier factors of step times: replayed by the simulator, and by a fitted law."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sim.command.validate import main
from sim.stragglers.shares import barrier_factor
from sim.validation.stragglers import independent, replayed


def times(steps: int = 60) -> np.ndarray:
    generator = np.random.default_rng(5)
    return np.array([1.0, 1.1, 2.0]) * (1.0 + 0.2 * generator.random((steps, 3)))


def test_the_simulator_replays_a_barrier() -> None:
    assert replayed(times()) == pytest.approx(barrier_factor(times()), rel=1e-9)


def test_independent_times_have_the_factor_of_many_draws() -> None:
    some = times()
    draws = np.random.default_rng(1).choice(some.ravel(), (200_000, 3))
    assert independent(some) == pytest.approx(draws.max(axis=1).mean() / some.mean(), rel=0.005)


def test_a_file_or_a_folder_of_files_is_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"{step},{rank},{value:.6f}" for step, line in enumerate(times()) for rank, value in enumerate(line)]
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text("\n".join(["step,rank,seconds", *rows]))
    assert main(["stragglers", "--on", str(tmp_path / "one.csv"), "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["rows"]
    assert main(["stragglers", "--on", str(tmp_path), "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)["rows"]
    assert first == one
    assert second == one | {"id": "two.csv"}
    assert one["replayed"] == one["predicted"] == pytest.approx(one["measured"], rel=1e-6)
    assert one["law"] == pytest.approx(one["measured"], rel=0.06)
    assert one["low80"] <= one["measured"] <= one["high80"]
    assert one["slowest_seconds_without"] < one["slowest_seconds"]


def test_public_traces_are_within_the_bars(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stragglers", "--json"]) == 0
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    for row in rows.values():
        assert row["law"] == pytest.approx(row["measured"], rel=0.06)
        if row["replayed"] is not None:
            assert row["replayed"] == pytest.approx(row["measured"], rel=0.02)
    stage = rows["bytedance_ar_stage0.csv"]
    assert stage["slowest_seconds"] == pytest.approx(45.3, abs=0.05)
    assert stage["slowest_seconds_without"] == pytest.approx(19.3, abs=0.05)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seconds\n1\n2\n", "has the times of one rank, and a barrier is of several"),
        ("step,rank,seconds\n0,0,fast\n", "'fast' is not a number"),
        (None, "has no file *.csv"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, text: str | None, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "times.csv"
    if text is not None:
        path.write_text(text)
    assert main(["stragglers", "--on", str(tmp_path if text is None else path)]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
