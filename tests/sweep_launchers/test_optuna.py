"""``hydra/sweeper=optuna``: the examples of docs/sweeps.md, what a failed run costs, and `paceline tune --trials`."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from launched import PATIENCE, environment

pytest.importorskip("hydra_plugins.hydra_optuna_sweeper", reason="pip install 'paceline[optuna]'")
pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs" / "sweeps.md").read_text()
ONE, TWO = re.findall(r"^\$ paceline (-m hydra/sweeper=optuna .*)$", PAGE, re.MULTILINE)


def paceline(home: Path, *words: str, status: int = 0) -> tuple[str, str]:
    """What the command has printed to standard output and to standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "sim", *words],
        cwd=home,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout, done.stderr


def summaries(folder: Path) -> list[dict[str, float]]:
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*/summary.json"))]


def test_the_best_of_one_objective_is_that_of_a_run_and_is_found_again(tmp_path: Path) -> None:
    words = shlex.split(ONE)
    out, err = paceline(tmp_path, *words)
    assert err == ""
    found = yaml.safe_load((tmp_path / "one" / "optimization_results.yaml").read_text())
    # No run costs less: those that were not there by the bound count the bound, those that diverged 1e9.
    costs = [
        1e9 if each["status"] == "diverged" else each["seconds_to_target"] or each["virtual_seconds"]
        for each in summaries(tmp_path / "one")
    ]
    assert len(costs) == 6
    assert found["best_value"] == min(costs)
    rate = found["best_params"]["optimizer.lr"]
    best, go_on = out.splitlines()[-2:]
    assert best.startswith(f"best: optimizer.lr={rate}: seconds_to_target ")
    assert go_on.startswith("to go on: paceline -m hydra/sweeper=optuna problem=quadratic ")
    again, _ = paceline(tmp_path, *words)
    assert again.count("finished already") == 6
    assert again.splitlines()[-2:] == [best, go_on]
    assert len(summaries(tmp_path / "one")) == 6
    _, err = paceline(tmp_path, *words, "batch=8", status=2)
    assert "hydra.sweep.dir=one: holds the sweep " in err


def test_no_run_is_better_in_everything_than_one_of_several_objectives(tmp_path: Path) -> None:
    out, err = paceline(tmp_path, *shlex.split(TWO))
    assert err == ""
    found = yaml.safe_load((tmp_path / "two" / "optimization_results.yaml").read_text())["solutions"]
    everybody = [(each["final_test_loss"], each["bytes_sent"]) for each in summaries(tmp_path / "two")]
    best = {one for one in everybody if not any(a <= one[0] and b <= one[1] and (a, b) != one for a, b in everybody)}
    assert {tuple(each["values"]) for each in found} == best
    assert f"{len(found)} runs that no other is better than in all objectives:" in out


def test_a_direction_that_looks_for_the_worst_is_refused(tmp_path: Path) -> None:
    words = ("-m", "hydra/sweeper=optuna", "problem=digits_softmax", "until.updates=4", "optimizer.lr=interval(0.1,1)")
    _, err = paceline(tmp_path, *words, "sweep.objective=[final_test_accuracy]", status=2)
    assert err == (
        "paceline: error: hydra.sweeper.direction=minimize: sweep.objective is final_test_accuracy; write "
        "hydra.sweeper.direction=maximize\n"
    )
    _, err = paceline(tmp_path, *words, "sweep.objective=[final_test_accuracy,bytes_sent]", status=2)
    assert err.endswith("write hydra.sweeper.direction=[maximize,minimize]\n")
    assert not list(tmp_path.iterdir())


def test_a_run_that_fails_costs_no_other_run(tmp_path: Path) -> None:
    (tmp_path / "failing.py").write_text(
        "import sys\n"
        "import sim.sweep.run\n"
        "from sim.__main__ import main\n"
        "simulated = sim.sweep.run._simulated\n"
        "def sometimes(blueprint, *others):\n"
        "    if blueprint.experiment.workers == 3:\n"
        "        raise RuntimeError('a wheel came off')\n"
        "    return simulated(blueprint, *others)\n"
        "sim.sweep.run._simulated = sometimes\n"
        "main()\n"
    )
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [
            *(sys.executable, "failing.py", "-m", "hydra/sweeper=optuna", "hydra/sweeper/sampler=random"),
            *("hydra.sweeper.sampler.seed=1", "hydra.sweeper.n_trials=8"),
            *("problem=quadratic", "until.updates=4", "workers=2,3,4", "hydra.sweep.dir=s"),
        ],
        cwd=tmp_path,
        env=environment({"PYTHONPATH": root}),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, len(summaries(tmp_path / "s"))) == (1, 2), done.stdout + done.stderr
    assert "1 of the runs failed and is left out: RuntimeError: a wheel came off" in done.stdout
    assert "\nbest: workers=" in done.stdout
    assert done.stderr == ""


def test_tune_has_optuna_choose_for_every_cell_and_goes_on(tmp_path: Path) -> None:
    line = (
        *("tune", "problem=quadratic", "workers=2,4", "until.target_loss=0.05", "until.updates=300", "--trials"),
        *(
            "3",
            "--over",
            "optimizer.lr=tag(log,interval(0.01,1))",
            "--over",
            "batch=8,16",
            "--seeds",
            "2",
            "--judge",
            "2",
        ),
    )
    out, err = paceline(tmp_path, *line, "hydra.sweep.dir=t")
    assert err == ""
    assert "each of 2 cells has 3 candidates of Optuna's on 2 seeds" in out
    tuned = json.loads((tmp_path / "t" / "tune.json").read_text())
    assert [len(each["candidates"]) for each in tuned["cells"]] == [3, 3]
    for candidate in (each["candidate"] for cell in tuned["cells"] for each in cell["candidates"]):
        assert 0.01 <= float(candidate["optimizer.lr"]) <= 1.0
        assert candidate["batch"] in ("8", "16")
    again, _ = paceline(tmp_path, *line, "hydra.sweep.dir=t")
    assert not re.findall(r"^\d+/\d+ ", again, re.MULTILINE)  # no run is simulated
    assert json.loads((tmp_path / "t" / "tune.json").read_text()) == tuned


def test_tune_has_no_sweeper_of_its_own_chosen(tmp_path: Path) -> None:
    words = ("tune", "hydra/sweeper=optuna", "workers=2,4", "--over", "batch=8,16")
    _, err = paceline(tmp_path, *words, status=2)
    assert err == (
        "paceline: error: hydra/sweeper=optuna: tune asks for runs itself; leave it out, or say --trials 20\n"
    )
