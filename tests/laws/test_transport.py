"""What a transport and other people's traffic make of the wires, end to end."""

import pytest

from sim.backgrounds.constant import Constant
from sim.backgrounds.random import Random
from sim.experiment import Experiment
from sim.problems.none import NoProblem
from sim.protocols.allreduce import AllReduce
from sim.protocols.hardsync import HardSync
from sim.simulate import simulate
from sim.transports.ideal import Ideal
from sim.transports.tcp import TCP
from sim.until import Until
from sim.workloads.synthetic import Synthetic
from topologies.networks.ideal import Ideal as IdealNetwork
from topologies.networks.single_switch import SingleSwitch


def seconds_of_communication(updates=2, **fields):
    """Of a ring of 4 with 1e8 B on links of 1.25e9 B/s and 2 us; a gradient takes 1 s."""
    common = {"protocol": AllReduce(), "network": SingleSwitch(bandwidth_gbps=10.0, latency_us=2.0)}
    experiment = Experiment(
        workers=4,
        problem=NoProblem(),
        workload=Synthetic(seconds=1.0, bytes=1e8),
        until=Until(updates=updates),
        **common | fields,
    )
    return simulate(experiment).summary.virtual_seconds / updates - 1.0


def ring(bandwidth, latency=4e-6):
    return 6 * (latency + 1e8 / (4 * bandwidth))


def test_efficiency_scales_the_line_rate():
    assert seconds_of_communication(transport=Ideal(efficiency=0.5)) == pytest.approx(ring(0.625e9), rel=1e-9)


def test_every_message_pays_the_overhead():
    assert seconds_of_communication(transport=Ideal(overhead_seconds=1e-3)) == pytest.approx(
        ring(1.25e9, 1e-3 + 4e-6), rel=1e-9
    )


def test_a_flow_is_never_faster_than_its_cap():
    assert seconds_of_communication(transport=Ideal(flow_cap_gbps=4.0)) == pytest.approx(ring(0.5e9), rel=1e-9)


def test_a_cap_beyond_a_fair_share_costs_nothing():
    # The incast of four shares the server's link: 0.3125e9 B/s each, below the cap of 0.5e9; the messages back, too.
    capped = seconds_of_communication(protocol=HardSync(), transport=Ideal(flow_cap_gbps=4.0))
    assert capped == pytest.approx(seconds_of_communication(protocol=HardSync()), rel=1e-12)


def test_tcp_is_slower_than_the_wire():
    assert seconds_of_communication(transport=TCP()) > ring(1.25e9)


def test_a_constant_load_takes_its_share_of_every_link():
    assert seconds_of_communication(background=Constant(load=0.2)) == pytest.approx(ring(1e9), rel=1e-9)


def test_random_flows_slow_a_collective_down_reproducibly():
    busy = [seconds_of_communication(background=Random(utilisation=0.5, mean_bytes=1e7)) for _ in range(2)]
    assert busy[0] == busy[1]
    assert busy[0] > 1.2 * ring(1.25e9)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"transport": TCP()}, "transport: tcp needs wires, and network=ideal has none; choose another network"),
        ({"background": Constant()}, "background: constant needs wires, and network=ideal has none"),
    ],
)
def test_an_ideal_network_has_no_transport_and_no_traffic(fields, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        Experiment(network=IdealNetwork(), **fields)
