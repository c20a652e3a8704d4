"""What a transport and other people's traffic make of the wires, end to end."""

from functools import partial

import on_the_clock
import pytest
from experiments import experiment
from on_the_clock import seconds_of_an_update

from sim.cluster.blueprint import Blueprint


def seconds_of_communication(protocol="allreduce", **fields):
    """Of 4 workers with 1e8 B on links of 1.25e9 B/s and 2 us; a gradient takes 1 s."""
    wires = {"workload": "synthetic seconds=1 bytes=1e8", "network": "single_switch bandwidth_gbps=10 latency_us=2"}
    return seconds_of_an_update(protocol, 4, 2, straggler="none", collective="ring", **wires | fields) - 1.0


ring = partial(on_the_clock.ring, 4, 1e8)


def test_efficiency_scales_the_line_rate():
    assert seconds_of_communication(transport="ideal efficiency=0.5") == pytest.approx(ring(0.625e9), rel=1e-9)


def test_every_message_pays_the_overhead():
    measured = seconds_of_communication(transport="ideal overhead_seconds=1e-3")
    assert measured == pytest.approx(ring(latency=1e-3 + 4e-6), rel=1e-9)


def test_a_flow_is_never_faster_than_its_cap():
    assert seconds_of_communication(transport="ideal flow_cap_gbps=4") == pytest.approx(ring(0.5e9), rel=1e-9)


def test_a_card_moves_no_more_than_its_cap_and_several_as_many_times() -> None:
    assert seconds_of_communication(transport="ideal nic_cap_gbps=4") == pytest.approx(ring(0.5e9), rel=1e-9)
    assert seconds_of_communication(transport="ideal nic_cap_gbps=40") == pytest.approx(ring(), rel=1e-9)
    bundle = "single_switch bandwidth_gbps=10 latency_us=2 nics=2"
    assert seconds_of_communication(network=bundle) == pytest.approx(ring(2.5e9), rel=1e-9)
    capped = seconds_of_communication(transport="ideal nic_cap_gbps=4", network=bundle)
    assert capped == pytest.approx(ring(1e9), rel=1e-9)


def test_the_incast_of_a_server_shares_the_cap_of_its_card() -> None:
    # Four pushes of 1e8 B through 0.5e9 B/s, and four answers, two latencies each way; the first pull before.
    measured = seconds_of_communication("hardsync", transport="ideal nic_cap_gbps=4")
    plain = seconds_of_communication("hardsync")
    assert measured / plain == pytest.approx(2.5, rel=1e-4)


def test_a_cap_beyond_a_fair_share_costs_nothing():
    # The incast of four shares the server's link: 0.3125e9 B/s each, below the cap of 0.5e9; the messages back, too.
    capped = seconds_of_communication("hardsync", transport="ideal flow_cap_gbps=4")
    assert capped == pytest.approx(seconds_of_communication("hardsync"), rel=1e-12)


def test_tcp_is_slower_than_the_wire():
    assert seconds_of_communication(transport="tcp") > ring()


def test_a_constant_load_takes_its_share_of_every_link():
    assert seconds_of_communication(background="constant load=0.2") == pytest.approx(ring(1e9), rel=1e-9)


def test_random_flows_slow_a_collective_down_reproducibly():
    busy = [seconds_of_communication(background="random utilisation=0.5 mean_bytes=1e7") for _ in range(2)]
    assert busy[0] == busy[1]
    assert busy[0] > 1.2 * ring()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"transport": "tcp"}, "transport: tcp needs wires, and network=ideal has none; choose another network"),
        ({"background": "constant"}, "background: constant needs wires, and network=ideal has none"),
    ],
)
def test_an_ideal_network_has_no_transport_and_no_traffic(fields, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        Blueprint(experiment(network="ideal", **fields))
