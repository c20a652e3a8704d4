"""Published tables are predicted from what a planner would know, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from readme import ROOT

from sim.truth.scaling import digest
from sim.truth.table import Table, Transport
from sim.validation.errors import by, verdict
from sim.validation.row import Row
from sim.validation.scaling import judge
from sim.validation.told import CALLED

PAGE = ROOT / "docs" / "validation.md"


@pytest.fixture(scope="module")
def servers() -> tuple[Table, ...]:
    """Four tables, of three clusters."""
    tables = [table for table in digest().tables if table.transport is Transport.grpc_ps]
    return (*tables[:2], tables[3], tables[5])


@pytest.fixture(scope="module")
def judged(servers: Sequence[Table]) -> list[Row]:
    return list(judge(servers, servers))


def told(rows: Sequence[Row]) -> list[tuple[float, ...]]:
    return [(row.predicted, row.low, row.high) for row in rows]


@pytest.mark.slow
def test_nothing_depends_on_names(servers: Sequence[Table], judged: Sequence[Row]) -> None:
    others = {"tf-ec2-k80": "x", "cscs-tf11": "a", "tf-m40": "y"}
    renamed = [
        replace(table, id=f"t{number}", cluster=others.get(table.cluster, "z"), source="")
        for number, table in enumerate(servers)
    ]
    assert told(list(judge(renamed, renamed))) == told(judged)
    assert told(list(judge(renamed, servers))) == told(judged)  # the same tables, whatever they are called


def test_a_table_says_nothing_of_itself_but_its_anchor(servers: Sequence[Table], judged: Sequence[Row]) -> None:
    first = servers[0]
    changed = replace(
        first,
        points=tuple(
            point if point.nodes == 1 else point._replace(throughput=point.throughput / 2.0) for point in first.points
        ),
    )
    again = list(judge([changed], [changed, *servers[1:]]))
    assert told(again) == told([row for row in judged if row.facts["table"] == first.id])


def test_whether_machines_are_known_from_another_table_is_said(judged: Sequence[Row]) -> None:
    assert {row.facts["cluster"]: row.facts["cluster_known"] for row in judged} == {
        "tf-ec2-k80": True, "cscs-tf11": False, "horovod-readme-25g": False
    }  # fmt: skip


def test_a_prediction_is_inside_its_interval(judged: Sequence[Row]) -> None:
    assert all(row.low < row.predicted < row.high for row in judged)


def test_given_rows_are_not_predicted_and_their_efficiency_is_a_baseline(servers: Sequence[Table]) -> None:
    table = servers[2]
    (row,) = judge([table], servers, given=8)
    eight = next(point for point in table.points if point.nodes == 8)
    assert row.facts["nodes"] == 16
    assert row.baselines["last_kept"] == eight.throughput * 2
    assert row.baselines["linear"] == 230.748 / 8 * 128


def test_errors_are_averaged_by_point_then_table_then_machines(judged: Sequence[Row]) -> None:
    # linear is off by (a, b, c) % on the points of each table; two tables are of one cluster, the others of their own
    off = [abs((row.baselines["linear"] or 0.0) / row.measured - 1.0) * 100.0 for row in judged]
    tables = [np.mean(off[:3]), np.mean(off[3:6]), np.mean(off[6:10]), off[10]]
    expected = np.mean([np.mean(tables[:2]), tables[2], tables[3]])
    assert verdict(judged).errors["linear"] == pytest.approx(expected)


def test_line_rate_adds_the_bytes_at_the_published_rate(servers: Sequence[Table], judged: Sequence[Row]) -> None:
    # 2 machines, 2 servers, 95.32 MB: 47.66 MB each way at 10 Gb/s, 76.256 ms, beside 64 samples at 229/8 a second
    seconds = 64 / (229 / 8)
    assert judged[0].baselines["line_rate"] == pytest.approx(16 * 64 / (seconds + 2 * 47.66e6 * 8 / 10e9))


@pytest.mark.slow
def test_the_published_tables_are_predicted_within_the_bars() -> None:
    tables = digest().tables
    kinds = by(judge(tables, tables), lambda row: row.kind)
    found = {kind: verdict(rows).errors["predicted"] for kind, rows in kinds.items()}
    for transport, bar in ((Transport.rdma, 4.0), (Transport.tcp, 10.0), (Transport.grpc_ps, 15.0)):
        error = found[transport]
        assert error is not None
        assert error <= bar
        (row,) = re.findall(rf"^\| {CALLED[transport]}, \d+ tables \| ([\d.]+) \|", PAGE.read_text(), re.MULTILINE)
        assert error == pytest.approx(float(row), abs=0.1)  # what docs/validation.md says
