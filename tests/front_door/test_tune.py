"""`paceline tune`: what it chooses, judges, keeps, goes on with and says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command import Command

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
QUICK = ("problem=quadratic", "until.target_loss=0.05", "until.updates=200")
MINIATURE = (
    *("problem=digits_softmax", "protocol=allreduce,gossip_pull", "workers=2,4", "until.target_accuracy=0.8"),
    *("until.epochs=8", "--over", "optimizer.lr=0.1,0.5", "--seeds", "2", "--judge", "3"),
)


def found(folder: Path) -> Any:
    return json.loads((folder / "tune.json").read_text())


def runs(folder: Path) -> list[str]:
    return sorted(path.parent.relative_to(folder).as_posix() for path in folder.rglob("summary.json"))


def test_the_best_on_some_seeds_is_judged_on_others(paceline: Command, tmp_path: Path) -> None:
    line = ("tune", *QUICK, "workers=2,4", "--over", "optimizer.lr=0.01,0.05,0.2,1e6", "--seeds", "2", "--judge", "3")
    status, out, err = paceline(*line, "hydra.sweep.dir=t")
    assert (status, err) == (0, "")
    tuned = found(tmp_path / "t")
    budget = tuned["budget"]
    # 2 cells, each with 4 candidates on 2 seeds, and the best on 3 others: 2 (4 x 2 + 3) runs.
    assert (budget["cells"], budget["candidates_per_cell"], budget["runs"]) == (2, 4, 22)
    assert (budget["tuning_runs_per_cell"], budget["judging_runs_per_cell"]) == (8, 3)
    assert not {*budget["tuning_seeds"]} & {*budget["judging_seeds"]}
    assert len(runs(tmp_path / "t" / "tuning")) == 16
    assert len(runs(tmp_path / "t" / "judging")) == 6
    for cell in tuned["cells"]:
        assert [each["candidate"]["optimizer.lr"] for each in cell["candidates"]][-1] == "1000000.0"  # diverges at once
        assert cell["candidates"][-1]["diverged"] == 2
        assert cell["winner"] == cell["candidates"][0]["candidate"]
        times = [
            json.loads((tmp_path / "t" / run / "summary.json").read_text())["seconds_to_target"]
            for run in cell["judging_runs"]
        ]
        assert cell["judged"]["mean"] == pytest.approx(sum(times) / 3)
    assert "2 cells has 4 candidates on 2 seeds (1000000 to 1000001), 8 runs, and is judged on 3 others (0 to 2)" in out


def test_an_edge_is_said(paceline: Command, tmp_path: Path) -> None:
    out = paceline("tune", *QUICK, "--over", "optimizer.lr=0.01,0.05", "--seeds", "1", "--judge", "2").out
    assert "at the edge of its grid: the best optimizer.lr of all cells; widen it" in out
    (folder,) = (tmp_path / "tune").glob("*/*")
    assert found(folder)["cells"][0]["at_edge_of"] == ["optimizer.lr"]


def test_seeds_and_candidates_are_added_and_nothing_is_done_twice(paceline: Command, tmp_path: Path) -> None:
    line = ("tune", *QUICK, "workers=2,4", "--over", "optimizer.lr=0.01,0.05", "--seeds", "1", "--judge", "2")
    assert paceline(*line).status == 0
    again = paceline(*line[:-1], "3", "--resume").out
    assert "4 of 4 runs are finished already, 0 are to be done" in again
    assert "4 of 6 runs are finished already, 2 are to be done" in again
    wider = paceline(*line[:6], "optimizer.lr=0.01,0.05,0.2", *line[7:], "--resume").out
    assert "4 of 6 runs are finished already, 2 are to be done" in wider
    (folder,) = (tmp_path / "tune").glob("*/*")
    assert found(folder)["budget"]["candidates_per_cell"] == 3
    other = paceline("tune", *QUICK, "batch=8", *line[4:], f"hydra.sweep.dir={folder}")
    assert (other.status, other.err.count("\n")) == (2, 1)
    assert "holds the sweep" in other.err


def test_keys_of_groups_and_of_an_experiment_of_ones_own_are_tuned(paceline: Command, tmp_path: Path) -> None:
    (tmp_path / "mine" / "experiment").mkdir(parents=True)
    text = "# @package _global_\nhydra:\n  sweeper:\n    params:\n      workers: 2,4\n      protocol: ssp,hardsync\n"
    (tmp_path / "mine" / "experiment" / "own.yaml").write_text(text)
    words = (
        *QUICK,
        "experiment=own",
        "--config-dir",
        "mine",
        "--over",
        "optimizer=sgd,momentum",
        "--over",
        "batch=8,16",
    )
    status, out, _ = paceline("tune", *words, "--seeds", "1", "--judge", "2", "seed=7", "hydra.sweep.dir=t")
    assert status == 0
    tuned = found(tmp_path / "t")
    assert [each["cell"] for each in tuned["cells"]] == [
        {"workers": workers, "protocol": protocol} for workers in ("2", "4") for protocol in ("ssp", "hardsync")
    ]
    assert tuned["budget"]["candidates_per_cell"] == 4
    assert (tuned["budget"]["tuning_seeds"], tuned["budget"]["judging_seeds"]) == ([1000007], [7, 8])
    assert {line.partition(":")[0] for line in out.splitlines() if " is first" in line} == {"workers=2", "workers=4"}


def test_another_figure_is_gone_by_of_the_same_runs(paceline: Command, tmp_path: Path) -> None:
    line = ("tune", *QUICK[:1], "until.updates=20", "--over", "batch=8,64", "--seeds", "1", "--judge", "1")
    assert paceline(*line, "hydra.sweep.dir=t", "sweep.objective=[samples_per_second]").status == 0
    assert found(tmp_path / "t")["cells"][0]["winner"] == {"batch": "64"}
    out = paceline(*line, "hydra.sweep.dir=t", "sweep.objective=[virtual_seconds]").out
    assert "2 of 2 runs are finished already" in out
    assert found(tmp_path / "t")["cells"][0]["winner"] == {"batch": "8"}


def test_an_objective_that_nobody_goes_by_is_said(paceline: Command) -> None:
    words = (*QUICK[:1], "until.updates=4", "sweep.objective=[final_test_loss]")
    one, several = paceline(*words).out, paceline("-m", *words, "workers=2,3").out
    assert one.startswith("note: sweep.objective has no effect: it is one run that is asked for\n")
    assert several.startswith("note: sweep.objective has no effect: every combination is simulated\n")


def test_thousands_are_set_apart_as_everywhere(paceline: Command) -> None:
    words = (*QUICK[:1], "until.updates=20", "sweep.objective=[bytes_sent]", "workers=2,4")
    out = paceline("tune", *words, "--over", "batch=8,16", "--seeds", "1", "--judge", "2").out
    # 20 updates are 20 gradients and as many models, each at least 4 numbers of 8 B: more than 1000 B.
    assert "\N{NO-BREAK SPACE}" in out
    assert "\N{REPLACEMENT CHARACTER}" not in out


def test_runs_that_fail_are_told_and_nothing_is_chosen(
    paceline: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sim.sweep.run

    def fails(*_: Any) -> Any:
        raise RuntimeError("a wheel came off")

    monkeypatch.setattr(sim.sweep.run, "_simulated", fails)
    status, out, _ = paceline("tune", *QUICK, "--over", "batch=8,64", "--seeds", "1", "hydra.sweep.dir=t")
    assert status == 1
    assert "2 of 2 runs failed, where is in failure.json in their folders, and nothing is chosen:" in out
    assert out.splitlines()[-1].startswith("to go on: paceline tune problem=quadratic")
    assert not (tmp_path / "t" / "tune.json").exists()


def test_a_tuning_that_is_killed_or_interrupted_goes_on_and_ends_as_if_it_had_not(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "sim", "tune", *MINIATURE]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}

    def ended(signal_after: int | None, how: int, *more: str) -> tuple[int, str]:
        process = subprocess.Popen(
            [*line, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment
        )
        assert process.stdout is not None
        for _ in range(signal_after or 0):
            process.stdout.readline()
        if signal_after is not None:
            process.send_signal(how)
        out, err = process.communicate()
        return process.returncode, out + err

    assert ended(4, signal.SIGKILL)[0] == -signal.SIGKILL
    status, said = ended(4, signal.SIGINT, "--resume")
    assert status == 130
    assert "; to go on: paceline tune problem=digits_softmax" in said
    assert ended(None, 0, "--resume")[0] == 0
    status, said = ended(None, 0, "hydra.sweep.dir=whole")
    assert status == 0
    (folder,) = (tmp_path / "tune").glob("*/*")
    assert found(folder) == found(tmp_path / "whole")
    assert runs(folder) == runs(tmp_path / "whole")
    # 4 cells, 2 candidates on 2 seeds, the best on 3 others.
    assert len(runs(folder)) == 4 * (2 * 2 + 3)
