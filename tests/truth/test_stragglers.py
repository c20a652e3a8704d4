"""Barrier factors: a simulation replays them, and a law that is fitted to a trace has them."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from experiments import option, simulated

from sim.command.validate import main
from sim.stragglers.fitted import fitted
from sim.stragglers.shares import barrier_factor, barrier_factor_of_draws
from sim.truth.stragglers import read_stragglers
from sim.validation.stragglers import factor_of, replayed


def drawn(steps: int = 200) -> np.ndarray:
    """Step times of five ranks, the first of which is slow."""
    generator = np.random.default_rng(0)
    return np.array([4.0, 1.0, 1.0, 1.2, 0.9]) * generator.lognormal(0.0, 0.2, (steps, 5))


def written(path: Path, times: np.ndarray) -> Path:
    rows = (f"{k},{rank},{seconds!r}" for k, row in enumerate(times.tolist()) for rank, seconds in enumerate(row))
    path.write_text("\n".join(["step,rank,seconds", *rows]))
    return path


def test_a_replay_has_the_factor_and_the_seconds_of_the_slowest() -> None:
    times = drawn(40)
    found = replayed(times)
    assert found.factor == pytest.approx(barrier_factor(times), rel=1e-9)
    assert found.seconds == pytest.approx(times.max(axis=1).mean(), rel=1e-9)


def test_the_independent_factor_is_that_of_all_draws() -> None:
    # Three times of two workers: of 3 x 3 draws 1 has 1 s, 3 have 2 s and 5 have 6 s as the slowest: 37 / 9 over 3.
    times = np.array([[1.0, 2.0], [6.0, 1.0], [2.0, 6.0]])
    draws = [max(pair) for pair in itertools.product(times.ravel(), repeat=2)]
    assert barrier_factor_of_draws(times) == pytest.approx(np.mean(draws) / times.mean())


def test_a_fit_has_the_means_the_scatter_and_the_factor_of_its_times() -> None:
    law = option("straggler", "mixed cv=0.2 worker_share=0 step_share=0.3 correlation=0.6 means=[3,1,1,1]")
    times = np.array([np.fromiter(itertools.islice(own, 20_000), float) for own in law.of_workers(4, 0)]).T
    found = fitted(times)
    assert found.means == pytest.approx([2.0, 2 / 3, 2 / 3, 2 / 3], rel=0.02)
    assert found.cv == pytest.approx(0.2, rel=0.05)
    # Of R workers a table takes v_s + v_x / R for the step's: (0.3 + 0.7 / 4) of the variance.
    assert found.step_share == pytest.approx(0.475, abs=0.03)
    assert found.correlation == pytest.approx(0.6, abs=0.03)
    assert factor_of(found, 4, 10_000, 1) == pytest.approx(barrier_factor(times), rel=0.02)


def test_times_that_do_not_scatter_are_slow_nodes() -> None:
    found = fitted(np.tile([4.0, 2.0, 2.0], (7, 1)))
    assert (found.cv, found.means) == (0.0, [4.0, 2.0, 2.0])
    assert factor_of(found, 3, 10, 0) == pytest.approx(1.5)


def test_the_drawn_factor_is_that_of_a_run() -> None:
    law = fitted(drawn())
    result = simulated(
        "hardsync", workers=5, network="ideal", problem="none", straggler=law, until="updates=100",
        workload="synthetic seconds=1",
    )  # fmt: skip
    assert 1.0 / result.summary.compute_fraction == pytest.approx(factor_of(law, 5, 100, 0), rel=1e-9)


@pytest.mark.slow
def test_published_factors_are_predicted_within_the_bars(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stragglers", "--json"]) == 0
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    for row in rows.values():
        assert row["law"] == pytest.approx(row["measured"], rel=0.06)
        assert row["predicted"] == pytest.approx(row["measured"], rel=0.02)
        assert row["low80"] <= row["predicted"] <= row["high80"]
        assert row["predicted"] == (row["law"] if row["replayed"] is None else row["replayed"])
    stage = rows["bytedance_ar_stage0.csv"]
    assert stage["seconds"] == pytest.approx(45.3, abs=0.05)
    assert stage["seconds_without_slowest"] == pytest.approx(19.3, abs=0.05)
    assert (stage["published_seconds"], stage["published_seconds_without_slowest"]) == (46.34, 23.48)
    assert {row["id"] for row in rows.values() if row["replayed"] is None} == {
        "alibaba_pai_job_1.csv", "alibaba_pai_job_4.csv"
    }  # fmt: skip


def test_a_folder_has_a_row_for_each_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path / "b.csv", drawn(30))
    written(tmp_path / "a.csv", drawn(50))
    assert main(["stragglers", "--on", str(tmp_path), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [(row["id"], row["steps"]) for row in rows] == [("a.csv", 50), ("b.csv", 30)]
    assert rows[0]["replayed"] == pytest.approx(rows[0]["measured"], rel=1e-9)
    assert rows[0]["independent"] == pytest.approx(barrier_factor_of_draws(drawn(50)))


def test_the_digest_gives_no_times_away_that_have_no_licence() -> None:
    for job in read_stragglers(None):
        assert (job.times is None) == job.name.startswith("alibaba")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("step,rank,seconds\n1,0,0.5\n2,0,0.5\n", "has the times of one rank"),
        ("step,rank,seconds\n1,0,0.5\n2,1,0.5\n", "has no step of which all 2 ranks have a time"),
        ("step,rank,seconds\n1,0,x\n", "line 2: 'x' is not a number"),
        ("", "has no step times"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str) -> None:
    (tmp_path / "steps.csv").write_text(text)
    assert main(["stragglers", "--on", str(tmp_path / "steps.csv")]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "steps.csv" in err
    assert err.count("\n") == 1


def test_a_folder_without_traces_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stragglers", "--on", str(tmp_path)]) == 2
    assert "has no file that ends in .csv" in capsys.readouterr().err


@pytest.mark.parametrize("flag", [("--given-up-to", "8"), ("--calibrate-on", "theirs.json")])
def test_what_has_no_use_is_refused(capsys: pytest.CaptureFixture[str], flag: tuple[str, str]) -> None:
    assert main(["stragglers", *flag]) == 2
    assert flag[0] in capsys.readouterr().err
