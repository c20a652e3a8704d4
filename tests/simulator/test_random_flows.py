"""Random flows under way at once, before there are any."""

from __future__ import annotations

import pytest

from sim.backgrounds.random import Random
from sim.cluster.blueprint import Blueprint
from sim.cluster.cost import DAY
from sim.cluster.random_flows import EACH_OTHER_SECONDS, FLOW_SECONDS, RandomFlows
from sim.experiment import Experiment
from sim.problems.none import NoProblem
from sim.transports.tcp import TCP
from sim.until import Until
from topologies.field_error import FieldError
from topologies.networks import Network
from topologies.networks.leaf_spine import LeafSpine
from topologies.networks.random_regular import RandomRegular
from topologies.networks.single_switch import SingleSwitch


def flows(network: Network, seconds: float, hosts: int = 4, **fields: object) -> RandomFlows:
    experiment = Experiment(problem=NoProblem(), network=network, **fields)  # type: ignore[arg-type]
    return RandomFlows(experiment, network.graph(hosts), seconds)


def test_flows_at_the_cap_are_as_many_as_come_while_one_is_served() -> None:
    # 4 hosts of 1000 Gb/s: 0.2 4 125e9 B/s come in flows of 1 MB, 1e5 a second. Each takes the transport's overhead,
    # two latencies of 5 us and 1e6 / 1.25e9 s at a cap of 10 Gb/s, and by Little's law so many times 1e5 are under way.
    transport = TCP(flow_cap_gbps=10.0, overhead_seconds=20e-6)
    switch = SingleSwitch(bandwidth_gbps=1000.0, latency_us=5.0)
    found = flows(switch, 1.0, transport=transport, background=Random(utilisation=0.2, mean_bytes=1e6))
    assert found.count == pytest.approx(1e5)
    assert found.under_way == pytest.approx(1e5 * (20e-6 + 2 * 5e-6 + 1e6 / 1.25e9))
    assert found.work_seconds == pytest.approx(1e5 * (FLOW_SECONDS + EACH_OTHER_SECONDS * found.under_way))


@pytest.mark.parametrize("hosts", [4, 200])
def test_flows_share_links_and_so_stay_longer(hosts: int) -> None:
    # Every host's link serves flows at the load 0.6, in each direction: a flow has what is left, 0.4 of 1.25e9 B/s.
    background = Random(utilisation=0.6, mean_bytes=1e6)
    found = flows(SingleSwitch(hosts=hosts, latency_us=0.0), 1.0, background=background)
    each = hosts * 0.6 * 1.25e9 / 1e6  # flows that come in a second
    # Of 200 hosts some pairs stand for all; those of a switch are all alike.
    assert found.under_way == pytest.approx(each * 1e6 / (0.4 * 1.25e9))


def test_flows_that_no_link_serves_stay() -> None:
    # Two leaves of two hosts of c = 1.25e9 B/s, one spine, uplinks of c / 2. Of all flows, 0.9 4 c, two in three change
    # the leaf, one in three each way: a load of 1.2 c over c / 2, of which 1 / 2.4 is served. On average over 1000 s
    # half of what is left at the end is under way, beside the few that are served.
    network = LeafSpine(leaves=2, spines=1, hosts_per_leaf=2, oversubscription=4.0, latency_us=0.0)
    background = Random(utilisation=0.9, mean_bytes=1e6)
    found = flows(network, 1000.0, background=background)
    come = 0.9 * 4 * 1.25e9 / 1e6 * 1000.0
    assert found.count == pytest.approx(come)
    assert found.under_way == pytest.approx(0.5 * come * 2 / 3 * (1 - 1 / 2.4), rel=1e-3)


def test_flows_that_crowd_each_other_are_refused_though_not_many_come() -> None:
    fields = {"problem": NoProblem(), "transport": TCP(), "background": Random(), "until": Until(updates=1000)}
    slow = Blueprint(Experiment(network=RandomRegular(bandwidth_gbps=1000.0), **fields))  # type: ignore[arg-type]
    assert slow.cost.flows.work_seconds < DAY
    with pytest.raises(FieldError, match="of them under way at once") as refused:
        Blueprint(Experiment(network=RandomRegular(bandwidth_gbps=1e6), **fields))  # type: ignore[arg-type]
    assert refused.value.field == "background.utilisation"


def test_there_are_none_without_a_background_or_wires() -> None:
    assert flows(SingleSwitch(), 1.0).under_way == flows(SingleSwitch(), 1.0).work_seconds == 0.0
    assert RandomFlows(Experiment(background=Random()), None, 1.0).count == 0.0
