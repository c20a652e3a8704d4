"""What one writes first: flows in a dict, all rates anew whenever one comes or goes, a SimPy process per flow.

Max-min fairness by progressive filling over dicts of sets; the same workloads as `ours.flows`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from typing import Any

import simpy

from measure import flows
from measure.flows import LATENCY, STEPS, Outcome, Run

Process = Generator[simpy.Event, Any, None]

#: A flow with less than this is complete (B).
CRUMB = 1e-3


class Flow:
    """Bytes on their way."""

    def __init__(self, links: Sequence[Hashable], nbytes: float, done: simpy.Event) -> None:
        self.links = links
        self.remaining = float(nbytes)
        self.rate = 0.0
        self.done = done


class Network:
    """Links of a capacity (B/s) each, and the flows on them."""

    def __init__(self, environment: simpy.Environment, capacity: dict[Hashable, float]) -> None:
        self._environment = environment
        self._capacity = capacity
        self._flows: dict[int, Flow] = {}
        self._number = 0
        self._served_at = 0.0
        self._turn = 0

    def serve(self, links: Sequence[Hashable], nbytes: float) -> simpy.Event:
        """Have a flow served; the event is its completion."""
        done = self._environment.event()
        self._pass_time()
        self._number += 1
        self._flows[self._number] = Flow(links, nbytes, done)
        self._share()
        return done

    def _pass_time(self) -> None:
        elapsed = self._environment.now - self._served_at
        for flow in self._flows.values():
            flow.remaining -= flow.rate * elapsed
        self._served_at = self._environment.now

    def _share(self) -> None:
        left: dict[Hashable, float] = {}
        users: dict[Hashable, set[int]] = {}
        for number, flow in self._flows.items():
            for link in flow.links:
                users.setdefault(link, set()).add(number)
                left[link] = self._capacity[link]
        while users:
            tightest = min(users, key=lambda link: left[link] / len(users[link]))
            level = left[tightest] / len(users[tightest])
            for number in list(users[tightest]):
                flow = self._flows[number]
                flow.rate = level
                for link in flow.links:
                    users[link].discard(number)
                    left[link] -= level
                    if not users[link]:
                        del users[link]
        self._turn += 1
        if self._flows:
            first = min(flow.remaining / flow.rate for flow in self._flows.values())
            self._environment.process(self._wait(self._turn, max(first, 0.0)))

    def _wait(self, turn: int, seconds: float) -> Process:
        yield self._environment.timeout(seconds)
        if turn != self._turn:
            return
        self._pass_time()
        for number in [number for number, flow in self._flows.items() if flow.remaining <= CRUMB]:
            self._flows.pop(number).done.succeed()
        self._share()


class Loop:
    """Processes that send over a network, and what has been delivered."""

    def __init__(self, capacity: dict[Hashable, float]) -> None:
        self.environment = simpy.Environment()
        self._network = Network(self.environment, capacity)
        self._count, self._end, self._total = 0, 0.0, 0.0

    def transfer(self, links: Sequence[Hashable], latency: float, nbytes: float) -> Process:
        """Send one message, and wait until it is delivered."""
        yield self.environment.timeout(latency)
        yield self._network.serve(links, nbytes)
        self._count += 1
        self._end = self.environment.now
        self._total += self.environment.now

    def run(self) -> Outcome:
        self.environment.run()
        return Outcome(self._count, self._end, self._total)


def prepare(workload: str, *sizes: int) -> Run:
    """Make a workload of that name ready."""
    makers: dict[str, Callable[..., Loop]] = {
        "incast": incast,
        "islands": islands,
        "ring": ring,
        "ring 2:1": oversubscribed_ring,
        "torus": torus,
    }
    return makers[workload](*sizes).run


def incast(senders: int, messages: int) -> Loop:
    """Senders think, then send to one host, again and again."""
    return _incasts(1, senders, messages)


def islands(count: int, messages: int) -> Loop:
    """Incasts that have nothing to do with each other."""
    return _incasts(count, flows.ISLAND, messages)


def _incasts(count: int, senders: int, messages: int) -> Loop:
    loop = Loop({(island, i): flows.BANDWIDTH for island in range(count) for i in range(senders + 1)})

    def sender(island: int, i: int) -> Process:
        number = island * senders + i
        for k in range(messages):
            yield loop.environment.timeout(flows.think(number, k, 0.04 * senders))
            yield from loop.transfer(((island, i), (island, 0)), 2 * flows.INCAST_LATENCY, flows.INCAST_BYTES)

    for island in range(count):
        for i in range(1, senders + 1):
            loop.environment.process(sender(island, i))
    return loop


def ring(ranks: int) -> Loop:
    """A ring all-reduce over hosts on one switch."""
    return _ring(ranks, oversubscribed=False)


def oversubscribed_ring(ranks: int) -> Loop:
    """A ring all-reduce over a 2:1 leaf-spine, every chunk from leaf to leaf."""
    return _ring(ranks, oversubscribed=True)


def _ring(ranks: int, *, oversubscribed: bool) -> Loop:
    leaves = flows.leaves(ranks)
    capacity: dict[Hashable, float] = {}
    for rank in range(ranks):
        capacity["up", rank] = capacity["down", rank] = flows.ring_speed(rank)
    for leaf in range(leaves):
        for spine in range(flows.SPINES):
            capacity["up", leaf, spine] = capacity["down", leaf, spine] = flows.uplink(ranks)
    loop = Loop(capacity)
    environment = loop.environment
    arrived = [[environment.event() for _ in range(2 * (ranks - 1))] for _ in range(ranks)]

    def route(rank: int) -> list[Hashable]:
        right, spine = (rank + 1) % ranks, flows.spine(rank, ranks)
        middle: list[Hashable] = [("up", rank % leaves, spine), ("down", right % leaves, spine)]
        return [("up", rank), *(middle if oversubscribed else []), ("down", right)]

    routes = [route(rank) for rank in range(ranks)]

    def deliver(rank: int, step: int) -> Process:
        yield from loop.transfer(routes[rank], len(routes[rank]) * LATENCY, flows.chunk(ranks))
        arrived[(rank + 1) % ranks][step].succeed()

    def process(rank: int) -> Process:
        yield environment.timeout(flows.START)
        for step in range(2 * (ranks - 1)):
            yield environment.process(deliver(rank, step)) & arrived[rank][step]

    for rank in range(ranks):
        environment.process(process(rank))
    return loop


def torus(side: int, rounds: int) -> Loop:
    """Every node thinks, sends two hops far in four directions, and waits for its sends and receives."""
    nodes = range(side * side)
    loop = Loop({(i, d): flows.BANDWIDTH for i in nodes for d in range(4)})
    environment = loop.environment
    arrived = [[[environment.event() for _ in range(4)] for _ in range(rounds)] for _ in nodes]

    def route(i: int, d: int) -> Iterator[Hashable]:
        return ((flows.across(i, STEPS[d], hops, side), d) for hops in range(2))

    def deliver(i: int, d: int, k: int) -> Process:
        yield from loop.transfer(tuple(route(i, d)), 2 * LATENCY, flows.TORUS_BYTES)
        arrived[flows.across(i, STEPS[d], 2, side)][k][d].succeed()

    def process(i: int) -> Process:
        yield environment.timeout(flows.START)
        for k in range(rounds):
            yield environment.timeout(flows.think(i, k, 0.02))
            yield environment.all_of([*(environment.process(deliver(i, d, k)) for d in range(4)), *arrived[i][k]])

    for i in nodes:
        environment.process(process(i))
    return loop
