"""SimPy's clock with a network that runs between SimPy's events."""

from __future__ import annotations

from collections.abc import Generator

import pytest
import simpy
from simpy.core import EmptySchedule

from sim.fabric.clock import NEVER, Clock


class Network:
    """Is due at given instants, and notes what it is called with."""

    def __init__(self, clock: Clock, *instants: float) -> None:
        self.clock = clock
        self.seen: list[tuple[float, float]] = []
        self._instants = [*instants, NEVER]
        clock.expect(self._instants.pop(0))
        clock.drive(self.take_turn)

    def take_turn(self, horizon: float) -> None:
        """Note the instant, and how far the network may run."""
        self.seen.append((self.clock.now, horizon))
        self.clock.expect(self._instants.pop(0))


def beats(clock: Clock, seen: list[float], *delays: float) -> Generator[simpy.Event, None, None]:
    """A process that notes when its delays are over."""
    for delay in delays:
        yield clock.timeout(delay)
        seen.append(clock.now)


def test_without_a_network_it_is_simpys() -> None:
    clock, seen = Clock(1.0), list[float]()
    clock.process(beats(clock, seen, 1.0, 2.0))
    clock.run(until=3.0)
    assert (seen, clock.now) == ([2.0], 3.0)
    clock.run()
    assert (seen, clock.now) == ([2.0, 4.0], 4.0)


def test_the_network_runs_between_events_up_to_the_next_one() -> None:
    clock, seen = Clock(), list[float]()
    clock.process(beats(clock, seen, 2.0, 2.0))
    network = Network(clock, 1.0, 3.0, 3.5, 7.0)
    clock.run()
    assert network.seen == [(1.0, 2.0), (3.0, 4.0), (3.5, 4.0), (7.0, NEVER)]
    assert (seen, clock.now) == ([2.0, 4.0], 7.0)


def test_of_one_instant_the_networks_turn_is_last() -> None:
    clock, seen = Clock(), list[float]()
    network = Network(clock, 1.0)
    clock.process(beats(clock, seen, 1.0, 0.0, 4.0))
    clock.run(until=1.0)
    assert (seen, network.seen) == ([], [])
    clock.run(until=2.0)
    assert (seen, network.seen) == ([1.0, 1.0], [(1.0, 2.0)])


def test_what_is_next_may_be_of_either_kind() -> None:
    clock = Clock()
    clock.timeout(2.0)
    Network(clock, 1.0, 3.0)
    instants = []
    while clock.peek() < NEVER:
        instants.append(clock.peek())
        clock.step()
    assert instants == [1.0, 3.0]  # a step is an event of SimPy's, and what is before it
    with pytest.raises(EmptySchedule):
        clock.step()


def test_an_instant_that_rounding_puts_into_the_past_is_the_present() -> None:
    clock = Clock(1.0)
    clock.expect(1.0 - 1e-16)
    assert clock.peek() == 1.0


def test_a_turn_before_the_one_that_is_expected_will_do() -> None:
    clock = Clock()
    network = Network(clock, 5.0, 4.0, 6.0)
    clock.expect(3.0)
    clock.expect(3.5)  # has a turn at 3 s
    clock.run()
    assert [instant for instant, _ in network.seen] == [3.0, 4.0, 5.0]  # and where 6 s are expected, at 5 s


def test_a_clock_has_one_network() -> None:
    clock = Clock()
    Network(clock)
    with pytest.raises(RuntimeError, match=r"^this clock has a network already"):
        Network(clock)
