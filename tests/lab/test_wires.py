"""Wires that are really laid: packets take the routes of the config, at the links' rates."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from apart_runs import said
from experiments import option
from test_wire_tables import mixed

from sim.lab.wires.available import available
from topologies.routing.routes import Routes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _where_wires_can_be_laid() -> None:
    missing = available()
    if missing is not None:
        pytest.skip(f"no wires here: {missing}")


NETWORKS = {
    "single_switch": 3,
    "leaf_spine hosts_per_leaf=3 spines=2": 6,
    "ring": 5,
    "torus shape=[2,4] routing=ecmp": 8,
}


def check_routes(words: str, hosts: int) -> None:
    routes = Routes(option("network", words).graph(hosts))
    lines = [json.loads(line) for line in said("routes", words, str(hosts))]
    assert len(lines) == hosts * (hosts - 1)
    for line in lines:
        passed = {(one, other): packets for one, other, packets in line["passed"]}
        assert passed == dict.fromkeys(routes.route(line["source"], line["target"]), 1)


@pytest.mark.parametrize("words", NETWORKS)
def test_packets_take_the_routes_of_the_config(words: str) -> None:
    check_routes(words, NETWORKS[words])


def test_packets_take_the_routes_of_a_file(tmp_path: Path) -> None:
    check_routes(mixed(tmp_path / "network.json"), 5)


@pytest.mark.parametrize(
    ("words", "hosts", "pair"),
    [
        ("single_switch bandwidth_gbps=0.01", 2, (0, 1)),
        # Two hosts of a leaf have 20 Mb/s together, its one uplink 10.
        ("leaf_spine bandwidth_gbps=0.01 hosts_per_leaf=2 spines=1 oversubscription=2", 4, (0, 3)),
        ("ring bandwidth_gbps=0.01", 5, (0, 2)),
    ],
)
def test_a_flow_gets_what_a_link_carries(words: str, hosts: int, pair: tuple[int, int]) -> None:
    [line] = said("rate", words, str(hosts), *map(str, pair))
    measured = json.loads(line)
    assert 7e6 < measured["bits_per_second"] < 10.5e6
    assert 0 < measured["round_trip"] < 1
    # 1448 of 1538 B, once the few that only acknowledge do not count any more; less where something is sent again.
    assert 0.9 < measured["framing"] < 1448 / 1538 + 0.001


@pytest.mark.parametrize(("bandwidth_gbps", "window"), [(0.05, 11 * 1514), (1.0, 125_000)])
def test_connections_have_little_more_on_their_way_than_the_wire_holds(bandwidth_gbps: float, window: int) -> None:
    # The kernel takes half of a buffer for what it keeps of each packet.
    lines = [json.loads(line) for line in said("tcp", f"single_switch bandwidth_gbps={bandwidth_gbps}", "3")]
    assert [line["tcp_rmem"] for line in lines] == [["4096", str(2 * window), str(2 * window)]] * 3
    assert {line["tcp_slow_start_after_idle"][0] for line in lines} == {"0"}


@pytest.mark.parametrize("bandwidth_gbps", [1e-5, 1.0, 1000.0])
def test_links_of_every_rate_can_be_laid(bandwidth_gbps: float) -> None:
    check_routes(f"single_switch bandwidth_gbps={bandwidth_gbps}", 2)


def test_what_the_wires_lack_is_said() -> None:
    [line] = said("rate", "single_switch latency_us=3 bandwidth_gbps=0.05", "2", "1", "0")
    lacks = json.loads(line)["without"]
    assert all("latency" in each and "(3 us each)" in each and "netem" in each for each in lacks)
    assert math.isfinite(json.loads(line)["bits_per_second"])
