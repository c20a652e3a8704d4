"""Tables on terminals of any width: nothing is cut, words stay whole, and what is left out is named."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from made_up_runs import clock_only, collected, regression, run
from rich.console import Console

from sim.report.compared import compared
from sim.report.fitted_table import Column, Fitted, fitted
from sim.report.terminal import compare
from sim.results.result import Result

pytestmark = pytest.mark.usefixtures("undrawn")

WIDTHS = (20, 28, 40, 60, 80, 100, 200)
COLUMNS = (Column("run"), Column("s to\n95 %", 9), Column("updates\nto it", 5), Column("mean\nstale-\nness", 1))
ROWS = (("dpsgd · topology=torus · optimizer.lr=0.05", "12.5", "1234", "7"), ("local", "3", "12", "0"))


def drawn(table: Fitted, width: int, encoding: str = "utf-8") -> list[str]:
    file = io.TextIOWrapper(io.BytesIO(), encoding, write_through=True)
    Console(file=file, width=width).print(table.table)
    written = file.buffer
    assert isinstance(written, io.BytesIO)
    return written.getvalue().decode(encoding).splitlines()


def printed(folder: Path, width: int, *results: Result) -> str:
    file = io.StringIO()
    compare(compared(*collected(folder, *results), 0.95), Console(file=file, width=width))
    return file.getvalue().replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_table_is_no_wider_than_its_terminal_and_cuts_nothing(width: int) -> None:
    lines = drawn(fitted(COLUMNS, ROWS, width), width)
    assert max(map(len, lines)) <= width
    text = "".join(lines)
    assert "…" not in text
    assert "12.5" in text  # the column of the most worth is always there


@pytest.mark.parametrize("width", WIDTHS[1:])
def test_words_stay_whole(width: int) -> None:
    # The longest is optimizer.lr=0.05, of 17; beside it 4 of the best column, and 2 for each column: 25.
    words = "\n".join(drawn(fitted(COLUMNS, ROWS, width), width)).split()
    assert {word for word in ROWS[0][0].split() if word != "·"} <= {*words}


def test_columns_are_left_out_by_their_worth_and_named() -> None:
    # All: 17 + 4 + 7 + 6, and 2 each: 42; without the least 34; without the second 25.
    left_out = {width: fitted(COLUMNS, ROWS, width).left_out for width in (42, 41, 34, 33, 25, 10)}
    assert left_out == {
        42: [],
        41: ["mean staleness"],
        34: ["mean staleness"],
        33: ["updates to it", "mean staleness"],
        25: ["updates to it", "mean staleness"],
        10: ["updates to it", "mean staleness"],
    }
    assert fitted(COLUMNS, ROWS, 33).said("groups.csv") == ["no room for: updates to it, mean staleness; in groups.csv"]
    assert fitted(COLUMNS, ROWS, 80).said("groups.csv") == []


def test_a_word_that_is_longer_than_any_setting_costs_no_column() -> None:
    table = fitted(COLUMNS, [("x" * 60, *ROWS[0][1:])], 42)
    assert table.left_out == []
    assert "".join(drawn(table, 42)).count("x") == 60


def test_two_columns_of_words_share_the_room() -> None:
    columns = (Column(""), Column("best"), Column("judged", 1))
    lines = drawn(fitted(columns, [("protocol=dpsgd workers=4", "optimizer.lr=0.05 batch=16", "12.5")], 46), 46)
    assert max(map(len, lines)) <= 46
    assert {"protocol=dpsgd", "workers=4", "optimizer.lr=0.05", "batch=16", "12.5"} <= {*" ".join(lines).split()}


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_table_is_the_same_where_an_encoding_has_no_lines(encoding: str) -> None:
    rows = [("local", "3", "12", "0")]
    table = fitted(COLUMNS, rows, 80)
    assert drawn(table, 80, encoding) == [line.replace("─", "-") for line in drawn(table, 80)]


@pytest.mark.parametrize("width", WIDTHS[1:])
@pytest.mark.parametrize("make", [run, regression, clock_only])
def test_every_run_of_a_report_is_named_at_every_width(make: type, width: int, tmp_path: Path) -> None:
    text = printed(tmp_path, width, make("async_ps"), make("dpsgd"))
    head, _, body = text.partition("─ \n")
    rows = [line for line in body.splitlines() if line.startswith(" ") and line[1:2].strip()]
    assert [row.split()[0] for row in rows] == ["async_ps", "dpsgd"]
    assert max(map(len, rows)) <= width
    left_out = text.partition("no room for: ")[2].partition("; in report.html and groups.csv")[0]
    assert ("mean staleness" in left_out) != ("stale-" in head)
    # A regression has no column of a time to an accuracy, and without learning there is none of how it ended either.
    assert bool(left_out) == (width < {run: 80, regression: 60, clock_only: 40}[make])


def test_runs_without_an_accuracy_have_no_column_of_the_time_to_one(tmp_path: Path) -> None:
    runs = [clock_only(protocol, samples_per_second=100.0) for protocol in ("allreduce", "dpsgd")]
    text = printed(tmp_path, 80, *runs)
    assert "samples/s" in text
    assert "final" not in text
    assert "to it" not in text
    assert "95 %" not in text


def test_what_a_score_is_stands_over_the_column(tmp_path: Path) -> None:
    text = printed(tmp_path, 80, regression("allreduce"), regression("dpsgd", final_test_rmse=3.0))
    assert text.count("RMSE") == 2  # over the column, and in the sentence about the best
    mixed = printed(tmp_path / "mixed", 80, regression("allreduce"), run("dpsgd"))
    assert "RMSE 2" in mixed


def test_what_runs_have_in_common_stands_over_the_table(tmp_path: Path) -> None:
    text = printed(tmp_path, 80, run(workers=4), run(workers=8))
    assert "\nall: async_ps · network=leaf_spine · batch 32\n" in text
    assert "async_ps · 4 workers" not in text
    assert "all:" not in printed(tmp_path / "one", 80, run())
