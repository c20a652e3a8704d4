"""Schedules under way: entering, leaving, sharing the network, and their cost to Python."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Generator, Sequence

import numpy as np
import pytest
import simpy
from simpy.events import EventPriority
from workloads import star

from sim.collectives.ring import ring
from sim.fabric.clock import Clock
from sim.fabric.fabric import Fabric
from sim.fabric.running import Running
from sim.fabric.schedule import Schedule
from topologies.field_error import FieldError


class CountingClock(Clock):
    """Counts the events that pass through SimPy, and the network's turns."""

    scheduled = turns = 0

    def schedule(self, event: simpy.Event, priority: EventPriority = simpy.events.NORMAL, delay: float = 0) -> None:
        self.scheduled += 1
        super().schedule(event, priority, delay)

    def drive(self, take_turn: Callable[[float], None]) -> None:
        def counted(horizon: float) -> None:
            self.turns += 1
            take_turn(horizon)

        super().drive(counted)


class Net:
    """Hosts on one switch at 1 B/s without latency, and the ranks that have left."""

    def __init__(self, hosts: int, latency: float = 0.0) -> None:
        self.environment = CountingClock()
        self.fabric = Fabric(self.environment, star([1.0] * hosts, latency))
        self.left: list[tuple[int, float]] = []

    def start(self, schedule: Schedule, hosts: Sequence[int] | None = None) -> Running:
        def left(rank: int) -> None:
            self.left.append((rank, self.environment.now))

        return self.fabric.start(schedule, range(schedule.ranks) if hosts is None else hosts, left)

    def enter(self, running: Running, instants: Sequence[float]) -> None:
        """Rank r enters at instants[r]."""

        def process(rank: int, instant: float) -> Generator[simpy.Event, None, None]:
            yield self.environment.timeout(instant)
            running.enter(rank)

        for rank, instant in enumerate(instants):
            self.environment.process(process(rank, instant))


def delays(*chain: float) -> Schedule:
    """One rank's chain of delays."""
    n = len(chain)
    none = np.full(n, -1, np.int32)
    return Schedule(
        none, none, np.zeros(n), np.array(chain), np.arange(1, n), np.minimum(np.arange(n + 1), n - 1),
        entry=np.array([0]), exit=np.array([n - 1]),
    )  # fmt: skip


def test_a_chain_of_delays_takes_their_sum() -> None:
    net = Net(1)
    net.start(delays(1.0, 2.0, 4.0)).enter(0)
    net.environment.run()
    assert net.left == [(0, 7.0)]


def test_a_delay_is_paid_before_the_bytes() -> None:
    net = Net(2, latency=0.25)
    schedule = Schedule(
        np.array([0], np.int32), np.array([1], np.int32), np.array([4.0]), np.array([2.0]), np.zeros(0, np.int64),
        np.array([0, 0]), entry=np.array([0, 0]), exit=np.array([0, 0]),
    )  # fmt: skip
    running = net.start(schedule)
    running.enter(0)
    running.enter(1)
    net.environment.run()
    assert net.left == [(0, 6.5), (1, 6.5)]  # 2 s + 2 x 0.25 s + 4 B at 1 B/s


def test_an_entry_that_ranks_share_waits_for_all_of_them() -> None:
    net = Net(2)
    barrier = Schedule(
        np.array([-1], np.int32), np.array([-1], np.int32), np.zeros(1), np.zeros(1), np.zeros(0, np.int64),
        np.array([0, 0]), entry=np.array([0, 0]), exit=np.array([0, 0]),
    )  # fmt: skip
    net.enter(net.start(barrier), [1.0, 5.0])
    net.environment.run()
    assert net.left == [(0, 5.0), (1, 5.0)]


def test_ranks_on_one_host_do_not_use_the_network() -> None:
    net = Net(1)
    net.enter(net.start(ring(2, 8.0), hosts=[0, 0]), [3.0, 3.0])
    net.environment.run()
    assert net.left == [(0, 3.0), (1, 3.0)]


def test_schedules_run_on_an_ideal_network() -> None:
    environment = Clock()
    left: list[int] = []
    running = Fabric(environment, None).start(ring(3, 9.0), [0, 1, 2], left.append)
    for rank in (2, 1, 0):
        running.enter(rank)
    environment.run()
    assert (left, environment.now) == ([0, 1, 2], 0.0)


def test_a_late_rank_holds_up_the_others() -> None:
    net = Net(2)
    net.enter(net.start(ring(2, 8.0)), [0.0, 5.0])
    net.environment.run()
    # Chunks of 4 B: rank 1 sends its first one at 5 .. 9 s; both second chunks need it: 9 .. 13 s.
    assert net.left == [(0, 13.0), (1, 13.0)]


def test_a_rank_leaves_when_its_own_part_is_done() -> None:
    # Chunks of 1 B and four steps; rank 2 enters late, and its chunk reaches rank 0, then 1, then 2 itself.
    net = Net(3)
    net.enter(net.start(ring(3, 3.0)), [0.0, 0.0, 10.0])
    net.environment.run()
    # Step of (rank, k) begins when (rank, k - 1) and (rank - 1, k - 1) are done, each lasts 1 s:
    # (2, 0) ends at 11; (0, 1) and (2, 1) at 12; (0, 2), (1, 2), (2, 2) at 13; all of step 3 at 14.
    assert net.left == [(0, 14.0), (1, 14.0), (2, 14.0)]


def test_two_schedules_at_once_share_every_link() -> None:
    net = Net(4)
    for running in (net.start(ring(4, 8.0)), net.start(ring(4, 8.0))):
        net.enter(running, [0.0] * 4)
    net.environment.run()
    # Alone 2 x 3 chunks of 2 B at 1 B/s: 12 s; together twice as long. The first one's ranks are called first.
    assert net.left == [(rank, 24.0) for rank in (0, 1, 2, 3, 0, 1, 2, 3)]


def test_a_message_and_a_schedule_share_a_link() -> None:
    net = Net(3)
    net.enter(net.start(ring(2, 8.0), hosts=[0, 1]), [0.0, 0.0])
    net.fabric.send(2, 1, 2.0, lambda: net.left.append((-1, net.environment.now)))
    net.environment.run()
    # Into host 1 two flows at 1/2 B/s: the message's 2 B until 4 s; then rank 0's chunk has 2 of 4 B left: 6 s, while
    # rank 1's was done at 4 s. Both second chunks wait for it: 6 .. 10 s.
    assert net.left == [(-1, 4.0), (0, 10.0), (1, 10.0)]


def test_messages_sent_while_a_schedule_runs_slow_it_from_then_on() -> None:
    net = Net(3)
    net.enter(net.start(ring(2, 8.0), hosts=[0, 1]), [0.0, 0.0])
    net.environment.run(until=5.0)
    net.fabric.send(2, 1, 1.0, lambda: net.left.append((-1, net.environment.now)))
    net.environment.run()
    # Second chunks run from 4 s; rank 0's has 3 B left at 5 s, halves until 7 s, then 2 B more: 9 s.
    assert net.left == [(-1, 7.0), (0, 9.0), (1, 9.0)]


def test_a_ring_costs_python_the_instant_it_waits_for() -> None:
    net = Net(16, latency=0.5)
    running = net.start(ring(16, 16.0))
    for rank in range(16):
        running.enter(rank)
    net.environment.run()
    assert net.left == [(rank, 60.0) for rank in range(16)]  # 30 steps of 1 B and 1 s of latency
    assert (net.environment.scheduled, net.environment.turns) == (0, 2)  # it starts, and all leave


def test_a_schedule_started_again_costs_no_memory() -> None:
    net = Net(4)
    schedule = ring(4, 4.0)
    engine = net.fabric._engine
    rows = set()
    for _ in range(20):
        net.enter(net.start(schedule), [0.0] * 4)
        net.environment.run()
        rows.add((len(engine._nodes), len(engine._flows), len(engine._wakes)))
    assert len(net.left) == 80
    assert len(rows) == 1
    assert len(engine._nodes) == len(schedule.source)
    assert not net.fabric._running


def test_what_was_prepared_for_a_schedule_goes_with_it() -> None:
    net = Net(4)
    schedule = ring(4, 4.0)
    net.start(schedule)
    net.start(schedule)
    assert [len(programs) for programs in net.fabric._programs.values()] == [1]
    del schedule
    gc.collect()
    assert len(net.fabric._programs) == 0


def test_a_node_with_many_dependants_finds_room_for_all_of_them() -> None:
    net = Net(2)
    n = 1000  # more than the flow records an engine begins with
    schedule = Schedule(
        np.full(n + 1, -1, np.int32), np.full(n + 1, -1, np.int32), np.zeros(n + 1),
        np.arange(n + 1, dtype=float), np.arange(1, n + 1), np.array([0, *[n] * (n + 1)]),
        entry=np.array([0]), exit=np.array([n]),
    )  # fmt: skip
    net.start(schedule).enter(0)
    net.environment.run()
    assert net.left == [(0, float(n))]


def test_bytes_sent_counts_a_schedule_when_it_starts() -> None:
    net = Net(4)
    net.start(ring(4, 8.0))
    assert net.fabric.bytes_sent == 4 * 2 * 3 / 4 * 8.0


def test_a_rank_enters_once() -> None:
    running = Net(2).start(ring(2, 8.0))
    running.enter(1)
    with pytest.raises(FieldError, match=r"^rank: 1 is not one of the schedule's ranks, or has entered before"):
        running.enter(1)
    with pytest.raises(FieldError, match=r"^rank: 2 is not one"):
        running.enter(2)


def test_a_schedule_needs_a_host_for_each_rank() -> None:
    with pytest.raises(FieldError, match=r"^hosts: the schedule has 4 ranks, got 3 hosts"):
        Net(4).start(ring(4, 8.0), hosts=[0, 1, 2])


def test_time_passes_beside_a_schedule_that_nobody_enters() -> None:
    net = Net(2)
    net.start(ring(2, 8.0))
    net.environment.run()
    assert net.environment.peek() == math.inf
    assert net.left == []
