"""The noise of gradients in published runs: what their columns mean, and what it says of larger batches."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.command.validate import main
from sim.truth.noise_scale import read_noise_scale
from sim.validation.check import Asked
from sim.validation.noise_scale import CHECK, Case, cases, learned

COLUMNS = ["progress", "iteration", "metric", "grad_sqr", "grad_var"]


def made_up(critical: float, batches: tuple[int, ...] = (32, 128, 512), **changed: Any) -> dict[str, Any]:
    """Runs that follow the law: an update is worth 1 / (1 + Bc / B) of one without noise, of which 100 reach 1."""
    found = {}
    for batch in batches:
        worth = 1.0 / (1.0 + critical / batch)
        updates = [round(step / worth) for step in range(5, 126, 5)]
        rows = [[u, u, min(1.0, u * worth / 100.0), 2.0, 2.0 * critical / batches[0]] for u in updates]
        found[str(batch)] = {"columns": COLUMNS, "rows": rows} | changed
    return found


def written(path: Path, models: Any) -> Path:
    file = path / "n.json"
    file.write_text(json.dumps(models))
    return file


def test_progress_is_the_sum_of_gains_of_the_noise_that_is_told() -> None:
    # AdaScale (Johnson et al. 2020): an update of S times the smallest batch b is worth (v + q) / (v / S + q) of it,
    # q = |G|^2 and v the variance of a gradient of b. So the noise scale is b v / q, and the same is (1 + Bc / b) /
    # (1 + Bc / B). Between two evaluations it is taken from both, which scatters but is not biased.
    for runs in read_noise_scale().values():
        for run in runs:
            q, v = (np.array([getattr(point, name) for point in run.points]) for name in ("squared", "variance"))
            critical = runs[0].batch * v / q
            gain = (1.0 + critical / runs[0].batch) / (1.0 + critical / run.batch)
            done = np.diff([point.updates for point in run.points])
            made = np.diff([point.progress for point in run.points])
            assert abs(np.median(made / done / ((gain[1:] + gain[:-1]) / 2.0)) - 1.0) < 0.02


def test_runs_that_follow_the_law_are_predicted_exactly(tmp_path: Path) -> None:
    found = [*cases(read_noise_scale(written(tmp_path, {"one": made_up(200.0)})), None)]
    assert [case.name for case in found] == [f"one/{b}#{share}" for share in (0.8, 0.9, 0.95) for b in (128, 512)]
    for case in found:
        assert case.scale == pytest.approx(200.0, rel=1e-9)
        # Updates are whole numbers: to within half of one, of 14 at the least, in both runs.
        assert np.exp(case.expected(np.zeros(1))) == pytest.approx(case.after, rel=0.03)


def test_a_larger_run_that_is_known_is_predicted_from(tmp_path: Path) -> None:
    models = read_noise_scale(written(tmp_path, {"one": made_up(200.0)}))
    assert {(case.small, case.large) for case in cases(models, 511)} == {(128, 512)}
    assert {case.small for case in cases(models, 1)} == {32}


def test_critical_batches_twice_the_noise_scale_are_learned() -> None:
    seen = [Case("", model, 0.9, 32, 4096, 100.0, 1e4, 1e4 * (1 + 4096 / 200) / (1 + 32 / 200)) for model in "abcdefgh"]
    probable = learned(seen)
    factors = np.linspace(-4.0, 6.0, 101)
    # Eight models with a standard deviation of 0.9 about a middle that is believed to be 0 +- 1: 8 / (8 + 0.81).
    assert probable @ factors == pytest.approx(np.log(2.0) * 8 / 8.81, rel=0.1)
    assert probable.sum() == pytest.approx(1.0)
    assert learned([]) @ factors == pytest.approx(0.0, abs=0.01)


def test_a_model_says_nothing_of_itself(tmp_path: Path) -> None:
    public = json.loads(files("sim.truth").joinpath("noise_scale.json").read_text("utf-8"))
    own = {key: public[key] for key in ("cifar10", "ncf")}
    other = {**own, "cifar10": {batch: public["cifar10"][batch] for batch in ("128", "256")}}
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    first.write_text(json.dumps(own))
    second.write_text(json.dumps(other))
    found = [
        [row.predicted for row in CHECK.judge(Asked(first, each)).rows if row.kind == "cifar10"]
        for each in (first, second)
    ]
    assert found[0] == found[1]


def test_intervals_hold_what_they_say() -> None:
    rows = CHECK.judge(Asked()).rows
    assert len(rows) > 60
    assert 0.7 <= np.mean([row.inside for row in rows]) <= 0.9


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"columns": ["iteration"]}, "one: 32: columns: expected a list with progress, iteration, metric"),
        ({"rows": 3}, "one: 32: rows: expected a list of lists of numbers, an evaluation each, got 3"),
        ({"rows": [[1, 1, None, 1, 1]]}, "one: 32: row 1: metric: expected a number, got None"),
        ({"rows": [[1, 1, 1, -1, 1]]}, "one: 32: row 1: grad_sqr: expected a number above 0, got -1"),
        ({"rows": [7]}, "one: 32: row 1: progress: expected a number above 0, got None"),
        ({"rows": [[1, 5, 1, 1, 1], [1, 5, 1, 1, 1]]}, "row 2: iteration: expected more than 5, got 5"),
    ],
)
def test_another_file_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: dict[str, Any], said: str
) -> None:
    file = written(tmp_path, {"one": made_up(200.0, **changed)})
    assert main(["noise_scale", "--on", str(file)]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.startswith(f"paceline validate: {file}")
    assert err.count("\n") == 1


def test_one_batch_is_nothing_to_predict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["noise_scale", "--on", str(written(tmp_path, {"one": made_up(9.0, (32,))}))]) == 2
    assert "--on: has no model with two batches that get to a metric" in capsys.readouterr().err
    assert main(["noise_scale", "--on", str(written(tmp_path, {"one": {"many": {}}}))]) == 2
    assert "one: many: expected a batch, a whole number of samples such as 256" in capsys.readouterr().err
