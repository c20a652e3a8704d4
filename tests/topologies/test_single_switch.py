"""The star of hosts around one switch."""

import math

import networkx as nx
import pytest

from topologies.field_error import FieldError
from topologies.machines import Cards
from topologies.networks.single_switch import SingleSwitch, single_switch


@pytest.mark.parametrize("hosts", [1, 2, 5, 64])
def test_it_is_the_star_graph(hosts):
    assert nx.is_isomorphic(single_switch(hosts, bandwidth=1.0, latency=0.0), nx.star_graph(hosts))


def test_the_options_units_become_si():
    graph = SingleSwitch(bandwidth_gbps=25.0, latency_us=2.5).graph(2)
    # 25e9 bit/s / 8 bit = 3.125e9 B/s
    assert graph.edges[1, "switch"] == {"bandwidth": 3.125e9, "latency": 2.5e-6, "duplex": "split"}


def test_the_defaults_are_10_gbps_and_5_microseconds_per_link():
    assert SingleSwitch().graph(1).edges[0, "switch"] == {"bandwidth": 1.25e9, "latency": 5e-6, "duplex": "split"}


@pytest.mark.parametrize(("available", "needed", "made"), [(None, 7, 7), (9, 7, 9), (7, 7, 7)])
def test_it_has_as_many_hosts_as_given_or_as_many_as_needed(available, needed, made):
    assert SingleSwitch(hosts=available).graph(needed).degree["switch"] == made


def test_too_few_hosts_are_refused_with_the_remedy(refused):
    with refused("hosts: 12 are needed, but the switch has 8; give 12 or more, or null for as many as needed"):
        SingleSwitch(hosts=8).graph(12)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(0.0, "above 0"), (-1.0, "above 0"), (math.nan, "above 0 and finite"), (math.inf, "above 0 and finite")],
)
def test_a_bandwidth_that_no_link_has_is_refused(value, wanted, refused):
    with refused(
        f"bandwidth_gbps: must be {wanted}, got {value}; "
        "give the Gb/s of one link, or choose network=ideal for no limit"
    ):
        SingleSwitch(bandwidth_gbps=value)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(-5.0, "at least 0"), (math.nan, "at least 0 and finite"), (math.inf, "at least 0 and finite")],
)
def test_a_latency_that_no_link_has_is_refused(value, wanted, refused):
    with refused(f"latency_us: must be {wanted}, got {value}; give the microseconds of one link"):
        SingleSwitch(latency_us=value)


def test_zero_latency_is_a_latency():
    assert SingleSwitch(latency_us=0.0).graph(1).edges[0, "switch"]["latency"] == 0.0


def test_a_switch_without_ports_is_refused(refused):
    with refused("hosts: must be at least 1, got 0; give the number of hosts, or null for as many as needed"):
        SingleSwitch(hosts=0)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [((0, 1.0, 0.0), "hosts"), ((1, 0.0, 0.0), "bandwidth"), ((1, 1.0, -1.0), "latency")],
)
def test_the_function_refuses_what_is_out_of_range(arguments, name):
    with pytest.raises(FieldError, match=f"^{name}: must be "):
        single_switch(*arguments)


def test_a_host_of_several_cards_has_one_bundle_of_their_links():
    graph = SingleSwitch(bandwidth_gbps=8.0, latency_us=1.0, nics=4).graph(2)
    assert graph.edges[0, "switch"] == {"bandwidth": 4e9, "latency": 1e-6, "duplex": "split", "cards": 4}
    assert Cards(graph).of((1, "switch")) == 4
