"""Files of the format flowcase/1: what is read, and what is refused with one line that says why."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim.fabric.flow_case import read_flow_case
from sim.fabric.replay import largest_error, replay


def two_flows() -> dict[str, Any]:
    """Two flows share a link of 100 B/s until the shorter one is complete."""
    return {
        "format": "flowcase/1",
        "name": "two_flows",
        "nodes": [["a", "host"], ["b", "host"]],
        "links": [[0, 1, 100, 0.5, "split"]],
        "routes": [[1], [-1]],
        "flows": {"src": [0, 0], "dst": [1, 1], "bytes": [100, 50], "start": [0.0, 0.0], "route": [0, 0]},
        "completion": [2.0, 1.5],
    }


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "case.json"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_case_is_replayed_as_the_format_says(tmp_path: Path) -> None:
    case = read_flow_case(written(tmp_path, json.dumps(two_flows())))
    completion = replay(case)
    # 0.5 s of latency, 50 B/s each for 1 s, then 50 B at 100 B/s.
    assert completion.tolist() == [2.0, 1.5]
    assert largest_error(case, completion) == 0.0


def test_the_error_is_a_multiple_of_the_bar(tmp_path: Path) -> None:
    text = two_flows() | {"completion": [2.0, 1.5 + 3e-9]}
    case = read_flow_case(written(tmp_path, json.dumps(text)))
    # The bar of a flow of 1.5 s is 1.51e-9 s.
    assert largest_error(case, replay(case)) == pytest.approx(3e-9 / 1.51e-9, rel=1e-6)


@pytest.mark.parametrize("completion", [None, [None, None]])
def test_a_case_may_leave_completions_out(tmp_path: Path, completion: object) -> None:
    case = read_flow_case(written(tmp_path, json.dumps(two_flows() | {"completion": completion})))
    assert largest_error(case, replay(case)) is None


def test_a_flow_without_completion_is_not_compared(tmp_path: Path) -> None:
    case = read_flow_case(written(tmp_path, json.dumps(two_flows() | {"completion": [None, 1.5]})))
    assert largest_error(case, replay(case)) == 0.0
    assert math.isnan(case.completion[0])


def test_a_shared_link_is_one_resource(tmp_path: Path) -> None:
    text = two_flows() | {"links": [[0, 1, 100, 0.5, "shared"]]}
    text["flows"]["route"] = [0, 1]
    assert replay(read_flow_case(written(tmp_path, json.dumps(text)))).tolist() == [2.0, 1.5]


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    case = two_flows()
    change(case)
    return json.dumps(case)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not JSON, or is truncated"),
        (json.dumps(two_flows())[:-20], "is not JSON, or is truncated"),
        ("[]", "is a list where a flowcase/1 object is expected"),
        ("[" * 100_000, "is nested too deeply"),
        (json.dumps(two_flows()).replace("0.5", "NaN"), "NaN is not a number in JSON"),
        (changed(lambda case: case.update(format="flowcase/2")), "format: must be 'flowcase/1', got \"flowcase/2\""),
        (changed(lambda case: case.pop("name")), "name: must be text, got nothing"),
        (changed(lambda case: case.update(nodes=7)), "nodes: must be a list, got 7"),
        (changed(lambda case: case["links"][0].pop()), r"links\[0\]: must be \[u, v, bandwidth, latency, duplex\]"),
        (changed(lambda case: case["links"][0].__setitem__(1, 2)), r"links\[0\]: must be one of 0 .. 1, got 2"),
        (changed(lambda case: case["links"][0].__setitem__(2, 0)), r"links\[0\]: the bandwidth must be positive"),
        (changed(lambda case: case["links"][0].__setitem__(2, "1")), r"links\[0\]: must be a finite number, got \"1\""),
        (changed(lambda case: case["links"][0].__setitem__(2, 10**400)), r"links\[0\]: must be a finite number"),
        (changed(lambda case: case["links"][0].__setitem__(3, -1)), r"links\[0\]: must be >= 0, got -1"),
        (changed(lambda case: case["links"][0].__setitem__(4, "half")), r"links\[0\]: the duplex must be split or"),
        (changed(lambda case: case["routes"].append([0])), r"routes\[2\]: there is no link 0"),
        (changed(lambda case: case["routes"].append([2])), r"routes\[2\]: there is no link 2"),
        (changed(lambda case: case["routes"].append([1, 1])), r"routes\[2\]: uses a link twice"),
        (changed(lambda case: case["routes"].append(1)), r"routes\[2\]: must be a list of links, got 1"),
        (changed(lambda case: case.update(flows=[])), r"flows: must be an object of columns, got \[\]"),
        (changed(lambda case: case["flows"].pop("dst")), "flows.dst: must be a list, got nothing"),
        (changed(lambda case: case["flows"]["start"].pop()), "flows.start: must have a value for each of 2"),
        (changed(lambda case: case["flows"]["bytes"].__setitem__(1, -5)), r"flows.bytes\[1\]: must be >= 0, got -5"),
        (changed(lambda case: case["flows"]["bytes"].__setitem__(1, True)), r"flows.bytes\[1\]: must be a finite"),
        (changed(lambda case: case["flows"]["src"].__setitem__(0, 2)), r"flows.src\[0\]: must be one of 0 .. 1, got 2"),
        (changed(lambda case: case["flows"]["route"].__setitem__(0, -1)), r"flows.route\[0\]: must be one of 0 .. 1"),
        (changed(lambda case: case.update(completion=[1.0])), "completion: must have a value for each of 2"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_it_should_be_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"case.json: {message}"):
        read_flow_case(written(tmp_path, text))


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="is not text in UTF-8"):
        read_flow_case(path)


def test_a_route_over_both_directions_of_a_shared_link_is_refused(tmp_path: Path) -> None:
    text = two_flows() | {"links": [[0, 1, 100, 0.5, "shared"]], "routes": [[1, -1], [1]]}
    with pytest.raises(ValueError, match=r"routes\[0\]: uses a link twice, got \[1, -1\]"):
        read_flow_case(written(tmp_path, json.dumps(text)))
