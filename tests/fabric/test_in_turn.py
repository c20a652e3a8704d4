"""Schedules in turn: every rank goes on by itself."""

import numpy as np
import pytest
import simpy

from sim.collectives.direct import Direct
from sim.collectives.operations.bounds import Bounds
from sim.collectives.ring import Ring
from sim.collectives.tree import Tree
from sim.fabric.fabric import Fabric
from sim.fabric.in_turn import in_turn
from topologies.networks.single_switch import SingleSwitch


def left(schedules, entered, graph):
    """When each rank leaves, having entered at its time and each schedule when it left the one before."""
    environment = simpy.Environment()
    fabric = Fabric(environment, graph)
    instants = [0.0] * len(entered)

    def leave(number, rank):
        if number < len(running):
            running[number].enter(rank)
        else:
            instants[rank] = environment.now

    hosts = range(len(entered))
    running = [
        fabric.start(schedule, hosts, lambda rank, number=number: leave(number, rank))
        for number, schedule in enumerate(schedules, 1)
    ]
    for rank, instant in enumerate(entered):
        event = environment.timeout(instant)
        event.callbacks.append(lambda _, rank=rank: running[0].enter(rank))
    environment.run()
    return instants, fabric.bytes_sent


@pytest.mark.parametrize("second", [Ring(), Tree(), Direct(1e-9)], ids=lambda option: type(option).__name__)
@pytest.mark.parametrize("first", [Ring(), Tree(), Direct(1e-9)], ids=lambda option: type(option).__name__)
@pytest.mark.parametrize("ranks", [1, 2, 5])
def test_one_schedule_of_two_takes_the_time_of_one_after_the_other(first, second, ranks):
    graph = SingleSwitch(bandwidth_gbps=8.0).graph(ranks)
    entered = np.random.default_rng(ranks).random(ranks) * 1e-3
    operations = first.all_reduce(ranks, 1e6), second.all_reduce(ranks, 3e5)
    together, nbytes = left([in_turn(*operations)], entered, graph)
    one_by_one, expected = left(operations, entered, graph)
    np.testing.assert_allclose(together, one_by_one, rtol=1e-12)
    assert nbytes == pytest.approx(expected, rel=1e-15)


def test_schedules_of_other_ranks_do_not_follow_each_other():
    with pytest.raises(ValueError, match="second: must have the 3 ranks of the first, got 4"):
        in_turn(Ring().all_reduce(3, 1.0), Ring().all_reduce(4, 1.0))


def test_bounds_of_two_operations_in_turn():
    # Ranks may enter the second one by one, so of its latency only the way from the last one is sure to come on top.
    first = Bounds("first", latency=1.0, bandwidth=10.0, after_last=0.5)
    second = Bounds("second", latency=2.0, bandwidth=20.0, after_last=0.25)
    assert first.then(second) == Bounds("first, then second,", latency=1.25, bandwidth=30.0, after_last=0.75)
