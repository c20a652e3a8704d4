"""Published times of collective operations, predicted from other sizes and from other shapes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim.command.validate import main
from sim.truth.allreduce import Sweep, read_allreduce
from sim.validation.allreduce import sites
from sim.validation.known_sizes import as_in, every_other, up_to

Told = Callable[..., dict[str, Any]]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    def run(*words: str) -> dict[str, Any]:
        assert main(["allreduce", "--json", *words]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return run


def written(tmp_path: Path, *ids: str, **changed: object) -> str:
    """Some rows of the digest, in a file."""
    found = json.loads((Path(__file__).parents[2] / "sim/truth/allreduce.json").read_text())
    path = tmp_path / f"{'-'.join(ids)}.json"
    path.write_text(json.dumps({"rows": [row | changed for row in found["rows"] if row["id"] in ids]}))
    return str(path)


def off(rows: list[dict[str, Any]]) -> float:
    return sum(abs(row["predicted"] / row["measured"] - 1.0) for row in rows) / len(rows)


@pytest.mark.slow
def test_half_of_the_sizes_say_what_the_others_take(told: Told) -> None:
    found = told()
    others = [row for row in found["rows"] if not row["calibrated"] and row["id"].startswith("h100")]
    assert len(others) == 45
    assert off([row for row in others if row["nodes"] > 1]) < 0.05
    assert off([row for row in others if row["nodes"] == 1]) < 0.08
    inside = [row["low80"] <= row["measured"] <= row["high80"] for row in others]
    assert 0.7 <= sum(inside) / len(inside) <= 0.9
    row = next(row for row in found["rows"] if row["id"] == "h100-10x4#all_gather#134217600")
    assert (row["operation"], row["bytes"], row["ranks"], row["nodes"]) == ("all_gather", 134217600, 40, 10)
    assert row["measured"] == 0.00079422
    blind = found["summary"]["blind"]["h100-10x4"]
    assert blind["mape"]["predicted"] < 10.0
    assert 0.7 <= blind["coverage80"] <= 0.9


@pytest.mark.slow
def test_ten_by_four_from_ten_by_one_and_one_by_eight(told: Told, tmp_path: Path) -> None:
    known, asked = written(tmp_path, "h100-10x1", "h100-1x8"), written(tmp_path, "h100-10x4")
    found = told("--on", asked, "--calibrate-on", known)
    assert not any(row["calibrated"] for row in found["rows"])
    assert off(found["rows"]) < 0.05
    large = [row for row in found["rows"] if row["bytes"] > 2**30]
    assert max(abs(row["predicted"] / row["measured"] - 1.0) for row in large) < 0.03
    # the same by the number of ranks
    same = [row for row in told("--given-up-to", "10")["rows"] if row["ranks"] == 40]
    assert [row["predicted"] for row in same] == pytest.approx([row["predicted"] for row in found["rows"]])


def test_eight_ranks_on_fewer_machines(told: Told, tmp_path: Path) -> None:
    path = written(tmp_path, "nccl569-8x1", "nccl569-4x2", "nccl569-2x4")
    rows = {row["ranks"] // row["nodes"]: row for row in told("--on", path)["rows"]}
    assert rows[1]["predicted"] == pytest.approx(0.363, rel=0.01)
    assert rows[1]["calibrated"]
    assert rows[2]["predicted"] == pytest.approx(0.173, rel=0.1)
    assert not rows[2]["calibrated"]
    assert rows[4]["predicted"] == pytest.approx(0.132, rel=0.01)


def test_what_is_fitted_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["allreduce", "--on", written(tmp_path, "nccl569-8x1", "nccl569-4x2", "nccl569-2x4")]) == 0
    said = capsys.readouterr().out
    assert "2 x 4: cards alone would take 90.7 ms; it is bound inside its machines: 21.2 GB/s a rank" in said


@pytest.mark.slow
def test_names_tell_nothing(told: Told, tmp_path: Path) -> None:
    # what is asked for is hidden in what is known by its figures, whatever it is called there
    one = told("--on", written(tmp_path, "h100-10x4"))
    other = told("--on", written(tmp_path, "h100-10x4", id="another"))
    assert [row["predicted"] for row in one["rows"]] == [row["predicted"] for row in other["rows"]]


def test_other_machines_of_the_same_kind_are_only_what_is_believed_before(told: Told, tmp_path: Path) -> None:
    # twice as slow as the digest's 10 x 4: the same device, and another site with slower cards
    (sweep,) = json.loads(Path(written(tmp_path, "h100-10x4")).read_text())["rows"]
    slow = {
        name: [{"bytes": point["bytes"], "seconds": 2.0 * point["seconds"]} for point in points]
        for name, points in sweep["sweeps"].items()
    }
    found = told("--on", written(tmp_path, "h100-10x4", sweeps=slow))
    assert off([row for row in found["rows"] if not row["calibrated"]]) < 0.05
    card = found["summary"]["learned"]["NVIDIA H100 80GB"]["card"]
    assert card["low"] < 2.45e10 < card["high"]


def test_a_sweep_that_is_known_is_known_by_half_and_part_of_it_by_that() -> None:
    sweep = next(sweep for sweep in read_allreduce(None) if sweep.id == "h100-1x8")

    def known(rule: Callable[..., Any]) -> set[float]:
        (site,) = sites([sweep], [sweep], rule)
        return {timing.nbytes for timing in site.known.timings if timing.operation == "all_reduce"}

    sizes = [timing.nbytes for timing in sweep.timings if timing.operation == "all_reduce"]
    assert known(every_other) == known(as_in([sweep])) == set(sizes[::2])
    assert known(as_in([sweep._replace(timings=sweep.timings[:3])])) == set(sizes[:3])
    assert known(as_in([])) == known(up_to(7)) == set()
    assert known(up_to(8)) == set(sizes)


def test_machines_that_nobody_knows_are_told_apart() -> None:
    one = Sweep("a", "", "ours", 8, 1, read_allreduce(None)[0].timings)
    assert {site.name for site in sites([one, one._replace(id="b", note="theirs")], [], every_other)} == {
        "ours",
        "theirs",
    }


def test_an_operation_without_a_law_is_left_out(told: Told, tmp_path: Path) -> None:
    points = [{"bytes": 1e6, "seconds": 1e-3}, {"bytes": 2e6, "seconds": 2e-3}]
    path = written(tmp_path, "h100-1x8", sweeps={"all_reduce": points, "alltoall": points})
    assert told("--on", path)["summary"]["left_out"][0]["id"] == "h100-1x8#alltoall"
    path = written(tmp_path, "h100-1x8", sweeps={"alltoall": points})
    assert main(["allreduce", "--on", path]) == 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ranks": 9}, "row 1: ranks_per_node: expected 9 ranks over 1 nodes, equally many on each, got 8"),
        ({"nodes": 0}, "row 1: nodes: expected a count"),
        ({"sweeps": {}}, "row 1: sweeps: expected at least one operation"),
        ({"sweeps": {"all_reduce": []}}, "row 1: sweeps: all_reduce: expected at least one point"),
        ({"sweeps": {"all_reduce": [{"bytes": 1, "seconds": -1}]}}, "all_reduce, point 1: seconds: expected a number"),
        ({"sweeps": {"all_reduce": [{"bytes": 1, "seconds": 1}] * 2}}, "point 2: bytes: expected another size"),
        ({"sweeps": None}, "row 1: sweeps: expected an object, got nothing"),
        ({"id": ""}, "row 1: id: expected a text"),
    ],
)
def test_a_file_that_is_none_is_refused_in_one_line(
    changed: dict[str, object], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["allreduce", "--on", written(tmp_path, "h100-1x8", **changed)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert said in lines[0]


def test_two_rows_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two rows have the id 'x'; give each its own"):
        read_allreduce(Path(written(tmp_path, "h100-1x8", "h100-10x1", id="x")))
