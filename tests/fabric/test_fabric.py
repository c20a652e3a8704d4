"""Messages: when they are delivered, and in which order."""

from __future__ import annotations

import math
from collections.abc import Generator

import networkx as nx
import numpy as np
import pytest
import simpy
from workloads import star

from sim.fabric.clock import Clock
from sim.fabric.engine import Engine
from sim.fabric.fabric import Fabric
from topologies.field_error import FieldError

SPEED, LATENCY = 100.0, 0.5  # of each host's link (B/s, s); a route has two


class Log:
    """A fabric between four hosts on one switch, and what it delivers."""

    def __init__(self, graph: nx.Graph | None, start: float = 0.0) -> None:
        self.environment = Clock(start)
        self.fabric = Fabric(self.environment, graph)
        self.delivered: list[tuple[str, float]] = []

    def send(self, name: str, source: int, target: int, nbytes: float) -> None:
        self.fabric.send(source, target, nbytes, lambda: self.delivered.append((name, self.environment.now)))

    def send_at(self, instant: float, name: str, source: int, target: int, nbytes: float) -> None:
        def process() -> Generator[simpy.Event, None, None]:
            yield self.environment.timeout(instant - self.environment.now)
            self.send(name, source, target, nbytes)

        self.environment.process(process())


def tell_at(log: Log, instant: float) -> Generator[simpy.Event, None, None]:
    """Stand in the log at an instant."""
    yield log.environment.timeout(instant)
    log.delivered.append(("event", log.environment.now))


@pytest.fixture
def log() -> Log:
    return Log(star([SPEED] * 4, LATENCY))


def test_a_message_pays_its_routes_latency_and_its_bytes(log: Log) -> None:
    log.send("a", 0, 1, 300.0)
    log.environment.run()
    assert log.delivered == [("a", 4.0)]


def test_an_ideal_network_delivers_at_once() -> None:
    log = Log(None)
    log.send("a", 0, 1, 1e12)
    assert log.delivered == [("a", 0.0)]
    assert log.environment.peek() == math.inf


def test_a_message_within_a_host_is_delivered_at_once(log: Log) -> None:
    log.send("a", 2, 2, 1e12)
    assert log.delivered == [("a", 0.0)]


def test_bytes_sent_counts_every_message_when_it_is_sent(log: Log) -> None:
    log.send("a", 0, 1, 300.0)
    log.send("b", 2, 2, 5.0)
    assert log.fabric.bytes_sent == 305.0


def test_incast_of_equal_messages_ends_together(log: Log) -> None:
    for source in (1, 2, 3):
        log.send(str(source), source, 0, 100.0)
    log.environment.run()
    # Processor sharing: 3 messages x 100 B at 100 B/s, after 1 s of latency.
    assert log.delivered == [("1", 4.0), ("2", 4.0), ("3", 4.0)]


def test_the_two_directions_of_a_split_link_do_not_compete(log: Log) -> None:
    log.send("there", 0, 1, 100.0)
    log.send("back", 1, 0, 100.0)
    log.environment.run()
    assert log.delivered == [("there", 2.0), ("back", 2.0)]


def test_the_two_directions_of_a_shared_link_compete() -> None:
    graph = nx.Graph()
    graph.add_edge(0, 1, bandwidth=SPEED, latency=0.0, duplex="shared")
    log = Log(graph)
    log.send("there", 0, 1, 100.0)
    log.send("back", 1, 0, 100.0)
    log.environment.run()
    assert log.delivered == [("there", 2.0), ("back", 2.0)]


def test_a_link_of_infinite_bandwidth_costs_its_latency_only() -> None:
    log = Log(star([math.inf] * 2, LATENCY))
    log.send("a", 0, 1, 1e12)
    log.environment.run()
    assert log.delivered == [("a", 1.0)]


def test_a_channel_serves_one_message_after_the_other(log: Log) -> None:
    log.send("large", 0, 1, 300.0)
    log.send("small", 0, 1, 100.0)
    log.environment.run()
    # Both have paid their latency at 1 s; the small one is served when the large one has been.
    assert log.delivered == [("large", 4.0), ("small", 5.0)]


def test_a_later_message_pays_its_latency_from_its_own_sending(log: Log) -> None:
    log.send("first", 0, 1, 300.0)
    log.send_at(3.5, "second", 0, 1, 100.0)
    log.environment.run()
    # Its latency ends at 4.5 s, after the first message's 4 s.
    assert log.delivered == [("first", 4.0), ("second", 5.5)]


def test_a_message_without_bytes_keeps_its_place_in_the_channel(log: Log) -> None:
    log.send("large", 0, 1, 300.0)
    log.send("empty", 0, 1, 0.0)
    log.send("other channel", 0, 2, 0.0)
    log.environment.run()
    assert log.delivered == [("other channel", 1.0), ("large", 4.0), ("empty", 4.0)]


def test_deliveries_of_one_instant_come_in_the_order_sent(log: Log) -> None:
    pairs = [(3, 2), (0, 1), (2, 3), (1, 0)]
    for source, target in pairs:
        log.send(f"{source}{target}", source, target, 100.0)
    log.environment.run()
    assert log.delivered == [("32", 2.0), ("01", 2.0), ("23", 2.0), ("10", 2.0)]


def test_an_answer_sent_on_delivery_starts_in_the_same_instant(log: Log) -> None:
    log.fabric.send(0, 1, 100.0, lambda: log.send("answer", 1, 0, 100.0))
    log.environment.run()
    assert log.delivered == [("answer", 4.0)]


def test_a_message_sent_while_the_network_is_busy_shares_from_its_arrival(log: Log) -> None:
    log.send("early", 1, 0, 300.0)
    log.send_at(1.0, "late", 2, 0, 100.0)
    log.environment.run()
    # early is alone from 1 to 2 s (200 B left), then halves: late ends at 4 s, early's last 100 B take until 5 s.
    assert log.delivered == [("late", 4.0), ("early", 5.0)]


def test_what_is_sent_between_two_runs_is_delivered_as_in_one_run(log: Log) -> None:
    log.send("early", 1, 0, 300.0)
    log.environment.run(until=1.0)
    log.send("late", 2, 0, 100.0)
    log.environment.run()
    assert log.delivered == [("late", 4.0), ("early", 5.0)]


def test_a_longer_route_than_all_before_leaves_what_is_under_way_alone() -> None:
    graph = nx.Graph()
    for one, other in ((0, "near"), (1, "near"), ("near", "far"), ("far", 2)):
        graph.add_edge(one, other, bandwidth=SPEED, latency=0.0, duplex="split")
    log = Log(graph)
    log.send("early", 0, 1, 300.0)
    log.send_at(1.0, "late", 2, 1, 100.0)
    log.environment.run()
    # early has 200 B left at 1 s, then halves: late ends at 3 s, early's last 100 B at 4 s.
    assert log.delivered == [("late", 3.0), ("early", 4.0)]


def test_the_networks_turn_comes_after_all_events_of_its_instant(log: Log) -> None:
    log.send("a", 0, 1, 100.0)
    log.send_at(2.0, "b", 2, 1, 100.0)  # an event of SimPy's, scheduled later than the message was sent
    log.environment.process(tell_at(log, 2.0))
    log.environment.run()
    assert log.delivered == [("event", 2.0), ("a", 2.0), ("b", 4.0)]


@pytest.mark.parametrize("start", [1e9, 1e15])
def test_remainders_below_the_clocks_resolution_do_not_loop(start: float) -> None:
    log = Log(star([1e12 / 3] * 3, 1e-9), start)
    for _ in range(10):
        log.send("", 1, 0, 0.1)
        log.send("", 2, 0, 1.7)
    log.environment.run()
    # 20 messages of picoseconds: shorter than the clock can tell (1e-7 s, 0.125 s).
    assert len(log.delivered) == 20
    assert log.environment.now == pytest.approx(start, rel=1e-14)


def test_records_of_delivered_messages_are_used_again(log: Log) -> None:
    def sender() -> Generator[simpy.Event, None, None]:
        for _ in range(500):
            log.send("", 0, 1, 1.0)
            yield log.environment.timeout(2.0)

    log.environment.process(sender())
    log.environment.run()
    assert len(log.delivered) == 500
    assert len(log.fabric._engine._flows) == 64


def test_many_messages_in_flight_are_all_delivered() -> None:
    log = Log(star([SPEED] * 4, LATENCY))
    for k in range(1000):
        log.send(str(k), k % 3 + 1, 0, 1.0)
    log.environment.run()
    assert sorted(int(name) for name, _ in log.delivered) == list(range(1000))
    assert log.delivered[-1][1] == pytest.approx(11.0, rel=1e-12)  # 1000 B at 100 B/s after 1 s


@pytest.mark.parametrize("nbytes", [-1.0, math.nan, math.inf])
def test_a_size_that_is_none_is_refused(log: Log, nbytes: float) -> None:
    with pytest.raises(FieldError, match=r"^nbytes: must be finite and >= 0, got"):
        log.send("a", 0, 1, nbytes)


def test_an_unknown_host_is_refused(log: Log) -> None:
    with pytest.raises(FieldError, match=r"^target: the network has no host 9"):
        log.send("a", 0, 9, 1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bandwidth": 0.0}, "^bandwidth: must be positive, got 0.0"),
        ({"latency": -1.0}, "^latency: must be finite and >= 0, got -1.0"),
        ({"duplex": "half"}, "^duplex: must be split or shared, got 'half'"),
    ],
)
def test_a_link_that_cannot_be_is_refused(change: dict[str, object], message: str) -> None:
    graph = nx.Graph()
    graph.add_edge(0, 1, **{"bandwidth": 1.0, "latency": 0.0, "duplex": "split"} | change)
    with pytest.raises(FieldError, match=message):
        Fabric(Clock(), graph)


def test_a_network_never_runs_ahead_of_single_steps(log: Log) -> None:
    log.send("a", 0, 1, 300.0)
    log.send_at(1.0, "b", 3, 2, 100.0)
    log.environment.step()  # b's process begins
    log.environment.step()  # 1 s
    log.send("c", 2, 1, 100.0)
    log.environment.run()
    # a is alone from 1 to 2 s (200 B left), then c and a have halves until c ends at 4 s.
    assert log.delivered == [("b", 3.0), ("c", 4.0), ("a", 5.0)]


def test_sending_into_the_engines_past_is_a_loud_error() -> None:
    engine = Engine(np.array([1.0]))
    path = engine.add_path([0], 0.0)
    engine.send(path, 3.0, True, 1, 2.0)
    engine.advance(math.inf)
    with pytest.raises(RuntimeError, match=r"^the network is at 5.0 s, it cannot take a flow at 4.0 s"):
        engine.send(path, 1.0, True, 2, 4.0)
