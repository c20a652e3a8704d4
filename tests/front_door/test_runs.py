"""What a run and a sweep leave behind, and what they print."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from command import QUICK, Command, Outcome

import sim.simulate
from sim.cluster.blueprint import Blueprint
from sim.results.units import duration

pytestmark = pytest.mark.slow


@pytest.fixture
def directory(quick_run: tuple[Path, Outcome]) -> Path:
    """Where the quick run has left its files."""
    (summary,) = quick_run[0].rglob("summary.json")
    return summary.parent


def test_a_run_leaves_the_question_and_the_answer(directory: Path) -> None:
    assert sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()) == [
        ".hydra/config.yaml",
        ".hydra/hydra.yaml",
        ".hydra/overrides.yaml",
        ".hydra/question.json",
        "curve.png",
        "links.csv",
        "metrics.csv",
        "staleness.csv",
        "summary.json",
    ]


def test_the_answer_is_of_the_experiment_that_was_asked_for(directory: Path) -> None:
    summary = json.loads((directory / "summary.json").read_text())
    asked = {name: summary[name] for name in ("protocol", "network", "workers", "updates")}
    assert asked == {"protocol": "async_ps", "network": "single_switch", "workers": 2, "updates": 4}


def test_a_run_goes_to_a_directory_named_after_the_instant(quick_run: tuple[Path, Outcome], directory: Path) -> None:
    name = str(directory.relative_to(quick_run[0]))
    assert re.fullmatch(r"outputs/\d{4}-\d\d-\d\d/\d\d-\d\d-\d\d-\d{6}", name)


def test_a_run_prints_its_summary_and_nothing_on_standard_error(
    quick_run: tuple[Path, Outcome], directory: Path
) -> None:
    folder, (status, out, err) = quick_run
    assert (status, err) == (0, "")
    assert out.splitlines()[1].rstrip() == "async_ps · 2 workers · batch 32 · single_switch"
    assert out.splitlines()[-1] == f"results in {directory.relative_to(folder)}"


def test_a_run_goes_to_the_directory_that_is_asked_for(paceline: Command, tmp_path: Path) -> None:
    assert paceline(*QUICK, "hydra.run.dir=run").out.splitlines()[-1] == "results in run"
    assert (tmp_path / "run" / "summary.json").is_file()


def test_a_sweep_prints_a_line_for_each_run_and_how_to_compare_them(paceline: Command, tmp_path: Path) -> None:
    # Flags may stand between overrides.
    status, out, err = paceline(*QUICK, "-m", "protocol=local,async_ps", "hydra.sweep.dir=sweep")
    lines = [re.sub(r": loss .* virtual time;|-[0-9a-f]{10}$", ":", line) for line in out.splitlines()]
    assert (status, err) == (0, "")
    assert lines == [
        "1/2 protocol=local: sweep/protocol=local:",
        "2/2 protocol=async_ps: sweep/protocol=async_ps:",
        "2 runs; to compare them: paceline report sweep",
        "to add to them, or go on: paceline problem=quadratic workers=2 until.updates=4 -m protocol=local,async_ps "
        "hydra.sweep.dir=sweep",
    ]
    names = sorted(path.name.partition("-")[0] for path in (tmp_path / "sweep").iterdir())
    assert names == ["protocol=async_ps", "protocol=local", "sweep.json"]


def test_runs_have_the_names_that_they_are_given(paceline: Command, tmp_path: Path) -> None:
    named = ("-m", *QUICK, "seed=0,1", "hydra.sweep.dir=sweep", "hydra.sweep.subdir=number-${hydra.job.num}")
    for _ in range(2):
        assert paceline(*named).status == 0
        assert sorted(path.name for path in (tmp_path / "sweep").iterdir()) == ["number-0", "number-1", "sweep.json"]
    assert paceline(*named).out.startswith("2 of 2 runs are finished already")


@pytest.mark.parametrize(
    ("swept", "fixed", "shown"),
    [
        ("protocol=easgd,async_easgd", "protocol.alpha=0.1", "protocol.alpha=0.1"),
        ("protocol=easgd,async_easgd", "protocol.alpha=null", "++protocol.alpha=null"),
        ("problem=diabetes,digits_mlp", "problem.hidden=[4,3]", "problem.hidden=[4,3]"),
    ],
)
def test_a_key_that_only_the_swept_options_have_is_set_in_each_run(
    swept: str, fixed: str, shown: str, paceline: Command, tmp_path: Path
) -> None:
    fast = ("workers=2", "until.updates=2", "hydra.sweep.dir=sweep")
    status, out, err = paceline("-m", *fast, fixed, swept)
    assert (status, err, len(out.splitlines())) == (0, "", 4)
    overrides = list(tmp_path.rglob("overrides.yaml"))
    assert len(overrides) == 2
    assert all(f"- {shown}\n" in path.read_text() for path in overrides)


def test_an_experiment_may_name_its_own_sweep_and_the_command_line_narrows_it(
    paceline: Command, tmp_path: Path
) -> None:
    sweep = ("-m", "experiment=first_look", "until.epochs=0.3", "hydra.sweep.dir=sweep")
    paceline(*sweep, "protocol=dpsgd,allreduce", "optimizer.lr=0.1")
    answers = [json.loads(path.read_text()) for path in tmp_path.rglob("summary.json")]
    assert sorted(answer["protocol"] for answer in answers) == ["allreduce", "dpsgd"]


def test_the_same_question_twice_gives_the_same_bytes(paceline: Command, tmp_path: Path) -> None:
    for name in "ab":
        paceline("workers=3", "until.updates=20", "straggler=exponential", f"hydra.run.dir={name}")
    for name in ("metrics.csv", "staleness.csv", "curve.png", ".hydra/config.yaml"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_showing_the_config_simulates_nothing(paceline: Command, tmp_path: Path) -> None:
    status, out, err = paceline("-c", "job", "workers=3", "-p", "straggler", "straggler=lognormal")
    assert (status, out, err) == (0, "# @package straggler\ncv: 0.2\n", "")
    assert not list(tmp_path.iterdir())


def test_an_interrupted_run_leaves_nothing_and_says_so_in_one_line(
    paceline: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(blueprint: Blueprint, *others: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sim.simulate, "simulate", interrupted)
    assert paceline(*QUICK) == (130, "", "paceline: interrupted\n")
    assert not list(tmp_path.iterdir())


def test_an_error_of_ours_is_shown_in_full_and_leaves_no_directory(
    paceline: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(blueprint: Blueprint, *others: object) -> None:
        raise ValueError("the clock went backwards")

    monkeypatch.setattr(sim.simulate, "simulate", broken)
    status, out, err = paceline(*QUICK)
    assert (status, out) == (1, "")
    assert "Traceback" in err
    assert "ValueError: the clock went backwards" in err
    assert err.splitlines()[-1] == "paceline: internal error, please report the lines above"
    assert not list(tmp_path.iterdir())


def test_a_run_that_fails_does_not_keep_the_others_of_its_sweep_from_running(
    paceline: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = sim.simulate.simulate

    def broken_at_seed_1(blueprint: Blueprint, *others: object) -> object:
        if blueprint.experiment.seed == 1:
            raise ValueError("the clock went backwards")
        return whole(blueprint)

    monkeypatch.setattr(sim.simulate, "simulate", broken_at_seed_1)
    assert paceline("-m", *QUICK, "seed=0,1,2", "hydra.sweep.dir=sweep").status == 1
    names = sorted(path.parent.name.partition("-")[0] for path in tmp_path.rglob("summary.json"))
    assert names == ["seed=0", "seed=2"]


def test_progress_is_drawn_in_virtual_seconds_where_standard_error_is_a_terminal(
    paceline: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = sim.simulate.simulate

    def half_way(blueprint: Blueprint, progress: object, *others: object) -> object:
        assert callable(progress)
        progress(1.5, 0.5)
        return whole(blueprint)

    monkeypatch.setattr(sim.simulate, "simulate", half_way)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda self: True)
    _, _, err = paceline(*QUICK, "hydra.run.dir=run")
    assert "simulating" in err
    assert f"{duration(1.5)} virtual" in err
