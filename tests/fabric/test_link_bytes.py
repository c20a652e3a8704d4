"""What each link has carried."""

from __future__ import annotations

import networkx as nx
import pytest
from workloads import star

from sim.collectives.ring import Ring
from sim.fabric.clock import Clock
from sim.fabric.fabric import Fabric

SPEED, LATENCY = 100.0, 0.5


def test_a_message_counts_on_every_link_of_its_route_in_its_direction() -> None:
    environment = Clock()
    fabric = Fabric(environment, star([SPEED] * 3, LATENCY))
    fabric.send(0, 1, 300.0, lambda: None)
    environment.run()
    assert fabric.link_bytes() == {
        (0, "switch"): 300.0, ("switch", 0): 0.0,
        (1, "switch"): 0.0, ("switch", 1): 300.0,
        (2, "switch"): 0.0, ("switch", 2): 0.0,
    }  # fmt: skip


@pytest.mark.parametrize(("instant", "carried"), [(0.5, 0.0), (1.0, 0.0), (2.5, 150.0), (3.5, 250.0), (9.0, 300.0)])
def test_a_message_under_way_counts_as_far_as_it_has_been_served(instant: float, carried: float) -> None:
    environment = Clock()
    fabric = Fabric(environment, star([SPEED] * 3, LATENCY))
    fabric.send(0, 1, 300.0, lambda: None)
    environment.run(until=instant)
    assert fabric.link_bytes()["switch", 1] == pytest.approx(carried, rel=1e-12)


def test_messages_that_share_a_link_fill_it() -> None:
    environment = Clock()
    fabric = Fabric(environment, star([SPEED] * 20, LATENCY))
    for source in range(1, 20):
        fabric.send(source, 0, 100.0, lambda: None)
    environment.run(until=6.0)
    carried = fabric.link_bytes()
    assert carried["switch", 0] == pytest.approx(500.0, rel=1e-12)
    assert sum(carried[source, "switch"] for source in range(1, 20)) == pytest.approx(500.0, rel=1e-12)


def test_looking_changes_nothing() -> None:
    def ends(looks: bool) -> list[float]:
        environment = Clock()
        fabric = Fabric(environment, star([SPEED] * 12, LATENCY))
        delivered: list[float] = []
        for source in range(1, 12):
            fabric.send(source, 0, 10.0 * source, lambda: delivered.append(environment.now))
        for instant in range(1, 5):
            environment.run(until=instant)
            if looks:
                fabric.link_bytes()
        environment.run()
        return delivered

    assert ends(looks=True) == pytest.approx(ends(looks=False), rel=1e-14)


def test_the_directions_of_a_shared_link_are_told_apart() -> None:
    graph = nx.Graph()
    graph.add_edge(0, 1, bandwidth=SPEED, latency=0.0, duplex="shared")
    environment = Clock()
    fabric = Fabric(environment, graph)
    fabric.send(0, 1, 30.0, lambda: None)
    fabric.send(1, 0, 20.0, lambda: None)
    environment.run()
    assert fabric.link_bytes() == {(0, 1): 30.0, (1, 0): 20.0}


def test_a_link_without_limit_counts_too() -> None:
    environment = Clock()
    fabric = Fabric(environment, star([float("inf")] * 2, LATENCY))
    fabric.send(0, 1, 300.0, lambda: None)
    environment.run()
    assert fabric.link_bytes()[0, "switch"] == 300.0


def test_a_ring_carries_the_same_everywhere() -> None:
    environment = Clock()
    fabric = Fabric(environment, star([SPEED] * 5, LATENCY))
    running = fabric.start(Ring().all_reduce(5, 100.0), range(5), lambda _: None)
    for rank in range(5):
        running.enter(rank)
    environment.run()
    assert list(fabric.link_bytes().values()) == pytest.approx([160.0] * 10, rel=1e-12)  # 2 (n - 1) / n of 100 B
