"""``paceline validate scaling``: one JSON object, a table for people, and mistakes in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_up_tables import record

from sim.command.validate import main
from sim.validation.checks import CHECKS
from sim.validation.picture import FORMATS


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


def test_every_measurement_has_a_line_where_asked(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scaling", "--on", str(file), "--calibrate-on", str(file), "--rows"]) == 0
    assert "a-table#16 " in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMATS)
def test_a_picture_is_the_same_for_the_same_rows(file: Path, tmp_path: Path, form: str) -> None:
    drawn = []
    for name in ("one", "two"):
        picture = tmp_path / "pictures" / f"{name}.{form}"
        arguments = ["scaling", "--on", str(file), "--calibrate-on", str(file), "--picture", str(picture)]
        assert main(arguments) == 0
        drawn.append(picture.read_bytes())
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--on", "tables.json"], "--on, --calibrate-on, --given-up-to: are of one check; name one of scaling"),
        (["scaling", "--picture", "picture.gif"], "--picture: picture.gif is none of svg, pdf, png"),
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


@pytest.mark.slow
def test_all_checks_are_made_beside_each_other_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "predicted.svg"
    assert main(["--json", "--picture", str(picture)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["what"] == "all"
    assert [check["what"] for check in found["checks"]] == [*CHECKS]
    assert all(check["rows"] and check["summary"]["mape"]["predicted"] >= 0.0 for check in found["checks"])
    assert picture.read_text().startswith("<?xml")
