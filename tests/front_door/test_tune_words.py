"""What `paceline tune` refuses, each in one line, before anything is written."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from command import Command

from sim.command.tune import _read
from sim.config.application import application
from sim.config.jobs import Jobs
from sim.tune.plan import plan
from sim.tune.said import budget

PAGE = (Path(__file__).parents[2] / "docs" / "sweeps.md").read_text()

WORDS = ("problem=quadratic", "workers=2,4", "until.updates=4")


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_example_of_the_page_has_the_budget_that_it_says() -> None:
    (line,) = re.findall(r"^\$ paceline tune (.*)$", PAGE, re.MULTILINE)
    asked = _read(shlex.split(line))
    with application(asked.words.sources) as hydra:
        jobs = Jobs(hydra.config_loader, asked.words.sources.name, asked.cells, multirun=True)
        planned = plan(jobs, asked.over, asked.options.seeds, asked.options.judge, asked.options.trials)
    # 3 protocols at 3 sizes, each 4 rates on 3 seeds, and the best on 10 others: 9 (4 x 3 + 10) runs.
    assert budget(planned) == (
        "budget: each of 9 cells has 4 candidates on 3 seeds (1000000 to 1000002), 12 runs, and is judged on 10 others "
        "(0 to 9); 198 runs in all, 66 for each protocol"
    )
    assert planned.runs == 9 * (4 * 3 + 10)
    assert not {*planned.tuning} & {*planned.judging}
