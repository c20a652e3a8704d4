"""The network under faults: closed forms of links that are limited or down, and of what is withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Generator

import networkx as nx
import pytest
import simpy
from workloads import star

from sim.collectives.ring import ring
from sim.fabric.clock import Clock
from sim.fabric.fabric import Fabric
from topologies.field_error import FieldError
from topologies.networks.leaf_spine import leaf_spine
from topologies.networks.torus import torus
from topologies.routing.routes import Routes

SPEED, LATENCY = 100.0, 0.5  # of each link (B/s, s); a route over the switch has two


class Site:
    """A fabric, what happens to it at which instants, and what it delivers."""

    def __init__(self, graph: nx.Graph) -> None:
        self.clock = Clock()
        self.fabric = Fabric(self.clock, graph)
        self.delivered: list[tuple[str, float]] = []

    def send(self, name: str, source: int, target: int, nbytes: float) -> int:
        return self.fabric.send(source, target, nbytes, lambda: self.delivered.append((name, self.clock.now)))

    def at(self, instant: float, act: Callable[[], object]) -> None:
        def process() -> Generator[simpy.Event, None, None]:
            yield self.clock.timeout(instant)
            act()

        self.clock.process(process())

    def limit(self, instant: float, one: int | str, other: int | str, share: float) -> None:
        self.at(instant, lambda: self.fabric.limit(one, other, share))

    def run(self) -> list[tuple[str, float]]:
        self.clock.run()
        return self.delivered


@pytest.fixture
def site() -> Site:
    return Site(star([SPEED] * 4, LATENCY))


def test_two_flows_over_a_link_that_drops_to_half(site: Site) -> None:
    site.send("a", 0, 1, 300.0)
    site.send("b", 0, 2, 400.0)
    site.limit(3.0, 0, "switch", 0.5)
    # 100 B of each by 3 s at 50 B/s; then 25 B/s until a has its 200 B more; b's last 100 B at 50 B/s.
    assert site.run() == [("a", 11.0), ("b", 13.0)]


def test_a_limit_takes_an_early_message_and_one_in_its_latency(site: Site) -> None:
    site.send("a", 0, 1, 100.0)
    site.limit(0.25, 1, "switch", 0.5)
    assert site.run() == [("a", 3.0)]


def test_a_link_that_heals_serves_faster_at_once(site: Site) -> None:
    site.fabric.limit(0, "switch", 0.1)
    site.send("a", 0, 1, 100.0)
    site.limit(6.0, 0, "switch", 1.0)
    assert site.run() == [("a", 6.5)]


@pytest.mark.parametrize("flows", [3, 20], ids=["few", "crowd"])
def test_an_incast_into_a_card_that_drops_to_half(flows: int) -> None:
    site = Site(star([SPEED] * (flows + 1), LATENCY))
    for sender in range(1, flows + 1):
        site.send("m", sender, 0, 100.0)
    site.limit(2.0, 0, "switch", 0.5)
    # One second at 100 / n B/s each, then 50 / n.
    assert [instant for _, instant in site.run()] == pytest.approx([2.0 + 2.0 * (flows - 1)] * flows, rel=1e-12)


@pytest.mark.parametrize("flows", [3, 20], ids=["few", "crowd"])
def test_others_have_what_a_withdrawn_message_leaves(flows: int) -> None:
    site = Site(star([SPEED] * (flows + 1), LATENCY))
    tickets = [site.send(str(sender), sender, 0, 100.0) for sender in range(1, flows + 1)]
    site.at(2.0, lambda: site.fabric.withdraw(tickets[1]))
    found = site.run()
    assert "2" not in dict(found)
    rest = flows - 1  # messages, each with 100 - 100 / n B to go
    assert [instant for _, instant in found] == pytest.approx([2.0 + rest * (1.0 - 1.0 / flows)] * rest, rel=1e-12)
    assert site.fabric.link_bytes()[2, "switch"] == pytest.approx(100.0 / flows, rel=1e-12)
    assert site.fabric.bytes_sent == 100.0 * flows


@pytest.mark.parametrize(
    ("which", "ends"),
    [(0, [("b", 4.0), ("c", 5.0)]), (1, [("a", 3.0), ("c", 4.0)]), (2, [("a", 3.0), ("b", 5.0)])],
    ids=["head", "middle", "tail"],
)
def test_later_messages_of_a_channel_move_up(site: Site, which: int, ends: list[tuple[str, float]]) -> None:
    tickets = [site.send("a", 0, 1, 200.0), site.send("b", 0, 1, 200.0), site.send("c", 0, 1, 100.0)]
    site.at(2.0, lambda: site.fabric.withdraw(tickets[which]))
    assert site.run() == ends


def test_what_has_been_delivered_cannot_be_withdrawn(site: Site) -> None:
    ticket = site.send("a", 0, 1, 100.0)
    site.run()
    assert not site.fabric.withdraw(ticket)


def test_messages_of_the_instant_of_a_delivery_can_be_withdrawn(site: Site) -> None:
    first = site.fabric.send(0, 1, 100.0, lambda: site.fabric.withdraw(second))
    second = site.send("second", 2, 3, 100.0)
    assert first
    assert site.run() == []


def test_down_and_up_is_the_stop_and_the_rest(site: Site) -> None:
    site.send("a", 0, 1, 300.0)
    site.send("b", 0, 1, 100.0)
    site.limit(2.0, 0, "switch", 0.0)
    site.at(3.0, lambda: site.send("c", 0, 1, 100.0))
    site.limit(10.0, 0, "switch", 1.0)
    # 100 B by 2 s; from 10 s on a latency of 1 s, then 200, 100 and 100 B.
    assert site.run() == [("a", 13.0), ("b", 14.0), ("c", 15.0)]


def test_who_is_cut_off_rests_and_nothing_spins(site: Site) -> None:
    site.send("a", 0, 1, 300.0)
    site.fabric.limit(0, "switch", 0.0)
    site.send("b", 2, 0, 300.0)
    site.send("c", 2, 3, 100.0)
    assert site.fabric.cut_off([0, 1, 2, 3]) == [[0]]
    assert site.run() == [("c", 2.0)]
    assert site.fabric.link_bytes()[0, "switch"] == 0.0
    site.clock.run(until=10.0)
    site.fabric.limit(0, "switch", 1.0)
    assert site.fabric.cut_off([0, 1, 2, 3]) == []
    assert site.run()[1:] == [("a", 14.0), ("b", 14.0)]


def spines() -> nx.Graph:
    """Two hosts on each of two leaves under two spines; every link alike."""
    return leaf_spine(2, 2, 2, bandwidth=SPEED, latency=LATENCY, uplink_bandwidth=SPEED)


def test_a_message_goes_round_a_spine_that_is_down_and_keeps_its_order() -> None:
    site = Site(spines())
    site.send("a", 0, 2, 300.0)
    up = Routes(spines()).route(0, 2)[1]
    site.limit(3.0, *up, 0.0)
    site.at(3.5, lambda: site.send("b", 0, 2, 100.0))
    site.limit(4.0, *up, 1.0)
    site.at(4.5, lambda: site.send("c", 0, 2, 100.0))
    site.at(20.0, lambda: site.send("d", 0, 2, 100.0))
    # 100 B by 3 s, a latency of 2 s, 200 B; b and c follow it on the other spine though the first is back.
    assert site.run() == [("a", 7.0), ("b", 8.0), ("c", 9.0), ("d", 23.0)]
    carried = site.fabric.link_bytes()
    other = next(edge for edge in carried if edge[0] == up[0] and edge != up and edge[1] not in (0, 1))
    assert (carried[up], carried[other]) == (200.0, 400.0)


def test_a_schedule_under_way_goes_round_a_spine_that_is_down() -> None:
    site = Site(spines())
    left: list[float] = []
    running = site.fabric.start(ring(4, 400.0), [0, 1, 2, 3], lambda _: left.append(site.clock.now))
    for rank in range(4):
        running.enter(rank)
    site.limit(2.5, "leaf0", "spine0", 0.0)
    site.run()
    # Alone each of the 6 rounds takes 2 s of latency and 1 s; the one that is stopped pays it once more.
    assert len(left) == 4
    assert 18.0 <= max(left) <= 20.5
    assert site.fabric.bytes_sent == 2400.0


def test_a_ring_over_a_link_that_is_degraded_all_the_time() -> None:
    site, ranks, share = Site(star([SPEED] * 4, LATENCY)), 4, 0.25
    site.fabric.limit(2, "switch", share)
    left: list[float] = []
    running = site.fabric.start(ring(ranks, 400.0), list(range(ranks)), lambda _: left.append(site.clock.now))
    for rank in range(ranks):
        running.enter(rank)
    site.run()
    # Every chunk crosses the link into rank 2 or out of it in turn: the slow hop's pace, 2 (n - 1) times.
    assert max(left) == pytest.approx(2 * (ranks - 1) * (2 * LATENCY + 100.0 / (share * SPEED)), rel=1e-12)


def test_a_withdrawn_schedule_leaves_the_links_and_nobody_else(site: Site) -> None:
    left: list[int] = []
    running = site.fabric.start(ring(3, 300.0), [0, 1, 2], left.append)
    running.enter(0)
    running.enter(1)
    site.send("a", 0, 1, 200.0)
    site.at(1.5, running.withdraw)
    site.at(2.0, lambda: running.enter(2))
    # By 1.5 s both have had 50 B/s for half a second.
    assert site.run() == [("a", 3.25)]
    assert left == []
    running.withdraw()


def test_a_torus_goes_round_what_its_dimensions_cannot() -> None:
    site = Site(torus([4, 4], bandwidth=SPEED, latency=LATENCY))
    site.fabric.limit(0, 1, 0.0)
    site.send("a", 0, 1, 100.0)
    assert site.run() == [("a", 2.5)]  # three links in place of one


@pytest.mark.parametrize(
    ("link", "share", "message"),
    [
        ((0, 1), 0.5, r"^link: the network has no link 0-1"),
        ((0, "switch"), 1.5, r"^share: must be in \[0, 1\], got 1.5"),
    ],
)
def test_mistakes_are_named(site: Site, link: tuple[int, int | str], share: float, message: str) -> None:
    with pytest.raises(FieldError, match=message):
        site.fabric.limit(*link, share)
