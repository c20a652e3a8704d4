"""``paceline report --best KEY``: the best run of each kind, and what it is the best of."""

from pathlib import Path

import pytest

from sim.report.best import best_of
from sim.report.collect import collect
from sim.report.command import main
from sim.report.comparison import with_target
from sim.results.read import read_metrics
from sim.results.result import Result
from sim.results.rows import Metric, Summary

CHANCE = "; the same seeds chose and judge them"
SECONDS = {("a", 0.1): 3.0, ("a", 0.2): 1.0, ("a", 0.4): None, ("b", 0.1): 4.0, ("b", 0.2): 5.0, ("b", 0.4): 2.0}


@pytest.fixture
def sweep(tmp_path):
    for number, ((protocol, rate), seconds) in enumerate(SECONDS.items()):
        summary = Summary(
            status="completed", protocol=protocol, topology=None, network=None, workers=2, batch=1, seed=0
        )
        curve = [Metric(0, 0.0, 0, None, test_accuracy=0.1)]
        if seconds is not None:
            curve.append(Metric(0, seconds, 10, None, test_accuracy=0.96))
        question = {".hydra/config.yaml": f"optimizer:\n  lr: {rate}\n"}
        Result(summary, curve).write(tmp_path / str(number), question)
    return tmp_path


def test_the_best_of_each_kind_is_compared_and_what_was_tried_is_said(sweep, capsys):
    assert main([str(sweep), "--best", "protocol"]) == 0
    said = capsys.readouterr().out
    assert f"each protocol at the best of 3 runs (optimizer.lr: 0.1, 0.2, 0.4){CHANCE}" in said
    rows = [line.split()[0:3] for line in said.splitlines() if line.strip().startswith(("a ·", "b ·"))]
    assert rows[:2] == [
        ["a", "·", "optimizer.lr=0.2"],
        ["b", "·", "optimizer.lr=0.4"],
    ]


def test_the_table_and_the_page_keep_every_run(sweep, capsys):
    main([str(sweep), "--best", "protocol"])
    assert len((sweep / "runs.csv").read_text().splitlines()) == 1 + len(SECONDS)
    page = (sweep / "report.html").read_text()
    assert "6 runs" in page
    assert f"Compared is each protocol at the best of 3 runs (optimizer.lr: 0.1, 0.2, 0.4){CHANCE}." in page
    assert all(f"{protocol} · optimizer.lr={rate}" in page for protocol, rate in SECONDS)


def test_a_key_that_no_run_has_is_a_mistake(sweep, capsys):
    assert main([str(sweep), "--best", "colour"]) == 2
    assert capsys.readouterr().err.startswith("paceline report: --best colour: no run has it; give a key")


def test_a_kind_with_one_run_is_its_own_best(sweep):
    table = collect([sweep / "0", sweep / "3"])
    table = with_target(table, {run: read_metrics(Path(run) / "metrics.csv") for run in table["run"]}, 0.95)
    assert best_of(table, "protocol").said == "each protocol at the best of 1 run"
