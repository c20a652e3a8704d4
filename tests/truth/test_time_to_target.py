"""Minutes to a target are predicted from the smallest run, other rounds, and nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from readme import ROOT

from sim.command.validate import main
from sim.truth.series import Series, read_series
from sim.validation.row import Row
from sim.validation.time_to_target import Known, judge


@pytest.fixture(scope="module")
def series() -> list[Series]:
    return [one for one in read_series(None) if one.benchmark in ("resnet", "rnnt") and one.round in ("2.0", "2.1")]


def known(earlier: list[Series]) -> Known:
    return Known(tuple(earlier), lambda _: ())


@pytest.fixture(scope="module")
def rows(series: list[Series]) -> list[Row]:
    asked = [one for one in series if one.round == "2.1"]
    earlier = [one for one in series if one.round == "2.0"]
    return list(judge(asked, lambda _: known(earlier)))


def told(rows: list[Row]) -> list[tuple[float, ...]]:
    return [(row.predicted, row.low, row.high) for row in rows]


def test_every_larger_run_is_predicted_beside_linear_scaling(series: list[Series], rows: list[Row]) -> None:
    asked = [one for one in series if one.round == "2.1"]
    assert [row.id for row in rows] == [f"{one.name}#{run.accelerators}" for one in asked for run in one.runs[1:]]
    small, large = asked[0].runs[:2]
    assert rows[0].baselines["linear"] == small.minutes * small.accelerators / large.accelerators
    # a perfect clock: what the throughput that was measured takes for as many samples as the smallest run
    assert rows[0].baselines["constant_samples"] == pytest.approx(large.minutes * small.samples / large.samples)
    assert all(0.0 < row.low < row.predicted < row.high for row in rows)


def test_nothing_depends_on_who_it_was(series: list[Series], rows: list[Row]) -> None:
    def renamed(one: Series) -> Series:
        return replace(one, submitter="somebody", accelerator=f"a device of {one.accelerator[:3]}")

    asked = [renamed(one) for one in series if one.round == "2.1"]
    earlier = [renamed(one) for one in series if one.round == "2.0"]
    assert told(list(judge(asked, lambda _: known(earlier)))) == told(rows)


def test_a_larger_run_says_nothing_of_itself(series: list[Series], rows: list[Row]) -> None:
    asked = [
        replace(one, runs=(one.smallest, *(run._replace(minutes=run.minutes * 3.0) for run in one.runs[1:])))
        for one in series
        if one.round == "2.1"
    ]
    earlier = [one for one in series if one.round == "2.0"]
    assert told(list(judge(asked, lambda _: known(earlier)))) == told(rows)


def test_hardware_and_statistics_make_the_minutes(rows: list[Row]) -> None:
    for row in rows:
        straight = row.baselines["linear"]
        hardware, statistics = row.facts["hardware"], row.facts["statistics"]
        assert isinstance(hardware, float)
        assert isinstance(statistics, float)
        assert straight is not None
        assert row.predicted == pytest.approx(straight / hardware / statistics)


def test_given_runs_are_not_predicted_but_learned_from(series: list[Series]) -> None:
    asked = [one for one in series if one.round == "2.1"]
    blind = {row.id: row for row in judge(asked, lambda _: known([]))}
    given = list(judge(asked, lambda _: known([]), given=32))
    assert all(int(str(row.facts["accelerators"])) > 32 for row in given)
    off = [(row.error, blind[row.id].error) for row in given]
    assert sum(some for some, _ in off) < sum(other for _, other in off)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"series": [{"round": "5.0"}]}, "series 1: points: expected a list, point after point, got nothing"),
        ({"series": {}}, "series: expected a list, series after series, got {}"),
        ([], "expected an object, got []"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, content: Any, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "series.json"
    path.write_text(json.dumps(content))
    assert main(["time_to_target", "--on", str(path)]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.slow
def test_rounds_that_have_earlier_ones_are_predicted_within_the_bars(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["time_to_target", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)["summary"]
    learned = summary["learned"]
    assert learned["mape"]["predicted"] <= 12.0
    assert learned["median_error"] <= 9.0
    assert learned["coverage80"] >= 0.7
    shown = r"20 earlier series.*, (\d+) runs \(median ([\d.]+)\) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| (\d+) %"
    (row,) = re.findall(shown, (ROOT / "docs" / "validation.md").read_text())
    found = [learned["rows"], learned["median_error"], *learned["mape"].values(), 100.0 * learned["coverage80"]]
    assert [*map(float, row)] == pytest.approx(found, abs=0.5)
    for kind, found in summary["classes"].items():
        assert found["mape"]["predicted"] < found["mape"]["linear"], kind
