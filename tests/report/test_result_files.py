"""A result's files: what is in them, and what is there when something fails."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_runs import clock_only, regression, run

import sim.results.result
from sim.results.atomic import remove_leftovers, write_atomically, write_directory_atomically
from sim.results.read import read_links, read_metrics, read_summary
from sim.results.result import Result
from sim.results.rows import Link, Metric, Spans, Summary, Trajectory, metrics_csv

#: The promise of docs/design.md: names, and their order.
FIELDS = [
    "status",
    "protocol",
    "topology",
    "network",
    "workers",
    "batch",
    "seed",
    "virtual_seconds",
    "updates",
    "gradients",
    "samples",
    "epochs",
    "bytes_sent",
    "updates_per_second",
    "samples_per_second",
    "seconds_per_epoch",
    "final_train_loss",
    "final_test_loss",
    "final_test_accuracy",
    "final_test_rmse",
    "best_test_accuracy",
    "mean_worker_loss",
    "worst_worker_loss",
    "consensus_distance",
    "seconds_to_target",
    "updates_to_target",
    "samples_to_target",
    "target_uncertainty_seconds",
    "smoothed_seconds_to_target",
    "noise_scale",
    "mean_staleness",
    "max_staleness",
    "spectral_gap",
    "averagings_per_step",
    "collective",
    "compute_fraction",
    "communicate_fraction",
    "wait_fraction",
    "crashes",
    "downtime_seconds",
    "stalled_seconds",
    "recovery_seconds",
    "lost_seconds",
    "lost_updates",
    "goodput",
    "server_utilisation",
    "server_mean_response_seconds",
    "server_mean_queue",
    "diverged_replicas",
    "wall_seconds",
    "events",
    "version",
    "config_hash",
]


def complete() -> Result:
    result = run()
    result.spans = Spans(
        np.array([0, 1], np.int32), np.array([0, 2], np.int8), np.array([0.0, 0.5]), np.array([0.25, 0.75])
    )
    result.links = [Link("0", "a, b", "worker", "switch", "split", 10.0, 1.25e9, 0.5)]
    result.trajectory = Trajectory(np.array([0.0, 1.0]), np.array([0, 7]), np.ones((2, 3), np.float32))
    return result


def test_summary_json_holds_the_promised_fields_in_order(tmp_path: Path) -> None:
    run().write(tmp_path)
    assert list(json.loads((tmp_path / "summary.json").read_text())) == FIELDS


def test_unused_fields_are_null(tmp_path: Path) -> None:
    run().write(tmp_path)
    assert json.loads((tmp_path / "summary.json").read_text())["server_utilisation"] is None


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float64(math.nan), np.float32(math.inf)])
def test_summary_json_is_strict_where_a_run_diverged(value: float) -> None:
    text = run(final_test_loss=value).summary.to_json()
    assert json.loads(text, parse_constant=pytest.fail)["final_test_loss"] is None


def test_confidence_intervals_follow_the_field_they_belong_to() -> None:
    flat = run(ci95={"updates": 1.5, "virtual_seconds": 0.25}).summary.flat()
    names = list(flat)
    assert names[names.index("updates") + 1] == "updates_ci95"
    assert flat["virtual_seconds_ci95"] == 0.25


def test_a_confidence_interval_of_no_field_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^ci95: 'speed' is not a field"):
        run(ci95={"speed": 1.0}).summary.flat()


def test_summary_reads_back_as_written(tmp_path: Path) -> None:
    result = run(ci95={"updates": 1.5}, virtual_seconds=0.1 + 0.2)
    result.write(tmp_path)
    assert read_summary(tmp_path / "summary.json") == result.summary


def test_numpy_numbers_are_written_as_plain_ones() -> None:
    assert '"updates": 7,' in run(updates=np.int64(7)).summary.to_json()
    assert ",0.5," in metrics_csv([Metric(0, np.float64(0.5), 1, 0.0)])


@given(st.lists(st.tuples(st.floats(0, 1e9), st.floats(allow_nan=False), st.none() | st.floats(0, 1)), min_size=1))
def test_metrics_read_back_to_the_same_bits(tmp_path_factory: pytest.TempPathFactory, cells: list[tuple]) -> None:
    rows = [Metric(3, seconds, 10, None, loss, None, accuracy) for seconds, loss, accuracy in cells]
    path = tmp_path_factory.mktemp("metrics") / "metrics.csv"
    path.write_text(metrics_csv(rows))
    assert read_metrics(path) == rows


def test_metrics_of_a_diverged_run_say_nan(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text(metrics_csv([Metric(0, 1.0, 10, 0.0, math.nan, math.inf)]))
    (row,) = read_metrics(tmp_path / "metrics.csv")
    assert row.train_loss is not None
    assert math.isnan(row.train_loss)
    assert row.test_loss == math.inf


@pytest.mark.parametrize(
    ("result", "column", "other"),
    [
        (run(), "test_accuracy", "test_rmse"),
        (regression(), "test_rmse", "test_accuracy"),
        (clock_only(), "test_accuracy", "test_rmse"),
    ],
)
def test_metrics_csv_has_one_column_of_scores(result: Result, column: str, other: str) -> None:
    header = metrics_csv(result.metrics).splitlines()[0].split(",")
    assert column in header
    assert other not in header


def test_metrics_csv_has_the_promised_columns() -> None:
    assert metrics_csv([]) == (
        "seed,seconds,updates,epochs,train_loss,test_loss,test_accuracy,consensus_distance,mean_staleness,"
        "learning_rate,bytes_sent\n"
    )


def test_staleness_csv_is_a_histogram_in_order(tmp_path: Path) -> None:
    run().write(tmp_path)
    assert (tmp_path / "staleness.csv").read_text() == "staleness,count\n0,30\n1,60\n3,10\n"


def test_links_read_back_as_written_whatever_their_names(tmp_path: Path) -> None:
    result = complete()
    result.links.append(Link('say "x"', "line\nbreak", "host", "switch", "shared", 0.1, 1e300, 0.1 + 0.2))
    result.write(tmp_path)
    assert read_links(tmp_path / "links.csv") == result.links


def test_links_csv_has_the_promised_columns(tmp_path: Path) -> None:
    complete().write(tmp_path)
    assert (tmp_path / "links.csv").read_text() == (
        "source,target,source_kind,target_kind,duplex,bandwidth_gbps,bytes,utilisation\n"
        '0,"a, b",worker,switch,split,10.0,1250000000.0,0.5\n'
    )


def test_a_run_without_links_reads_as_one_that_has_none(tmp_path: Path) -> None:
    run().write(tmp_path)
    assert read_links(tmp_path / "links.csv") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "truncated"),
        ("source,target\n", "not a table of links: no column 'source_kind'"),
        (
            "source,target,source_kind,target_kind,duplex,bandwidth_gbps,bytes,utilisation\n0,1,host,host,split,x,0,0\n",
            "line 2: .*x",
        ),
    ],
)
def test_a_file_of_links_that_is_not_one_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "links.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"links\.csv: {message}"):
        read_links(path)


def test_arrays_read_back_without_pickle(tmp_path: Path) -> None:
    complete().write(tmp_path)
    with np.load(tmp_path / "spans.npz", allow_pickle=False) as spans:
        assert spans["kind"].tolist() == ["compute", "wait"]
        assert spans["worker"].dtype == np.int32
        assert spans["end"].tolist() == [0.25, 0.75]
    with np.load(tmp_path / "trajectory.npz", allow_pickle=False) as trajectory:
        assert trajectory["updates"].tolist() == [0, 7]
        assert trajectory["x"].dtype == np.float32
        assert trajectory["x"].shape == (2, 3)


def test_the_same_result_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    complete().write(first)
    complete().write(second)
    names = sorted(path.name for path in first.iterdir())
    expected = "curve.png links.csv metrics.csv spans.npz staleness.csv summary.json trace.json trajectory.npz"
    assert names == expected.split()
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)


def test_no_temporary_file_stays_behind(tmp_path: Path) -> None:
    complete().write(tmp_path)
    assert not [path for path in tmp_path.iterdir() if "partial" in path.name]


def test_a_failure_in_drawing_loses_only_the_drawing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no font")

    monkeypatch.setattr(sim.results.result, "curve_png", broken)
    with pytest.warns(RuntimeWarning, match="could not be drawn: no font"):
        complete().write(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    expected = "links.csv metrics.csv spans.npz staleness.csv summary.json trace.json trajectory.npz"
    assert names == set(expected.split())


@pytest.mark.parametrize("earlier", [True, False])
def test_a_run_that_is_interrupted_while_writing_leaves_everything_as_it_was(
    earlier: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "run"
    directory.mkdir()
    if earlier:
        run().write(directory)
    before = {path.name: path.read_bytes() for path in directory.iterdir()}

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sim.results.result, "curve_png", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run("dpsgd").write(directory)
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_files_appear_in_an_empty_directory_all_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = tmp_path / "run"
    seen: list[int] = []
    replace = Path.replace

    def remember(self: Path, target: Path) -> Path:
        seen.append(len(list(directory.iterdir())) if directory.exists() else 0)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", remember)
    complete().write(directory)
    assert set(seen) == {0}
    assert len(list(directory.iterdir())) == 8


def test_files_beside_those_of_a_run_stay(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    run().write(tmp_path)
    run("dpsgd").write(tmp_path, {".hydra/config.yaml": "workers: 3\n"})
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / ".hydra/config.yaml").read_text() == "workers: 3\n"


def test_where_files_have_to_be_moved_the_summary_is_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    written: list[str] = []
    replace = Path.replace

    def remember(self: Path, target: Path) -> Path:
        written.append(target.name)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", remember)
    complete().write(tmp_path)
    assert len(written) > 5
    assert written[-1] == "summary.json"


def test_files_that_a_second_run_does_not_have_are_removed(tmp_path: Path) -> None:
    complete().write(tmp_path)
    clock_only().write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"metrics.csv", "staleness.csv", "summary.json"}


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def fail(file: object) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, fail)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "truncated or not JSON"),
        ('{"status": "comp', "truncated or not JSON"),
        ("[" * 100_000, "truncated or not JSON"),
        ("[1]", "one object expected, got list"),
        ("{}", "it has no field 'status'"),
        (run().summary.to_json().replace('"workers": 8', '"workers": "8"'), "workers: int expected, got '8'"),
        (run().summary.to_json().replace('"workers": 8', '"workers": true'), "workers: int expected, got True"),
    ],
)
def test_a_summary_that_is_not_one_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Summary.parse(text)


def test_a_summary_of_another_version_is_read() -> None:
    flat = run().summary.flat()
    del flat["config_hash"]
    summary = Summary.parse(json.dumps({**flat, "colour": "blue", "mean_staleness": 7}))
    assert summary.config_hash is None
    assert summary.mean_staleness == 7.0


def test_summary_has_a_type_for_every_field() -> None:
    assert [field.name for field in dataclasses.fields(Summary)] == [*FIELDS, "ci95"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "truncated"),
        ("seed,seconds,updates,epochs\n0,1.0", "truncated"),
        ("seed,seconds,updates,epochs\n0,1.0\n", "line 2: 4 cells expected, got 2"),
        ("seed,seconds,updates,epochs\n0,fast,1,1.0\n", "line 2: .*fast"),
        ("seed,seconds,updates,epochs,colour\n", "not a table of metrics: unknown column 'colour'"),
        ("seed,seconds\n", "not a table of metrics: no column 'updates'"),
    ],
)
def test_a_metrics_file_that_is_not_one_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"metrics\.csv: {message}"):
        read_metrics(path)


def test_what_a_killed_writer_has_left_goes_and_what_is_being_written_stays(tmp_path: Path) -> None:
    left, file, other = tmp_path / ".run.1.partial", tmp_path / ".run.2.partial", tmp_path / ".running.1.partial"
    for folder in (left, other):
        folder.mkdir()
        (folder / "metrics.csv").write_text("half")
    file.write_text("half")
    with write_directory_atomically(tmp_path / "run", "last") as folder:
        assert not left.exists()
        assert not file.exists()
        remove_leftovers(tmp_path / "run")  # another process that begins
        (folder / "last").write_text("whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [other.name, "run"]


def test_a_leftover_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "notes").write_text("of the user")
    (tmp_path / ".run.1.partial").symlink_to(tmp_path / "kept")
    remove_leftovers(tmp_path / "run")
    assert (tmp_path / "kept" / "notes").exists()


def test_an_interrupt_waits_until_all_files_have_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes").write_text("of the user")
    replace = Path.replace

    def interrupted(self: Path, target: Path) -> Path:
        os.kill(os.getpid(), signal.SIGINT)
        return replace(self, target)

    def write() -> None:
        with write_directory_atomically(tmp_path, "last") as folder:
            for name in ("first", "second", "last"):
                (folder / name).write_text(name)
            monkeypatch.setattr(Path, "replace", interrupted)

    with pytest.raises(KeyboardInterrupt):
        write()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "last", "notes", "second"]
