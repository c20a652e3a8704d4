"""One way of sending: a message takes the time of who waits for it, and is dropped where somebody is gone."""

import pytest

from sim.fabric.clock import Clock
from sim.fabric.fabric import Fabric
from sim.measuring.timeline import COMPUTE, Timeline
from sim.world.endpoint import Endpoint
from sim.world.mortal import MortalWorld
from sim.world.world import World
from topologies.networks.single_switch import SingleSwitch

#: Bytes that take one second on a link of 8 Gb/s.
SECOND = 1e9


@pytest.fixture
def world():
    environment = Clock()
    fabric = Fabric(environment, SingleSwitch(hosts=3, bandwidth_gbps=8.0, latency_us=0.0).graph(3))
    return World(environment, fabric, Timeline(environment, 2, keep_spans=True), recorder=None)


def spans(world):
    world.timeline.close()
    columns = world.timeline.spans()
    return [
        *zip(columns.worker.tolist(), columns.kind.tolist(), columns.start.tolist(), columns.end.tolist(), strict=True)
    ]


def test_a_message_takes_the_time_of_the_worker_that_waits_for_it(world):
    heard = []
    world.send(Endpoint(0, 0), Endpoint(1), SECOND, 0, heard.append, "news")
    world.environment.run(until=3.0)
    assert heard == ["news"]
    # Worker 0 communicates (1) for a second, then waits (2); worker 1 waits all the time.
    assert spans(world) == [(0, 1, 0.0, 1.0), (0, 2, 1.0, 3.0), (1, 2, 0.0, 3.0)]


def test_a_message_beside_a_computation_takes_no_time_of_it(world):
    world.timeline.switch(0, COMPUTE)
    world.send_beside(Endpoint(2), Endpoint(0, 0), SECOND, (0, 1), lambda: None)
    world.environment.run(until=2.0)
    assert spans(world) == [(1, 1, 0.0, 1.0), (0, 0, 0.0, 2.0), (1, 2, 1.0, 2.0)]


@pytest.mark.parametrize("who", ["sender", "receiver"])
def test_what_a_crashed_incarnation_has_sent_or_awaits_is_dropped(world, who):
    world = MortalWorld(world.environment, world.fabric, world.timeline, recorder=None)
    ends = {"sender": Endpoint(0, 0), "receiver": Endpoint(1)}
    heard = []
    world.send(ends["sender"], ends["receiver"], SECOND, 0, heard.append, "before")
    world.environment.run(until=0.5)
    world.bury(ends[who])
    again = ends[who].reborn()
    assert (again.host, again.rank, again.incarnation) == (ends[who].host, ends[who].rank, 1)
    world.send(ends["sender"], ends["receiver"], SECOND, None, heard.append, "to or from who is gone")
    ends[who] = again
    world.send(ends["sender"], ends["receiver"], SECOND, None, heard.append, "after")
    world.environment.run(until=5.0)
    assert heard == ["after"]
    assert world.dropped == [2]
    assert world.timeline._under_way == [int(who == "sender"), 0]  # of the dead it is closed with all else
