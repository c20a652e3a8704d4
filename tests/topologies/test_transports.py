"""What transports cost."""

import math

import pytest

from sim.transports.ena import ENA
from sim.transports.grpc import GRPC
from sim.transports.ideal import Ideal
from sim.transports.rdma import RDMA
from sim.transports.tcp import TCP


def test_the_ideal_transport_costs_nothing():
    assert Ideal() == Ideal(efficiency=1.0, overhead_seconds=0.0, flow_cap_gbps=None)
    assert Ideal().flow_cap == math.inf


def test_the_efficiency_of_tcp_is_the_payload_of_a_frame_over_its_place_on_the_wire():
    # 1500 - 20 IPv4 - 20 TCP - 12 time stamps; 1500 + 14 header + 4 check + 8 preamble + 12 gap
    assert TCP().efficiency == pytest.approx(1448 / 1538, abs=5e-5)  # four digits


def test_the_efficiency_of_rdma_is_the_payload_of_a_packet_over_its_place_on_the_wire():
    # 14 + 20 IPv4 + 8 UDP + 12 BTH + 4 ICRC + 4 FCS + 8 preamble + 12 gap = 82
    assert RDMA().efficiency == pytest.approx(4096 / (4096 + 82), abs=5e-5)


def test_the_efficiency_of_grpc_is_that_of_tcp_less_the_headers_of_http2():
    assert GRPC().efficiency == pytest.approx(1448 / 1538 * 16384 / 16393, abs=5e-5)


def test_a_cap_in_gigabits_is_one_in_bytes():
    assert TCP(flow_cap_gbps=8.0).flow_cap == 1e9


def test_the_network_card_of_aws_is_tcp_with_its_own_caps():
    assert ENA() == ENA(efficiency=TCP().efficiency, overhead_seconds=TCP().overhead_seconds)
    assert (ENA().flow_cap, ENA().card_cap) == (1.25e9, 0.6625e9)


def test_what_is_left_of_a_link_is_what_the_transport_leaves_of_the_line_and_its_hosts_move():
    transport = TCP(efficiency=0.5, nic_cap_gbps=8.0)  # 1e9 B/s of a card
    assert transport.payload(1e9, cards=1) == 0.5e9
    assert transport.payload(4e9, cards=1) == 1e9
    assert transport.payload(4e9, cards=2) == 2e9
    assert transport.payload(4e9) == 2e9  # between switches
    assert transport.payload(4e9, inside=True) == 4e9
