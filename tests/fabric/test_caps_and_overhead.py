"""What a transport makes of the wires: efficiency, overhead per message, and a cap on what one message gets."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import networkx as nx
import numpy as np
import pytest
from workloads import star

from sim.collectives.ring import Ring
from sim.fabric.clock import Clock
from sim.fabric.engine import Engine
from sim.fabric.fabric import Fabric
from topologies.field_error import FieldError
from topologies.networks.gpu_pod import gpu_pod
from topologies.networks.leaf_spine import leaf_spine
from topologies.networks.single_switch import SingleSwitch, single_switch

SPEED, LATENCY = 100.0, 0.5  # of each host's link (B/s, s); a route has two


def deliveries(
    messages: list[tuple[int, int, float]], graph: nx.Graph | None = None, **transport: Any
) -> list[tuple[str, float]]:
    """What is delivered when (s), of messages (source, target, bytes) all sent at zero."""
    environment = Clock()
    fabric = Fabric(environment, star([SPEED] * 12, LATENCY) if graph is None else graph, **transport)
    delivered: list[tuple[str, float]] = []

    def arrive(name: str) -> None:
        delivered.append((name, environment.now))

    for source, target, nbytes in messages:
        fabric.send(source, target, nbytes, partial(arrive, f"{source}{target}"))
    environment.run()
    return delivered


def test_efficiency_is_a_share_of_the_line_rate() -> None:
    # 1 s of latency, 300 B at half of 100 B/s.
    assert deliveries([(0, 1, 300.0)], efficiency=0.5) == [("01", 7.0)]


def test_the_overhead_comes_before_the_latency_and_uses_no_bandwidth() -> None:
    # Both share the way into host 0 from 1.25 s on: 100 B each at 50 B/s.
    assert deliveries([(1, 0, 100.0), (2, 0, 100.0)], overhead=0.25) == [("10", 3.25), ("20", 3.25)]


def test_a_message_within_a_host_has_no_overhead() -> None:
    assert deliveries([(1, 1, 100.0)], overhead=0.25) == [("11", 0.0)]


def test_every_send_of_a_schedule_pays_the_overhead() -> None:
    environment = Clock()
    fabric = Fabric(environment, star([SPEED] * 4, LATENCY), overhead=0.25)
    left: list[float] = []
    running = fabric.start(Ring().all_reduce(4, 400.0), range(4), lambda _: left.append(environment.now))
    for rank in range(4):
        running.enter(rank)
    environment.run()
    # 2 x 3 steps of 0.25 s, two latencies of 0.5 s, and 100 B at 100 B/s.
    assert left == [13.5] * 4


def test_a_message_alone_gets_no_more_than_the_cap() -> None:
    assert deliveries([(0, 1, 300.0)], cap=25.0) == [("01", 13.0)]


def test_capped_messages_share_a_link_that_holds_them_all_at_their_cap() -> None:
    # 4 x 25 B/s = 100 B/s.
    assert deliveries([(i, 0, 100.0) for i in range(1, 5)], cap=25.0) == [(f"{i}0", 5.0) for i in range(1, 5)]


def test_a_link_that_is_full_below_the_cap_is_shared_as_without_one() -> None:
    # Five at 20 B/s.
    assert deliveries([(i, 0, 100.0) for i in range(1, 6)], cap=25.0) == [(f"{i}0", 6.0) for i in range(1, 6)]


def test_what_a_capped_message_leaves_goes_to_the_others() -> None:
    # Into host 0 go 100 B/s. Host 1's own link has 10: it leaves 90 to host 2, whose cap is 60.
    graph = star([SPEED, 10.0, SPEED, SPEED], 0.0)
    assert deliveries([(1, 0, 20.0), (2, 0, 60.0)], graph, cap=60.0) == [("20", 1.0), ("10", 2.0)]


def test_on_an_ideal_network_overhead_and_cap_are_all_there_is() -> None:
    environment = Clock()
    fabric = Fabric(environment, None, overhead=0.25, cap=10.0)
    delivered: list[float] = []
    for _ in range(2):
        fabric.send(0, 1, 100.0, lambda: delivered.append(environment.now))
    environment.run()
    # One channel: the second message follows the first.
    assert delivered == [10.25, 20.25]


def test_links_without_limit_leave_the_cap() -> None:
    assert deliveries([(0, 1, 100.0)], star([math.inf] * 2, LATENCY), cap=10.0) == [("01", 11.0)]


@pytest.mark.parametrize("flows", [3, 12], ids=["solved", "crowd"])
def test_the_rate_is_the_least_of_fair_share_and_cap_while_flows_come(flows: int) -> None:
    """Flows of 8 B on one link of 12 B/s, one more every second, at most 2 B/s each."""
    engine = Engine(np.array([12.0]), cap=2.0)
    path = engine.add_path([0], 0.0)
    for flow in range(flows):
        engine.send(path, 8.0, False, flow, 0.0)
    engine.advance(math.nextafter(0.0, 1.0))
    assert engine.rates() == dict.fromkeys(range(flows), min(2.0, 12.0 / flows))


POD = {"bandwidth": 100.0, "latency": 0.5, "intra_bandwidth": 400.0, "intra_latency": 0.25}


@pytest.mark.parametrize(
    ("transport", "inside", "outside"),
    [
        # Inside: two latencies of 0.25 s, 400 B at 400 B/s. To another machine: 2 x 0.25 + 2 x 0.5 s, 400 B at 100 B/s.
        ({}, 1.5, 5.5),
        ({"efficiency": 0.5}, 1.5, 9.5),
        ({"overhead": 0.125}, 1.5, 5.625),
        ({"cap": 25.0}, 1.5, 17.5),
        ({"efficiency": 0.5, "overhead": 0.125, "cap": 25.0}, 1.5, 17.625),
    ],
)
def test_a_transport_is_for_what_leaves_a_machine(transport: dict[str, float], inside: float, outside: float) -> None:
    for (source, target), seconds in (((0, 1), inside), ((0, 2), outside)):
        found = deliveries([(source, target, 400.0)], gpu_pod(2, 2, 2, **POD), **transport)
        assert found == [(f"{source}{target}", seconds)]


def test_what_stays_inside_has_what_a_capped_message_leaves_of_a_shared_link() -> None:
    # Both leave GPU 0 over its 400 B/s: the one to the other machine has its cap of 50, the one inside 350.
    found = deliveries([(0, 1, 700.0), (0, 2, 200.0)], gpu_pod(2, 2, 2, **POD), cap=50.0)
    # Alone from 0.5 s to 1.5 s at 400 B/s, then 300 B at 350; the other begins at 1.5 s: 200 B at 50 B/s.
    assert found == [("01", pytest.approx(1.5 + 300 / 350, rel=1e-12)), ("02", 5.5)]


@pytest.mark.parametrize(
    ("transport", "message"),
    [
        ({"efficiency": 0.0}, r"^efficiency: must be in \(0, 1\], got 0.0"),
        ({"efficiency": 1.5}, r"^efficiency: must be in \(0, 1\], got 1.5"),
        ({"overhead": -1.0}, r"^overhead: must be finite and >= 0, got -1.0"),
        ({"cap": 0.0}, r"^cap: must be positive, got 0.0"),
    ],
)
def test_a_transport_that_cannot_be_is_refused(transport: dict[str, float], message: str) -> None:
    with pytest.raises(FieldError, match=message):
        Fabric(Clock(), None, **transport)


def test_a_capped_card_is_shared_by_all_that_passes_it() -> None:
    # Cards of 100 B/s that move 50: two messages out of one host have 25 each, and so have two into one.
    graph = single_switch(3, SPEED, LATENCY)
    assert deliveries([(0, 1, 100.0), (0, 2, 100.0)], graph, card_cap=50.0) == [("01", 5.0), ("02", 5.0)]
    assert deliveries([(1, 0, 100.0), (2, 0, 100.0)], graph, card_cap=50.0) == [("10", 5.0), ("20", 5.0)]


def test_a_cap_beyond_what_is_left_of_the_line_rate_changes_nothing() -> None:
    graph = single_switch(2, SPEED, LATENCY)
    plain = deliveries([(0, 1, 300.0)], graph, efficiency=0.5)
    assert deliveries([(0, 1, 300.0)], graph, efficiency=0.5, card_cap=60.0) == plain == [("01", 7.0)]


def test_links_between_switches_and_inside_machines_have_no_cards() -> None:
    # Two machines of two GPUs with a card each: inside at 400 B/s, outside at the cap of 25 and not at 100.
    pod = gpu_pod(2, 2, 2, bandwidth=SPEED, latency=LATENCY, intra_bandwidth=400.0, intra_latency=0.0)
    assert deliveries([(0, 1, 400.0)], pod, card_cap=25.0) == [("01", 1.0)]
    assert deliveries([(0, 2, 100.0)], pod, card_cap=25.0) == [("02", 5.0)]
    # One uplink of 100 B/s for two hosts of a leaf: not capped, so that each has its card's 40.
    leaves = leaf_spine(2, 1, 2, bandwidth=SPEED, latency=LATENCY / 2, uplink_bandwidth=SPEED)
    assert deliveries([(0, 2, 100.0), (1, 3, 100.0)], leaves, card_cap=40.0) == [("02", 3.5), ("13", 3.5)]


def test_a_bundle_of_cards_has_as_many_caps() -> None:
    graph = SingleSwitch(bandwidth_gbps=8e-7, latency_us=0.5e6, nics=3).graph(2)  # 3 x 100 B/s
    assert deliveries([(0, 1, 300.0)], graph) == [("01", pytest.approx(2.0))]
    assert deliveries([(0, 1, 300.0)], graph, card_cap=50.0) == [("01", pytest.approx(3.0))]


@pytest.mark.parametrize("card_cap", [0.0, -1.0, math.nan])
def test_a_card_that_moves_nothing_is_refused(card_cap: float) -> None:
    with pytest.raises(FieldError, match=r"^card_cap: must be positive"):
        Fabric(Clock(), star([SPEED] * 2, LATENCY), card_cap=card_cap)
