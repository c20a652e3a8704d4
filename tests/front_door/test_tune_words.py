"""What `paceline tune` refuses, each in one line, before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import Command

WORDS = ("problem=quadratic", "workers=2,4", "until.updates=4")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "tune: nothing says what is tuned; write for example --over optimizer.lr=0.05,0.1,0.2"),
        (["--over"], "tune: argument --over: expected one argument; see paceline tune --help"),
        (["--over", "optimizer.lr=0.1"], "optimizer.lr=0.1: one value leaves nothing to choose; give two at the least"),
        (
            ["--over", "optimizer.lr=0.1,0.1"],
            "optimizer.lr=0.1,0.1: one value leaves nothing to choose; give two at the least",
        ),
        (
            ["--over", "workers=2,3"],
            "workers: given twice, workers=2,4 and workers=2,3; keep one of them",
        ),
        (["--over", "optimiser.lr=1,2"], "optimiser: no such key; did you mean optimizer?"),
        (
            ["--over", "optimizer.lr=interval(0.1,1)"],
            "--over optimizer.lr=interval(0.1,1): has no values to try one by one; list them, or say --trials 20 for "
            "Optuna",
        ),
        (
            ["--over", "optimizer.lr=tag(log,interval(0,1))", "--trials", "3"],
            "optimizer.lr=tag(log,interval(0,1)): the first value must be above 0 and below the last; write "
            "interval(first,last)",
        ),
        (["--over", "seed=1,2"], "--over seed: says how often something is simulated, not what; tune another key"),
        (
            ["--over", "optimizer.lr=1,2", "seed=1,2"],
            "seed=1,2: seeds are counted from one on; give the first, and --seeds and --judge",
        ),
        (
            ["--over", "optimizer.lr=1,2", "replicas=3"],
            "replicas=3: tuning has seeds of its own; leave it out, and say --seeds and --judge",
        ),
        (
            ["--over", "optimizer.lr=1,2", "--judge", "0"],
            "tune: argument --judge: must be a whole number from 1 to 1000000, got 0; give for example 10; see "
            "paceline tune --help",
        ),
        (
            ["--over", "optimizer.lr=1,2", "sweep.on_impossible=skip"],
            "sweep.on_impossible=skip: would leave some cells fewer candidates than others; leave it out, and sweep "
            "over what can be simulated",
        ),
        (
            ["--over", "optimizer.lr=1,2", "sweep.objective=[bytes_sent,final_test_loss]"],
            "sweep.objective=[bytes_sent,final_test_loss]: tuning goes by one figure; name that",
        ),
        (
            ["--over", "optimizer.lr=1,2", "sweep.objective=[seconds_to_target]"],
            "sweep.objective: seconds_to_target needs a target; give one, such as until.target_accuracy=0.9",
        ),
        (
            ["--over", "optimizer.lr=1,2", "sweep.objective=[final_test_acuracy]"],
            "sweep.objective: 'final_test_acuracy' is no figure to go by; did you mean final_test_accuracy?",
        ),
        (
            ["--over", "optimizer.lr=1,2", "sweep.objective=[final_test_accuracy]"],
            "sweep.objective: problem=quadratic and protocol=async_ps have no final_test_accuracy; choose a figure "
            "that they have",
        ),
        (
            ["--over", "optimizer.lr=1,2", "--resume"],
            "--resume: no tuning below tune asks the same; leave it out to begin one",
        ),
        (["--over", "optimizer.lr=1,2", "--nonsense"], "--nonsense: no such flag; paceline --help shows all"),
        (["--over", "protocol.k=1,5", "protocol=k_sync"], "workers=2"),
    ],
)
def test_a_mistake_is_one_line(words: list[str], said: str, paceline: Command, tmp_path: Path) -> None:
    status, _, err = paceline("tune", *WORDS, *words)
    assert (status, err.count("\n")) == (2, 1), err
    assert said in err
    assert not list(tmp_path.iterdir())


def test_its_help_has_its_flags(paceline: Command) -> None:
    status, out, err = paceline("tune", "--help")
    assert (status, err) == (0, "")
    assert {"--over", "--seeds", "--judge", "--trials"} <= {*out.replace(",", " ").split()}
    assert "paceline tune" in paceline("--help").out
