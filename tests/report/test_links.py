"""links.csv: what every link carried."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from experiments import option, simulated

from sim.results.read import read_links
from sim.results.result import Result
from sim.results.rows import Link, links_csv
from sim.streams import replica_seed


def run(protocol: str, workers: int, network: str = "single_switch", **fields: object) -> Result:
    common = {"problem": "none", "workload": "synthetic", "collective": "ring", "until": "updates=4"}
    return simulated(protocol, workers=workers, network=network, **common | fields)


def by_ends(result: Result) -> dict[tuple[str, str], Link]:
    return {(row.source, row.target): row for row in result.links}


def test_an_ideal_network_has_no_links(tmp_path: Path) -> None:
    result = run("allreduce", 2, "ideal")
    result.write(tmp_path)
    assert result.links == []
    assert not (tmp_path / "links.csv").exists()


def test_every_link_has_a_row_in_each_direction() -> None:
    found = by_ends(run("allreduce", 3))
    assert set(found) == {ends for host in "012" for ends in ((host, "switch"), ("switch", host))}


def test_a_ring_all_reduce_loads_every_link_alike() -> None:
    # 4 all-reduces of m bytes over n ranks: each rank sends, and receives, 2 (n - 1) / n m in each (papers.md 7.7).
    workload, problem = option("workload", "synthetic"), option("problem", "none")
    found = by_ends(run("allreduce", 4))
    expected = 4 * 2 * 3 / 4 * workload.message_bytes(problem)
    assert [row.bytes for row in found.values()] == pytest.approx([expected] * 8, rel=1e-9)


def test_utilisation_is_what_was_carried_of_what_could_have_been() -> None:
    result = run("async_ps", 2, "single_switch bandwidth_gbps=8")
    seconds = result.summary.virtual_seconds
    assert seconds is not None
    for row in result.links:
        assert row.bandwidth_gbps == 8.0
        assert row.utilisation == pytest.approx(row.bytes / (1e9 * seconds))  # 8 Gb/s are 1e9 B/s
        assert 0.0 <= row.utilisation <= 1.0 + 1e-9


def test_what_the_hosts_send_and_receive_is_what_was_sent() -> None:
    # A run ends with messages under way: they have been handed to the network, but not wholly carried.
    result = run("async_ps", 3)
    carried = sum(row.bytes for row in result.links if row.target == "switch")
    assert result.summary.bytes_sent is not None
    assert 0.0 < carried <= result.summary.bytes_sent


@pytest.mark.parametrize(
    ("colocated", "kinds"), [(False, ["worker", "worker", "server"]), (True, ["worker+server", "worker"])]
)
def test_hosts_are_named_after_who_lives_there(colocated: bool, kinds: list[str]) -> None:
    found = by_ends(run("async_ps", 2, server=f"colocated={colocated}"))
    assert [row.source_kind for (_, target), row in found.items() if target == "switch"] == kinds
    assert {row.target_kind for (_, target), row in found.items() if target == "switch"} == {"switch"}


def network_file(path: Path, *, directed: bool, duplex: str | None) -> str:
    ends = [("a", "s"), ("s", "a"), ("b", "s"), ("s", "b")] if directed else [("a", "s"), ("b", "s")]
    attributes = {"bandwidth_gbps": 8, "latency_us": 5} | ({"duplex": duplex} if duplex else {})
    nodes = [{"id": "a"}, {"id": "b"}, {"id": "s", "kind": "switch"}]
    edges = [{"source": one, "target": other, **attributes} for one, other in ends]
    path.write_text(json.dumps({"directed": directed, "nodes": nodes, "edges": edges}))
    return f"file path={path}"


def test_a_shared_link_is_one_row_of_both_directions(tmp_path: Path) -> None:
    network = network_file(tmp_path / "shared.json", directed=False, duplex="shared")
    found = by_ends(run("allreduce", 2, network))
    network = network_file(tmp_path / "split.json", directed=False, duplex=None)
    split = by_ends(run("allreduce", 2, network))
    assert [(ends, row.duplex) for ends, row in found.items()] == [(("a", "s"), "shared"), (("b", "s"), "shared")]
    assert found["a", "s"].bytes == pytest.approx(split["a", "s"].bytes + split["s", "a"].bytes)


def test_every_arc_of_a_directed_network_is_a_row(tmp_path: Path) -> None:
    network = network_file(tmp_path / "arcs.json", directed=True, duplex=None)
    found = by_ends(run("allreduce", 2, network))
    assert set(found) == {("a", "s"), ("s", "a"), ("b", "s"), ("s", "b")}


def test_replicas_have_the_mean_of_what_was_carried() -> None:
    singles = [run("async_ps", 2, seed=seed) for seed in (3, replica_seed(3, 1))]
    both = run("async_ps", 2, seed=3, replicas=2)
    for row, first, second in zip(both.links, *(single.links for single in singles), strict=True):
        assert row.bytes == pytest.approx((first.bytes + second.bytes) / 2)
        assert both.summary.virtual_seconds is not None
        assert row.utilisation == pytest.approx(
            row.bytes / (row.bandwidth_gbps / 8 * 1e9 * both.summary.virtual_seconds)
        )


def test_a_name_that_looks_like_a_formula_is_text_and_read_back(tmp_path: Path) -> None:
    names = ("=HYPERLINK(1)", "+1", "-1", "@a", "'quoted", "plain")
    rows = [
        Link(name, "s", "host", "switch", "split", bandwidth_gbps=1.0, bytes=0.0, utilisation=0.0) for name in names
    ]
    path = tmp_path / "links.csv"
    path.write_text(links_csv(rows))
    assert not [line for line in path.read_text().splitlines() if line.startswith(("=", "+", "-", "@"))]
    assert read_links(path) == rows
