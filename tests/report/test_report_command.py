"""`paceline report`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from made_up_runs import run, save

from sim.command.replay import main as replay
from sim.report.command import main

pytestmark = pytest.mark.usefixtures("undrawn")


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    folder = tmp_path / "sweep"
    save(run("slow", interval=4.0), folder / "0", "workers: 8\n")
    save(run("fast", interval=1.0), folder / "1", "workers: 8\n")
    return folder


def test_the_report_is_written_into_the_first_directory(sweep: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(sweep)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == [str(sweep / "report.html"), str(sweep / "{runs,groups,seeds}.{parquet,csv}")]
    tables = [f"{name}.{kind}" for name in ("runs", "groups", "seeds") for kind in ("parquet", "csv")]
    assert all((sweep / name).stat().st_size > 0 for name in ("report.html", *tables))


def test_the_fastest_run_is_printed_first(sweep: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(sweep)])
    text = capsys.readouterr().out
    assert text.index("fast") < text.index("slow")


def test_the_tables_hold_the_same_rows(sweep: Path) -> None:
    main([str(sweep), "--target", "0.9"])
    parquet, text = pl.read_parquet(sweep / "runs.parquet"), pl.read_csv(sweep / "runs.csv")
    assert parquet["report.seconds_to_target"].to_list() == [2.0, 8.0]
    assert text["label"].to_list() == parquet["label"].to_list() == ["fast", "slow"]
    assert text.columns == parquet.columns


def test_the_output_folder_is_made(sweep: Path, tmp_path: Path) -> None:
    assert main([str(sweep), "--output", str(tmp_path / "new" / "folder")]) == 0
    assert (tmp_path / "new" / "folder" / "report.html").exists()
    assert not (sweep / "report.html").exists()


def test_the_same_runs_give_the_same_bytes(sweep: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        main([str(sweep), "--output", str(tmp_path / name)])
    for name in ("runs.parquet", "runs.csv", "report.html"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{0}/nowhere"], "nowhere: does not exist"),
        (["{0}", "--target", "95"], "--target: must be above 0 and at most 1, got 95; give a fraction such as 0.95"),
        (["{0}", "--target", "nan"], "got nan"),
        (["{0}", "--target", "soon"], "got soon"),
        (["{0}", "--smoothed", "0"], "--smoothed: must be a whole number, at least 1, got 0; give for example 5"),
        (["{0}", "--smoothed", "2.5"], "got 2.5"),
        (["{0}", "--colour"], "unrecognized arguments: --colour"),
        ([], "the following arguments are required: DIR"),
        (["{0}", "--output", "{0}/0/summary.json"], "summary.json"),
    ],
)
def test_a_users_mistake_is_one_line_and_status_two(
    sweep: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main([argument.format(sweep) for argument in arguments]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("paceline report: ")
    assert message in lines[0]


@pytest.mark.parametrize("name", ["summary.json", "metrics.csv"])
def test_a_truncated_file_is_named(sweep: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    path = sweep / "1" / name
    path.write_text(path.read_text()[:-20])
    assert main([str(sweep)]) == 2
    assert f"1/{name}: " in capsys.readouterr().err
    assert not (sweep / "runs.csv").exists()


@pytest.mark.parametrize("main", [main, replay])
def test_an_empty_name_is_not_the_working_directory(
    main: Callable[[list[str]], int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([""]) == 2
    assert "the name is empty; give a path, or . for the working directory" in capsys.readouterr().err


def test_what_is_over_a_column_is_no_formula(sweep: Path) -> None:
    with (sweep / "1" / ".hydra" / "config.yaml").open("a") as config:
        config.write("\n=HYPERLINK(1): 2\n")
    assert main([str(sweep)]) == 0
    header = (sweep / "runs.csv").read_text().splitlines()[0].split(",")
    assert "'=HYPERLINK(1)" in header
    assert not [name for name in header if name.startswith(("=", "+", "-", "@"))]
