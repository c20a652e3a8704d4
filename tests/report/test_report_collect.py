"""Any number of runs in one table."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from made_up_runs import collected, regression, run, save

from sim.report.collect import collect, find_runs
from sim.report.comparison import comparisons, with_target

pytestmark = pytest.mark.usefixtures("undrawn")

CONFIG = "workers: 8\noptimizer:\n  lr: 0.1\nprotocol: {}\nuntil:\n  updates: null\n  epochs: [1, 2]\n"
CHOICES = "      protocol: async_ps\n      straggler: exponential\n      hydra/launcher: basic\n"


def test_a_run_is_one_row_of_summary_choices_and_config(tmp_path: Path) -> None:
    save(run(), tmp_path, CONFIG, CHOICES)
    (row,) = collect([tmp_path]).to_dicts()
    assert row["run"] == str(tmp_path)
    assert row["mean_staleness"] == 7.25
    assert row["protocol"] == "async_ps"
    assert row["straggler"] == "exponential"
    assert row["optimizer.lr"] == 0.1
    assert row["until.epochs"] == "[1, 2]"
    assert "hydra/launcher" not in row


def test_runs_are_found_at_any_depth_once_and_in_natural_order(tmp_path: Path) -> None:
    for name in ("10", "2", "deep/er/1"):
        save(run(), tmp_path / name)
    found = find_runs([tmp_path / "2", tmp_path])
    assert [str(path.relative_to(tmp_path)) for path in found] == ["2", "10", "deep/er/1"]


def test_a_run_needs_no_config(tmp_path: Path) -> None:
    save(run(), tmp_path)
    assert collect([tmp_path])["workers"].to_list() == [8]


def test_runs_with_different_columns_share_one_table(tmp_path: Path) -> None:
    save(run(), tmp_path / "a", "ssp:\n  slack: 3\n")
    save(regression(), tmp_path / "b", "easgd:\n  alpha: 0.5\n")
    table = collect([tmp_path])
    assert table["ssp.slack"].to_list() == [3, None]
    assert table["easgd.alpha"].to_list() == [None, 0.5]
    assert table["final_test_rmse"].to_list() == [None, 2.0]


def test_columns_have_the_type_that_holds_all_their_values(tmp_path: Path) -> None:
    save(run(updates=400), tmp_path / "a", "lr: 1\nnesterov: true\nname: x\nbig: 99999999999999999999\n")
    save(run(updates=400.5), tmp_path / "b", "lr: 0.5\nnesterov: false\nname: 3\nbig: 1\n")
    schema = collect([tmp_path]).schema
    assert schema["updates"] == schema["lr"] == pl.Float64
    assert schema["nesterov"] == pl.Boolean
    assert schema["name"] == schema["big"] == pl.String
    assert schema["workers"] == pl.Int64
    assert schema["server_utilisation"] == pl.Float64  # no run measured it


def test_the_table_survives_parquet(tmp_path: Path) -> None:
    save(run(), tmp_path / "a", CONFIG, CHOICES)
    table = collect([tmp_path])
    table.write_parquet(tmp_path / "runs.parquet")
    assert pl.read_parquet(tmp_path / "runs.parquet").equals(table)


def test_a_directory_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nowhere: does not exist"):
        collect([tmp_path / "nowhere"])


def test_a_file_is_not_a_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="file: is not a directory"):
        collect([tmp_path / "file"])


def test_a_directory_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no run in it"):
        collect([tmp_path])


def test_a_truncated_summary_is_named(tmp_path: Path) -> None:
    path = save(run(), tmp_path / "7") / "summary.json"
    path.write_text(path.read_text()[:100])
    with pytest.raises(ValueError, match=r"7/summary\.json: truncated or not JSON"):
        collect([tmp_path])


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("optimizer: {lr: 0.1", "truncated or not YAML"),
        ("", "a mapping expected, got NoneType"),
        ("when: !!python/object/apply:os.system ['true']\n", "truncated or not YAML"),
        ("a: &a {b: 1}\nc: *a\n", "aliases are not accepted"),
        ("a: &a {b: *a}\n", "aliases are not accepted"),
        ("[" * 5000, "truncated or not YAML"),
    ],
)
def test_a_config_that_is_not_one_is_named(tmp_path: Path, config: str, message: str) -> None:
    save(run(), tmp_path, config)
    with pytest.raises(ValueError, match=rf"\.hydra/config\.yaml: .*{message}"):
        collect([tmp_path])


def test_text_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    save(run(), tmp_path)
    (tmp_path / "summary.json").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=r"summary\.json: is not text in UTF-8"):
        collect([tmp_path])


def test_runs_are_ranked_by_seconds_to_the_target_then_by_accuracy(tmp_path: Path) -> None:
    missed = run("missed", best_test_accuracy=0.9)
    missed.metrics = missed.metrics[:3]
    slow, fast = (run(name, interval=interval) for name, interval in (("slow", 4.0), ("fast", 1.0)))
    ranked = with_target(*collected(tmp_path, slow, fast, regression("rmse"), missed), 0.95)
    assert ranked["protocol"].to_list() == ["fast", "slow", "missed", "rmse"]
    assert ranked["report.seconds_to_target"].to_list() == [3.0, 12.0, None, None]
    assert ranked["report.updates_to_target"].to_list() == [300.0, 300.0, None, None]


def test_a_run_that_raced_to_the_target_reports_the_crossing_that_it_found(tmp_path: Path) -> None:
    # The evaluations say 6 s; the run has found 4.5 s. For another target than its own there are only evaluations.
    found = {"seconds_to_target": 4.5, "updates_to_target": 225, "target_uncertainty_seconds": 0.04}
    save(run(**found), tmp_path / "0", "until:\n  target_accuracy: 0.95\n  target_loss: null\n")
    table = collect([tmp_path])
    curves = {name: run().metrics for name in table["run"]}
    (own,) = comparisons(with_target(table, curves, 0.95))
    assert (own.arrival.seconds, own.arrival.updates, own.arrival.uncertainty) == (4.5, 225.0, 0.04)
    (other,) = comparisons(with_target(table, curves, 0.9))
    assert (other.arrival.seconds, other.arrival.uncertainty) == (4.0, 2.0)


def test_the_running_mean_is_of_as_many_evaluations_for_all_runs(tmp_path: Path) -> None:
    table = with_target(*collected(tmp_path, run("slow", interval=4.0), run("fast", interval=1.0)), 0.925, 2)
    assert table["report.smoothed_over"].to_list() == [2, 2]
    assert table["report.smoothed_seconds_to_target"].to_list() == [3.0, 12.0]
