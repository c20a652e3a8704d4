"""Files of measured tables: what is read, and what is said of a file that is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from made_up_tables import record

from sim.truth.scaling import digest, read_tables
from sim.truth.table import Point, Transport


def written(folder: Path, *records: Any) -> Path:
    path = folder / "tables.json"
    path.write_text(json.dumps(records))
    return path


def test_the_digest_has_tables_of_every_transport_and_an_anchor_and_a_source_for_each() -> None:
    found = digest()
    assert {table.transport for table in found.tables} == {*Transport}
    assert not found.others
    assert all(table.anchor is not None and table.source for table in found.tables)


def test_the_anchor_is_the_point_of_most_devices_on_one_machine(tmp_path: Path) -> None:
    (table,) = read_tables(written(tmp_path, record())).tables
    assert table.anchor == Point(devices=8, nodes=1, throughput=800.0, servers=None, accumulation=1)
    assert [point.nodes for point in table.beyond()] == [2, 4, 8]
    assert [point.nodes for point in table.up_to(4)] == [2, 4]
    assert table.seconds == 32 / 100.0  # a device's 32 samples at 100 a second


@pytest.mark.parametrize(
    ("transport", "method", "expected"),
    [
        ("InfiniBand EDR", "all-reduce (NCCL)", Transport.rdma),
        ("RoCE RDMA", "ring all-reduce", Transport.rdma),
        ("TCP/ENA", "all-reduce (NCCL)", Transport.tcp),
        ("gRPC/TCP", "sync parameter server", Transport.grpc_ps),
    ],
)
def test_a_table_is_of_the_transport_that_its_words_say(
    tmp_path: Path, transport: str, method: str, expected: Transport
) -> None:
    (table,) = read_tables(written(tmp_path, record(transport=transport, method=method))).tables
    assert table.transport is expected


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"score": False}, "score: false"),
        ({"method": "FSDP"}, "neither an all-reduce nor a parameter server"),
        ({"transport": "carrier pigeon"}, "none of InfiniBand, RoCE, RDMA and TCP"),
        ({"points": [{"devices": 8, "nodes": 1, "throughput": 1.0}]}, "no points on one machine and on several"),
    ],
)
def test_what_cannot_be_judged_is_left_out_and_told(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    found = read_tables(written(tmp_path, record(**changes)))
    ((name, said),) = found.others
    assert name == "a-table"
    assert why in said
    assert not found.tables


def test_measurements_of_other_things_are_no_tables(tmp_path: Path) -> None:
    assert not read_tables(written(tmp_path, record(kind="allreduce_time"))).tables


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"gradient_bytes": -1}, "gradient_bytes"),
        ({"gradient_bytes": True}, "gradient_bytes"),
        ({"family": None}, "family"),
        ({"nics_per_node": 1.5}, "nics_per_node"),
        ({"points": "many"}, "points"),
        ({"points": [{"devices": 1, "nodes": 2, "throughput": 1.0}]}, "nodes"),
        ({"points": [{"devices": 1, "nodes": 1, "throughput": "fast"}]}, "throughput"),
    ],
)
def test_a_mistake_is_told_with_file_table_key_value_and_remedy(
    tmp_path: Path, changes: dict[str, Any], key: str
) -> None:
    path = written(tmp_path, record(**changes))
    with pytest.raises(
        ValueError, match=rf"^{path}: table 1.*: {key}: expected .*, got .*; docs/validation.md"
    ) as told:
        read_tables(path)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("text", ["", "{", "{}", "3", "[" * 100_000, "[1]"])
def test_a_file_that_is_none_is_told_by_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tables.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"^{path}"):
        read_tables(path)


def test_two_tables_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="table 2: id: 'a-table' is there already"):
        read_tables(written(tmp_path, record(), record()))
