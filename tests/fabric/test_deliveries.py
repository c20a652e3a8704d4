"""Laws of what the fabric delivers, on random networks: the instants are those of the definition, and no byte is lost.

The fabric lets SimPy look at the engine as rarely as it can; were it once too late, a delivery would be, too.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import networkx as nx
import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st
from progressive_filling import completions

from sim.fabric.clock import Clock
from sim.fabric.fabric import Fabric
from sim.fabric.schedule import Schedule
from sim.fabric.wires import Wires


@dataclass
class Traffic:
    """Messages over a network, each on a channel of its own: (source, target, bytes, instant).

    The last few of them are not sent by processes, but by a schedule.
    """

    graph: nx.Graph
    messages: list[tuple[int, int, float, float]]
    scheduled: int = 0

    def deliveries(self) -> tuple[Fabric, list[float]]:
        """When each message is delivered (s), sent by a process of its own at its instant."""
        environment = Clock()
        fabric = Fabric(environment, self.graph)
        delivered = [-1.0] * len(self.messages)

        def process(number: int) -> Generator[simpy.Event, None, None]:
            source, target, nbytes, instant = self.messages[number]
            yield environment.timeout(instant)
            fabric.send(source, target, nbytes, lambda: delivered.__setitem__(number, environment.now))

        by_process = len(self.messages) - self.scheduled
        for number in range(by_process):
            environment.process(process(number))
        if self.scheduled:
            schedule, hosts = self.schedule()
            running = fabric.start(
                schedule, hosts, lambda rank: delivered.__setitem__(by_process + rank // 2, environment.now)
            )
            for rank in range(len(hosts)):
                running.enter(rank)
        environment.run()
        return fabric, delivered

    def schedule(self) -> tuple[Schedule, list[int]]:
        """The messages of the schedule as its sends, each between two ranks of its own, all after node 0."""
        messages = self.messages[len(self.messages) - self.scheduled :]
        n = len(messages)
        ranks = np.arange(2 * n, dtype=np.int32)
        none = np.full(1, -1, np.int32)
        schedule = Schedule(
            np.concatenate((none, ranks[::2])),
            np.concatenate((none, ranks[1::2])),
            np.array([0.0] + [nbytes for _, _, nbytes, _ in messages]),
            np.array([0.0] + [instant for _, _, _, instant in messages]),
            np.arange(1, n + 1),
            np.array([0] + [n] * (n + 1)),
            entry=np.zeros(2 * n, np.int64),
            exit=ranks // 2 + 1,
        )
        return schedule, [host for source, target, _, _ in messages for host in (source, target)]

    def expected(self) -> list[float]:
        """The same from the definition."""
        wires = Wires(self.graph)
        ways = [wires.way(source, target) for source, target, _, _ in self.messages]
        uses = np.zeros((len(wires.capacity), len(ways)), bool)
        for number, way in enumerate(ways):
            uses[list(way.resources), number] = True
        active = np.array([m[3] + way.latency for m, way in zip(self.messages, ways, strict=True)])
        return completions(uses, wires.capacity, np.array([m[2] for m in self.messages]), active).tolist()


def tree(leaves: list[int], speeds: list[float], latencies: list[float], duplex: str) -> nx.Graph:
    """Hosts under leaf switches under one spine; speeds and latencies are used in turn."""
    graph = nx.Graph()
    host = 0
    links: list[tuple[int | str, str]] = []
    for leaf, size in enumerate(leaves):
        links.append((f"leaf{leaf}", "spine"))
        for _ in range(size):
            links.append((host, f"leaf{leaf}"))
            host += 1
    for number, (one, other) in enumerate(links):
        graph.add_node(one, kind="host" if isinstance(one, int) else "switch")
        speed, latency = speeds[number % len(speeds)], latencies[number % len(latencies)]
        graph.add_edge(one, other, bandwidth=speed, latency=latency, duplex=duplex)
    return graph


@st.composite
def traffic(draw: st.DrawFn) -> Traffic:
    """Few leaves and popular targets, so that messages meet; few distinct numbers, so that ties occur."""
    leaves = draw(st.lists(st.integers(1, 6), min_size=1, max_size=3).filter(lambda sizes: sum(sizes) > 1))
    hosts = sum(leaves)
    speed = st.sampled_from([1.0, 2.0, 4.0, 8.0]) | st.floats(0.5, 10.0)
    graph = tree(
        leaves,
        draw(st.lists(speed, min_size=1, max_size=4)),
        draw(st.lists(st.sampled_from([0.0, 0.25, 0.5]) | st.floats(0.0, 1.0), min_size=1, max_size=3)),
        draw(st.sampled_from(["split", "split", "shared"])),
    )
    host = st.integers(0, hosts - 1)
    pair = st.tuples(host | st.just(0), host | st.just(0)).filter(lambda ends: ends[0] != ends[1])
    pairs = draw(st.lists(pair, min_size=1, max_size=20, unique=True))
    nbytes = st.sampled_from([1.0, 2.0, 6.0]) | st.floats(0.01, 20.0)
    instant = st.sampled_from([0.0, 1.0, 2.0]) | st.floats(0.0, 12.0)
    messages = [(*ends, draw(nbytes), draw(instant)) for ends in pairs]
    return Traffic(graph, messages, draw(st.integers(0, len(messages))))


@pytest.mark.slow
@given(traffic())
@settings(deadline=None, max_examples=150)
def test_messages_are_delivered_when_rates_solved_anew_at_every_event_say(case: Traffic) -> None:
    assert case.deliveries()[1] == pytest.approx(case.expected(), rel=1e-9)


@given(traffic())
@settings(deadline=None, max_examples=50)
@pytest.mark.slow
def test_a_link_has_carried_the_bytes_of_the_messages_that_walk_it(case: Traffic) -> None:
    fabric, _ = case.deliveries()
    wires = Wires(case.graph)
    expected = dict.fromkeys(wires.edges, 0.0)
    for source, target, nbytes, _ in case.messages:
        for edge in wires.way(source, target).edges:
            expected[wires.edges[edge]] += nbytes
    assert fabric.link_bytes() == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    "messages",
    [
        # 1 -> 0 and 2 -> 0 share the way into 0. What comes to 3 -> 0 finds one link busy: it slows both.
        [(1, 0, 20.0, 0.0), (2, 0, 20.0, 0.0), (3, 0, 5.0, 2.0)],
        # The same, but 2 also sends to 1: slowed into 0 from 3 s on, 2 -> 0 leaves more of its link to 2 -> 1, which
        # ends earlier than was told before.
        [(1, 0, 20.0, 0.0), (2, 0, 20.0, 0.0), (2, 1, 20.0, 0.0), (3, 0, 5.0, 2.0)],
        # 3 -> 0 and 3 -> 1 begin one after the other on 3's link; each alone would slow only.
        [(1, 0, 20.0, 0.0), (2, 1, 20.0, 0.0), (3, 0, 20.0, 2.0), (3, 1, 20.0, 2.5)],
        # 3 -> 1 comes to 1's link into the switch's other side while 1 -> 0 waits to be slowed by 2 -> 0.
        [(1, 0, 20.0, 0.0), (2, 0, 9.0, 2.0), (1, 3, 9.0, 2.25), (2, 3, 9.0, 2.5)],
        # Early on its way, 2 -> 0 meets 1 -> 0 before its latency is paid.
        [(2, 0, 9.0, 0.5), (1, 0, 9.0, 0.0), (2, 3, 9.0, 0.75)],
    ],
    ids=["a_star", "a_member_with_another_link", "two_centres", "a_member_that_sends", "postponed"],
)  # fmt: skip
def test_a_message_that_changes_what_was_told_is_not_overlooked(messages: list[tuple[int, int, float, float]]) -> None:
    case = Traffic(tree([4], [1000.0, 4.0, 2.0, 4.0], [0.5], "split"), messages)
    assert case.deliveries()[1] == pytest.approx(case.expected(), rel=1e-12)
