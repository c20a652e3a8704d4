"""What a sweep keeps, does again, adds, refuses and says."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from command import Command

import sim.question
import sim.sweep.run
from sim.cluster.blueprint import Blueprint
from sim.report.collect import find_runs
from sim.results.result import Result
from sim.sweep.folder import SweepFolder, same_sweep

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
QUICK = ("problem=none", "until.updates=3", "hydra.sweep.dir=s")


def runs(folder: Path) -> dict[str, bytes]:
    """What every run has found, by its folder's name, without how long that took."""
    found = {}
    for summary in folder.glob("*/summary.json"):
        said = json.loads(summary.read_text())
        said["wall_seconds"] = None
        others = sorted(path for path in summary.parent.glob("*.csv"))
        found[summary.parent.name] = json.dumps(said).encode() + b"".join(path.read_bytes() for path in others)
    return found


def whens(folder: Path) -> dict[str, int]:
    """When every run was written (ns)."""
    return {path.parent.name: path.stat().st_mtime_ns for path in folder.glob("*/summary.json")}


def start(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    """The command in a process of its own, which has done its first run."""
    line = [sys.executable, "-m", "sim", "-m", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    process = subprocess.Popen(line, stdout=pipe, stderr=pipe, text=True, cwd=cwd, env=environment)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_a_folder_says_what_is_in_it(paceline: Command, tmp_path: Path) -> None:
    assert paceline("-m", *QUICK, "protocol=hardsync", "workers=2,3", "optimizer.lr=0.1,0.2").status == 0
    names = sorted(name.rpartition("-")[0] for name in runs(tmp_path / "s"))
    assert names == ["workers=2,lr=0.1", "workers=2,lr=0.2", "workers=3,lr=0.1", "workers=3,lr=0.2"]


def test_what_is_finished_is_not_done_again(paceline: Command, tmp_path: Path) -> None:
    first = paceline("-m", *QUICK, "workers=2,3")
    assert first.out.splitlines()[-2:] == [
        "2 runs; to compare them: paceline report s",
        "to add to them, or go on: paceline -m problem=none until.updates=3 workers=2,3 hydra.sweep.dir=s",
    ]
    before = whens(tmp_path / "s")
    again = paceline("-m", *QUICK, "workers=2,3")
    assert again.out.splitlines()[0] == "2 of 2 runs are finished already, 0 are to be done"
    assert whens(tmp_path / "s") == before


def test_values_are_added_to_a_sweep(paceline: Command, tmp_path: Path) -> None:
    assert paceline("-m", *QUICK, "workers=2").status == 0
    before = whens(tmp_path / "s")
    added = paceline("-m", *QUICK, "workers=2,3")
    assert added.out.splitlines()[0] == "1 of 2 runs are finished already, 1 are to be done"
    assert len(whens(tmp_path / "s")) == 2
    assert before.items() <= whens(tmp_path / "s").items()


def test_another_sweep_is_told_what_lies_there(paceline: Command, tmp_path: Path) -> None:
    assert paceline("-m", *QUICK, "workers=2,3").status == 0
    before = sorted(tmp_path.rglob("*"))
    for other in ("workers=2,3 seed=1", "workers=2,3 batch=16,32"):
        status, _, err = paceline("-m", *QUICK, *other.split())
        asked = "problem=none until.updates=3 workers=2,3"
        assert (status, err) == (
            2,
            f"paceline: error: hydra.sweep.dir=s: holds the sweep {asked}; choose another folder, or ask the same\n",
        )
    assert sorted(tmp_path.rglob("*")) == before


def test_runs_of_somebody_else_are_not_mixed_with(paceline: Command, tmp_path: Path) -> None:
    assert paceline("problem=none", "until.updates=3", "hydra.run.dir=s/0").status == 0
    status, _, err = paceline("-m", *QUICK, "workers=2,3")
    assert status == 2
    assert "holds 1 runs that no sweep of this kind has left" in err


@pytest.mark.parametrize(
    ("here", "asked", "same"),
    [
        ("workers=2,3 seed=1", "workers=2,3 seed=1", True),
        ("workers=2,3", "workers=3,4", True),
        ("workers=2", "workers=range(2,5)", True),
        ("workers=2", "workers=3", False),
        ("workers=2,3 seed=0", "workers=2,3 seed=1", False),
        ("workers=2,3", "workers=2,3 seed=1", False),
        ("problem.hidden=[8,8]", "problem.hidden=[8,4]", False),
    ],
)
def test_a_sweep_is_the_same_but_for_values_that_are_swept(here: str, asked: str, same: bool) -> None:
    first, second = ({word.partition("=")[0]: word for word in line.split()} for line in (here, asked))
    assert same_sweep(first, second) is same


def test_one_of_two_sweeps_in_a_folder_is_refused(paceline: Command, tmp_path: Path) -> None:
    asked = {"workers": "workers=2,3"}
    with SweepFolder(tmp_path / "s").taken(asked):
        status, _, err = paceline("-m", "workers=2,3", "hydra.sweep.dir=s")
    assert status == 2
    assert "another sweep is at work there; wait for its end, or choose another folder" in err
    assert not runs(tmp_path / "s")


def test_the_newest_sweep_that_asks_the_same_is_resumed(paceline: Command, tmp_path: Path) -> None:
    same = ("problem=none", "until.updates=3", "workers=2,3")
    assert paceline("-m", *same).status == 0
    assert paceline("-m", *same[:2], "workers=2,3", "seed=1").status == 0
    resumed = paceline("-m", "--resume", *same)
    assert resumed.status == 0
    assert resumed.out.splitlines()[1] == "2 of 2 runs are finished already, 0 are to be done"
    assert len(find_runs([tmp_path])) == 4
    status, _, err = paceline("-m", "--resume", *same, "batch=16")
    assert (status, err.count("\n")) == (2, 1)
    assert "no sweep below multirun asks the same" in err


def test_what_is_only_recorded_changes_no_question(paceline: Command, tmp_path: Path) -> None:
    spans = ("-m", *QUICK, "workers=2,3", "record.spans=true")
    assert paceline("-m", *QUICK, "workers=2,3").status == 0
    names = sorted(whens(tmp_path / "s"))
    assert "0 of 2" not in (out := paceline(*spans).out)
    assert "finished already" not in out  # what it is to keep was not kept
    assert sorted(whens(tmp_path / "s")) == names
    assert len(list(tmp_path.rglob("spans.npz"))) == 2
    for line in (spans, spans[:-1]):
        assert paceline(*line).out.startswith("2 of 2 runs are finished already")


def test_a_file_is_asked_by_what_is_in_it(paceline: Command, tmp_path: Path) -> None:
    graph = tmp_path / "g.edges"
    line = ("-m", *QUICK, "protocol=dpsgd", "workers=2,3", "topology=file", f"topology.path={graph}")
    graph.write_text("0 1\n1 2\n")
    assert paceline(*line[:-2], "workers=3", *line[-2:]).status == 2  # given twice
    line = ("-m", *QUICK, "protocol=dpsgd", "workers=3", "seed=0,1", "topology=file", f"topology.path={graph}")
    assert paceline(*line).status == 0
    graph.touch()
    assert paceline(*line).out.startswith("2 of 2")
    graph.write_text("0 1\n1 2\n2 0\n")
    status, _, err = paceline(*line)  # the same words would mix two meanings in one table
    assert (status, err.count("\n")) == (2, 1)
    assert "asked these words when they meant something else" in err
    assert len(runs(tmp_path / "s")) == 2


def test_a_sweep_that_goes_on_after_the_physics_has_changed_is_refused(
    paceline: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert paceline("-m", *QUICK, "workers=2,3").status == 0
    monkeypatch.setattr(sim.question, "PHYSICS", sim.question.PHYSICS + 1)
    status, _, err = paceline("-m", *QUICK, "workers=2,3,4")
    assert (status, err.count("\n")) == (2, 1)
    assert "meant something else" in err
    assert len(runs(tmp_path / "s")) == 2


def test_runs_that_ask_the_same_are_done_once(paceline: Command, tmp_path: Path) -> None:
    told = paceline("-m", *QUICK, "workers=2,2,3").out.splitlines()
    assert told[0] == "note: 1 of 3 runs ask what others ask, and are done once"
    assert len(runs(tmp_path / "s")) == 2


def test_a_key_of_sweeps_has_no_effect_on_one_run_which_is_said(paceline: Command) -> None:
    told = paceline("problem=none", "until.updates=3", "sweep.on_impossible=skip").out
    assert told.startswith("note: sweep.on_impossible has no effect: it is one run that is asked for\n")


def test_a_job_that_fails_costs_nobody_else_and_is_tried_again(
    paceline: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated = sim.sweep.run._simulated

    def sometimes(blueprint: Blueprint, *others: Any) -> Result:
        if blueprint.experiment.workers == 3:
            raise RuntimeError("a wheel\ncame off")
        return simulated(blueprint, *others)

    monkeypatch.setattr(sim.sweep.run, "_simulated", sometimes)
    status, out, err = paceline("-m", *QUICK, "workers=2,3,4")
    assert (status, err) == (1, "")
    (failed,) = (tmp_path / "s").glob("workers=3-*")
    told = out.splitlines()
    assert told[1] == "2/3 workers=3: failed: RuntimeError: a wheel came off"
    assert told[-4:-1] == [
        "2 runs; to compare them: paceline report s",
        "1 of 3 runs failed, where is in failure.json in their folders:",
        f"  s/{failed.name}: RuntimeError: a wheel came off",
    ]
    assert json.loads((failed / "failure.json").read_text())["overrides"] == [
        "problem=none",
        "until.updates=3",
        "workers=3",
    ]
    assert "test_sweeps.py" in json.loads((failed / "failure.json").read_text())["traceback"]
    assert len(runs(tmp_path / "s")) == 2
    assert "1 of the runs failed and is left out: RuntimeError: a wheel came off" in paceline("report", "s").out
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    again = paceline("-m", *QUICK, "workers=2,3,4")
    assert again.status == 0
    assert again.out.startswith("2 of 3 runs are finished already, 1 are to be done")
    assert sorted(path.name for path in failed.iterdir() if path.is_file())[-1] == "summary.json"
    assert not (failed / "failure.json").exists()


def test_a_job_that_cannot_be_simulated_is_named_or_skipped(paceline: Command, tmp_path: Path) -> None:
    line = ("-m", *QUICK, "protocol=k_sync", "protocol.k=2", "workers=1,2,3")
    status, _, err = paceline(*line)
    assert (status, err.count("\n")) == (2, 1)
    assert err.endswith("(job 1 of 3: workers=1)\n")
    assert not (tmp_path / "s").exists()
    status, out, _ = paceline(*line, "sweep.on_impossible=skip")
    assert status == 0
    assert out.splitlines()[0] == "1 of 3 runs cannot be simulated and are skipped:"
    assert out.splitlines()[1].startswith("  workers=1: ")
    assert len(runs(tmp_path / "s")) == 2


def test_control_c_ends_a_sweep_after_the_run_and_twice_at_once(tmp_path: Path) -> None:
    line = ("workers=8", "until.updates=4000", "seed=range(0,40)", "hydra.sweep.dir=s")
    process = start(*line, cwd=tmp_path)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 130
    assert "ending after what is being run; control-C again ends at once" in err
    done = len(runs(tmp_path / "s"))
    assert 0 < done < 40
    assert err.splitlines()[-1] == f"paceline: interrupted after {done} of 40 runs"
    assert "to go on: paceline -m workers=8 until.updates=4000 'seed=range(0,40)' hydra.sweep.dir=s" in out
    long = ("problem=none", "workers=8", "until.updates=400000", "seed=range(0,3)", "hydra.sweep.dir=t")
    process = start(*long, cwd=tmp_path)
    time.sleep(0.5)  # until the next one has begun
    process.send_signal(signal.SIGINT)
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130, err
    assert err.splitlines()[-1].startswith("paceline: interrupted; to go on: paceline -m problem=none workers=8")
    assert {path.name for path in (tmp_path / "t").iterdir()} == {"sweep.json", *runs(tmp_path / "t")}


def test_a_sweep_that_is_killed_again_and_again_ends_as_if_nobody_had(tmp_path: Path) -> None:
    draw = random.Random(0)
    line = ("protocol=dpsgd,async_ps", "workers=2,4", "until.updates=40", "seed=range(0,5)")
    for _ in range(4):
        process = start(*line, "hydra.sweep.dir=killed", cwd=tmp_path)
        time.sleep(0.5 * draw.random())
        process.kill()
        process.communicate()
    finished = whens(tmp_path / "killed")
    for folder in ("killed", "whole"):
        process = start(*line, f"hydra.sweep.dir={folder}", cwd=tmp_path)
        process.communicate()
        assert process.returncode == 0
    assert finished.items() <= whens(tmp_path / "killed").items()
    assert len(runs(tmp_path / "whole")) == 20
    assert runs(tmp_path / "killed") == runs(tmp_path / "whole")
    every = {path.relative_to(tmp_path / "killed") for path in (tmp_path / "killed").rglob("*")}
    assert every == {path.relative_to(tmp_path / "whole") for path in (tmp_path / "whole").rglob("*")}
