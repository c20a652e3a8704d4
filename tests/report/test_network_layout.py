"""Where the nodes of a network are drawn."""

from __future__ import annotations

import math
from collections import Counter
from itertools import combinations

import networkx as nx
import pytest
from experiments import names, option

from sim.report.network.arrangement import lay_out
from sim.report.network.condense import MOST_LINKS, condense
from sim.report.network.grid import columns_of
from sim.report.network.tiers import tiers_of
from sim.report.network.wires import Wires, in_order, wires
from sim.results.rows import Link
from topologies.networks.dragonfly import dragonfly
from topologies.networks.fat_tree import fat_tree
from topologies.networks.hypercube import hypercube
from topologies.networks.leaf_spine import leaf_spine
from topologies.networks.ring import ring
from topologies.networks.single_switch import single_switch
from topologies.networks.torus import torus

FAMILIES = [name for name in names("network") if name not in ("ideal", "file")]


def links_of(graph: nx.Graph) -> list[Link]:
    kinds = {node: "worker" if kind == "host" else kind for node, kind in graph.nodes(data="kind")}
    return [
        Link(str(source), str(target), kinds[source], kinds[target], "split", 10.0, 1e6, 0.5)
        for one, other in graph.edges
        for source, target in ((one, other), (other, one))
    ]


def wires_of(graph: nx.Graph) -> Wires:
    return wires(links_of(graph))


def test_names_are_ordered_as_people_count() -> None:
    assert in_order(["leaf10", "10", "leaf2", "2", "a"]) == ["2", "10", "a", "leaf2", "leaf10"]


def test_a_switch_is_in_the_tier_of_its_distance_from_a_host() -> None:
    found = tiers_of(wires_of(fat_tree(4, 1e9, 1e-6)))
    assert found is not None
    assert Counter(found.values()) == {0: 16, 1: 8, 2: 8, 3: 4}  # hosts, edge, aggregation and core switches
    assert found["core3"] == 3


def test_switches_that_are_linked_side_by_side_are_no_tiers() -> None:
    assert tiers_of(wires_of(dragonfly(4, 4, 2, 2, 1e9, 1e-6))) is None


@pytest.mark.parametrize(
    ("graph", "columns"),
    [
        (torus([4, 4], 1e9, 0.0), 4),
        (torus([3, 5], 1e9, 0.0), 5),
        (torus([2, 3, 4], 1e9, 0.0), 4),  # 6 rows of the last dimension, or 2 of the last two: 6 by 4 is squarer
        (hypercube(16, 1e9, 0.0), 4),
        (ring(8, 1e9, 0.0), None),
    ],
)
def test_products_of_networks_are_grids(graph: nx.Graph, columns: int | None) -> None:
    assert columns_of(wires_of(graph)) == columns


def test_hosts_stand_below_their_switch_and_under_it() -> None:
    layout = lay_out(wires_of(leaf_spine(3, 2, 4, 1e9, 1e-6, 1e9)))
    for host in range(12):
        leaf, spot = layout.spots[f"leaf{host // 4}"], layout.spots[str(host)]
        assert spot.y > leaf.y > layout.spots["spine0"].y
        assert abs(spot.x - leaf.x) < leaf.width / 2


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("hosts", [2, 16, 64])
def test_no_two_nodes_of_any_family_touch(family: str, hosts: int) -> None:
    graph = option("network", family).graph(hosts)
    assert graph is not None
    spots = lay_out(wires_of(graph)).spots
    for one, other in combinations(spots.values(), 2):
        apart = (
            abs(one.x - other.x) - (one.width + other.width) / 2,
            abs(one.y - other.y) - (one.height + other.height) / 2,
        )
        round_ = math.hypot(one.x - other.x, one.y - other.y) - (one.width + other.width) / 2
        assert max(*apart, round_) > 0


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("hosts", [2, 16, 64])
def test_everything_is_inside_the_picture(family: str, hosts: int) -> None:
    graph = option("network", family).graph(hosts)
    assert graph is not None
    found = wires_of(graph)
    layout = lay_out(found)
    assert set(layout.spots) == set(found.kinds)
    assert list(layout.courses) == found.pairs
    for spot in layout.spots.values():
        assert spot.width / 2 <= spot.x <= layout.width - spot.width / 2
        assert spot.height / 2 <= spot.y <= layout.height - spot.height / 2


def test_a_link_ends_at_its_nodes() -> None:
    layout = lay_out(wires_of(leaf_spine(3, 2, 4, 1e9, 1e-6, 1e9)))
    for (one, other), course in layout.courses.items():
        for node, x, y in ((one, course.x1, course.y1), (other, course.x2, course.y2)):
            spot = layout.spots[node]
            assert abs(x - spot.x) <= spot.width / 2
            assert abs(y - spot.y) <= spot.height / 2


def test_hosts_of_a_switch_are_drawn_as_one_where_hosts_are_many() -> None:
    links = links_of(single_switch(300, 1e9, 1e-6))
    links[0].source_kind = links[1].target_kind = "server"
    links[2].utilisation = 0.9
    shown = condense(links)
    assert {row.source for row in shown} == {"0", "299 workers of switch", "switch"}
    busiest = max(shown, key=lambda row: row.utilisation)
    assert (busiest.source, busiest.utilisation, busiest.bytes) == ("299 workers of switch", 0.9, 299e6)


def test_a_few_hosts_are_drawn_one_by_one() -> None:
    links = links_of(single_switch(100, 1e9, 1e-6))
    assert condense(links) == links


def test_too_many_links_are_not_drawn() -> None:
    links = links_of(torus([40, 40], 1e9, 1e-6))
    assert len(links) > 2 * MOST_LINKS
    assert condense(links) == []
