"""``paceline validate scaling``: one JSON object, a table for people, and mistakes in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_up_tables import record

from sim.command.validate import main


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tables.json"
    path.write_text(json.dumps([record(), record(id="skipped", score=False)]))
    return path


def test_json_has_what_rows_and_summary(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scaling", "--on", str(file), "--calibrate-on", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["what"] == "scaling"
    assert [row["id"] for row in found["rows"]] == ["a-table#16", "a-table#32", "a-table#64"]
    row = found["rows"][0]
    assert (row["table"], row["cluster"], row["class"], row["devices"], row["nodes"]) == (
        "a-table", "a-cluster", "tcp", 16, 2
    )  # fmt: skip
    assert row["measured"] == row["linear"] == row["last_kept"] == 1600.0
    assert 0.0 < row["low80"] < row["predicted"] < row["high80"]
    assert row["line_rate"] < 1600.0
    assert found["summary"]["classes"]["tcp"]["mape"]["linear"] == 0.0
    assert found["summary"]["left_out"][0]["id"] == "skipped"


def test_people_read_errors_beside_those_of_the_baselines(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scaling", "--on", str(file), "--calibrate-on", str(file), "--given-up-to", "4"]) == 0
    out = capsys.readouterr().out
    assert "TCP all-reduce" in out
    assert "a-cluster, a device" in out
    assert "left out: skipped: score: false" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "the following arguments are required: what"),
        (["scalin"], "invalid choice: 'scalin'"),
        (["scaling", "--given-up-to", "0"], "must be a whole number, at least 1, got 0"),
        (["scaling", "--on", "nowhere.json"], "nowhere.json: No such file or directory"),
        (["scaling", "--on", ""], "the name is empty"),
        (["scaling", "--given-up-to", "9999"], "no table of the digest goes beyond 9999 machines"),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("paceline validate: ")
    assert said in err
    assert err.count("\n") == 1
