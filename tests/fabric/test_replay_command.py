"""``paceline replay``: what is printed, and the exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_flow_case import two_flows

from sim.command.replay import main


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "good.json"
    path.write_text(json.dumps(two_flows()))
    return path


def test_a_line_per_case_tells_flows_end_and_error(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(case)]) == 0
    words = capsys.readouterr().out.split()
    assert " ".join(words) == "two_flows 2 flows end 2.000000000 s largest error 0 of the bar"


def test_json_has_an_object_per_case(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", str(case), str(case)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line) for line in lines] == 2 * [
        {"name": "two_flows", "completion": [2.0, 1.5], "max_error": 0.0}
    ]


def test_a_directory_stands_for_its_json_files(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (case.parent / "notes.txt").write_text("not a case")
    assert main([str(case.parent)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_case_without_completions_passes(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case.write_text(json.dumps(two_flows() | {"completion": None}))
    assert main([str(case), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["max_error"] is None


def test_a_missed_bar_is_exit_status_one(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case.write_text(json.dumps(two_flows() | {"completion": [2.0, 1.6]}))
    assert main([str(case)]) == 1
    assert capsys.readouterr().out.rstrip().endswith("of the bar: MISSED")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "bad.json: is not JSON, or is truncated"),
        (
            json.dumps(two_flows() | {"routes": [[1, -1], [1]], "links": [[0, 1, 1, 0, "shared"]]}),
            "routes[0]: uses a link twice",
        ),
        (None, "bad.json: No such file or directory"),
    ],
    ids=["truncated", "impossible_route", "missing"],
)
def test_a_mistake_is_one_line_and_exit_status_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, message: str
) -> None:
    path = tmp_path / "bad.json"
    if content is not None:
        path.write_text(content)
    assert main([str(path)]) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert len(said.err.splitlines()) == 1
    assert said.out == ""


def test_a_directory_without_cases_is_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert "there is no .json file in this directory" in capsys.readouterr().err


def test_no_case_at_all_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "see paceline replay --help" in capsys.readouterr().err
