"""Traffic of others: it takes its share, and never keeps a simulation going."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any

import networkx as nx
import numpy as np
import pytest
import simpy
from workloads import star

from sim.collectives.ring import Ring
from sim.fabric.background import Background
from sim.fabric.clock import Clock
from sim.fabric.fabric import Fabric
from topologies.field_error import FieldError

SPEED, LATENCY = 100.0, 0.5


def fabric(environment: simpy.Environment, background: Background, hosts: int = 4, latency: float = LATENCY) -> Fabric:
    graph = star([SPEED] * hosts, latency)
    for host in range(hosts):
        graph.nodes[host]["kind"] = "host"
    return Fabric(environment, graph, background=background)


def random_flows(utilisation: float, mean_bytes: float = 50.0) -> Background:
    return Background(utilisation=utilisation, mean_bytes=mean_bytes, generator=np.random.default_rng(1))


def seconds(background: Background, source: int = 0, target: int = 1) -> float:
    """When a message of 300 B is delivered."""
    environment = Clock()
    delivered: list[float] = []
    fabric(environment, background).send(source, target, 300.0, lambda: delivered.append(environment.now))
    environment.run()
    return delivered[0]


def test_a_constant_load_leaves_the_rest_of_every_link() -> None:
    assert seconds(Background(load=0.5)) == 7.0


def test_a_load_by_edge_leaves_the_other_direction_alone() -> None:
    background = Background(load={(0, "switch"): 0.75})
    assert (seconds(background), seconds(background, 1, 0)) == (13.0, 4.0)


@pytest.mark.parametrize("load", [0.5, {(1, 0): 0.5}, {(0, 1): 0.5, (1, 0): 0.25}])
def test_a_load_on_a_shared_link_is_taken_once(load: float | dict[tuple[int | str, int | str], float]) -> None:
    graph = nx.Graph()
    graph.add_edge(0, 1, bandwidth=SPEED, latency=0.0, duplex="shared")
    environment = Clock()
    Fabric(environment, graph, background=Background(load=load)).send(0, 1, 100.0, lambda: None)
    environment.run()
    assert environment.now == 2.0


def test_no_background_changes_nothing() -> None:
    assert seconds(Background()) == 4.0


def test_random_flows_alone_end_at_once() -> None:
    environment = Clock()
    fabric(environment, random_flows(0.9))
    environment.run()
    assert environment.now == 0.0


def test_a_run_ends_with_what_is_waited_for() -> None:
    environment = Clock()
    net = fabric(environment, random_flows(0.9))
    delivered: list[float] = []

    def process() -> Generator[simpy.Event, Any, None]:
        yield environment.timeout(50.0)
        net.send(0, 1, 300.0, lambda: delivered.append(environment.now))

    environment.process(process())
    environment.run()
    assert delivered == [environment.now]
    assert environment.now > 54.0  # in others' company it takes longer than alone


def test_a_schedule_that_nobody_enters_does_not_keep_random_flows_going() -> None:
    environment = Clock()
    net = fabric(environment, random_flows(0.5))
    net.start(Ring().all_reduce(4, 8.0), range(4), lambda _: None)
    environment.run()
    assert environment.now == 0.0


def test_random_flows_take_the_share_they_are_said_to() -> None:
    environment = Clock()
    net = fabric(environment, random_flows(0.3), hosts=8)
    environment.run(until=4000.0)
    out = [carried for (source, _), carried in net.link_bytes().items() if source != "switch"]
    # 8 hosts x 100 B/s x 4000 s x 0.3 in about 19 200 flows of 50 B: the share's standard deviation is
    # sqrt(2 / 19 200) = 1 % of it (exponential sizes); 5 of them.
    assert sum(out) / (8 * SPEED * 4000.0) == pytest.approx(0.3, rel=0.05)


def test_a_run_meets_the_same_random_flows_whenever_it_looks() -> None:
    def delivered(looks: int) -> float:
        environment = Clock()
        net = fabric(environment, random_flows(0.6))
        found: list[float] = []

        def process() -> Generator[simpy.Event, Any, None]:
            for _ in range(looks):
                yield environment.timeout(20.0 / looks)
                net.link_bytes()
            net.send(0, 1, 300.0, lambda: found.append(environment.now))

        environment.process(process())
        environment.run()
        return found[0]

    assert delivered(1) == pytest.approx(delivered(64), rel=1e-12)


def test_bytes_sent_leaves_the_background_out() -> None:
    environment = Clock()
    net = fabric(environment, random_flows(0.5))
    environment.run(until=10.0)
    assert net.bytes_sent == 0.0


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"load": 1.0}, r"^load: must be in \[0, 1\), got 1.0"),
        ({"load": {(0, 1): -0.1}}, r"^load: must be in \[0, 1\), got -0.1"),
        ({"utilisation": 1.0}, r"^utilisation: must be in \[0, 1\), got 1.0"),
        ({"mean_bytes": 0.0}, "^mean_bytes: must be positive and finite, got 0.0"),
        ({"utilisation": 0.5}, "^generator: random flows need one"),
    ],
)
def test_a_background_that_cannot_be_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(FieldError, match=message):
        Background(**fields)


def test_a_load_on_a_link_that_is_not_there_is_refused() -> None:
    with pytest.raises(FieldError, match=r"^load: the network has no link \(0, 1\)"):
        fabric(Clock(), Background(load={(0, 1): 0.5}))


def test_random_flows_need_two_hosts_and_a_limit() -> None:
    with pytest.raises(FieldError, match=r"^utilisation: random flows need two hosts, the network has 1"):
        fabric(Clock(), random_flows(0.5), hosts=1)
    graph = star([math.inf] * 2, 0.0)
    for host in range(2):
        graph.nodes[host]["kind"] = "host"
    with pytest.raises(FieldError, match=r"^utilisation: the hosts' links have no limit"):
        Fabric(Clock(), graph, background=random_flows(0.5))
