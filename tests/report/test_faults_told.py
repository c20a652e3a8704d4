"""Faults in what a run, a sweep and a report say."""

import io

import pytest
from experiments import simulated
from made_up_runs import collected, run
from rich.console import Console

from sim.report.columns import columns
from sim.report.compared import compared
from sim.report.comparison import comparisons
from sim.report.terminal import compare, print_summary
from sim.results.objective import OBJECTIVES

ENDLESS = "quadratic dim=2"
FAULTY = {"crashes": 3, "downtime_seconds": 12.0, "goodput": 0.75, "lost_updates": 4}


@pytest.fixture(autouse=True)
def undrawn(monkeypatch):
    monkeypatch.setattr("sim.results.result.curve_png", lambda result: b"")


def printed(result):
    file = io.StringIO()
    print_summary(result, Console(file=file, width=80))
    return file.getvalue().replace("\N{NO-BREAK SPACE}", " ")


def alone(tmp_path, rows, **words):
    """A run of a barrier, of which some workers do not come back."""
    path = tmp_path / "events.csv"
    path.write_text("at,what,who\n" + rows)
    faults = f"file detection_seconds=0 file.path={path}"
    common = {"workers": 4, "workload": "synthetic seconds=0.01", "problem": ENDLESS, "until": "updates=50"}
    return simulated("hardsync", faults=faults, **common | words)


def test_a_summary_says_what_faults_have_cost():
    text = printed(run(**FAULTY))
    assert "3, workers down for 12 s in all, 4 updates undone" in text
    assert "75 % of the workers' time" in text


def test_and_nothing_where_nothing_went_wrong():
    assert "goodput" not in printed(run())


def test_a_stalled_run_is_called_so_and_says_whom_it_waits_for(tmp_path):
    result = alone(tmp_path, "0.105,crash,2\n0.2,leave,1\n")
    assert result.summary.status == "stalled"
    assert "STALLED" in printed(result)
    assert result.notices[0].endswith("everybody waits for workers 1, 2, which will not be back")


def test_one_in_which_everybody_has_failed_too(tmp_path):
    result = alone(tmp_path, "".join(f"0.1,crash,{rank}\n" for rank in range(4)))
    assert result.notices[0].endswith("no worker will be back")


def test_of_several_seeds_it_is_said_how_many_have(tmp_path):
    result = alone(tmp_path, "0.105,crash,2\n", replicas=2, straggler="exponential")
    assert result.summary.status == "stalled"
    assert result.notices[0].endswith("worker 2, which will not be back (seed 0; 2 of 2 seeds)")


def test_it_would_wait_for_its_target_for_ever():
    cost = OBJECTIVES["seconds_to_target"].cost(run(status="stalled").summary)
    assert (cost.seconds, cost.reached) == (float("inf"), False)


def test_a_report_has_columns_of_faults_where_any_run_has_some(tmp_path):
    table, curves = collected(tmp_path, run(**FAULTY), run("dpsgd", status="stalled"))
    found = compared(table, curves, 0.95)
    cells = {column.head: column.cells for column in columns(comparisons(found.table), found, {})}
    assert sorted(cells["crashes"]) == ["0", "3"]
    assert sorted(cells["goodput (%)"]) == ["100", "75"]
    assert sorted(cells["updates undone"]) == ["0", "4"]
    assert any("stalled" in cell for cell in cells["seeds"])
    file = io.StringIO()
    compare(found, Console(file=file, width=120))
    assert "crashes" in file.getvalue()
    assert "stalled" in file.getvalue()


def test_and_none_where_none_has(tmp_path):
    table, curves = collected(tmp_path, run(), run("dpsgd"))
    found = compared(table, curves, 0.95)
    heads = [column.head for column in columns(comparisons(found.table), found, {})]
    assert not {"crashes", "goodput (%)"} & {*heads}


def test_a_row_is_as_wide_as_a_terminal(tmp_path):
    table, curves = collected(tmp_path, run(**FAULTY), run("dpsgd", status="stalled", **FAULTY))
    file = io.StringIO()
    compare(compared(table, curves, 0.95), Console(file=file, width=80))
    assert max(map(len, file.getvalue().splitlines())) <= 80
