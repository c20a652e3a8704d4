"""An error names the full key of its field, and can be told by its type from all others, in any process."""

import pickle

import pytest

from topologies.field_error import FieldError, of_group
from topologies.networks.dragonfly import Dragonfly
from topologies.networks.fat_tree import FatTree
from topologies.networks.gpu_pod import GPUPod
from topologies.networks.hypercube import Hypercube
from topologies.networks.leaf_spine import LeafSpine
from topologies.networks.random_regular import RandomRegular
from topologies.networks.ring import Ring
from topologies.networks.single_switch import SingleSwitch
from topologies.networks.torus import Torus
from topologies.networks.wan import WAN
from topologies.size import TooFewHosts

#: Networks of fewer than 1000 hosts.
SMALL = [
    Dragonfly(groups=2),
    Dragonfly(routers_per_group=1, hosts_per_router=1),
    FatTree(k=4),
    GPUPod(machines=2),
    Hypercube(hosts=4),
    LeafSpine(leaves=2),
    RandomRegular(switches=10),
    Ring(hosts=4),
    SingleSwitch(hosts=4),
    Torus(shape=[2, 2]),
    WAN(hosts_per_site=2),
]


def test_the_text_is_the_field_and_what_is_wrong_with_it():
    error = FieldError("hosts", "must be at least 1, got 0")
    assert (str(error), error.field, error.said, error.full) == (
        "hosts: must be at least 1, got 0",
        "hosts",
        "must be at least 1, got 0",
        False,
    )


def test_a_group_is_put_before_the_field(refused):
    with refused("network.hosts: must be even"), of_group("network"):
        raise FieldError("hosts", "must be even")


def test_of_groups_within_each_other_the_inner_one_has_the_field(refused):
    with refused("network.hosts: must be even"), of_group("experiment"), of_group("network"):
        raise FieldError("hosts", "must be even")


def test_a_full_key_stays_as_it_is(refused):
    with refused("workers: must be even"), of_group("topology"):
        raise FieldError("workers", "must be even", full=True)


def test_an_error_about_no_field_is_about_the_group(refused):
    with refused("topology: has no ranks: give some"), of_group("topology"):
        raise ValueError("has no ranks: give some")


def test_what_is_not_about_a_value_goes_through_a_group():
    with pytest.raises(ZeroDivisionError), of_group("topology"):
        1 / 0  # noqa: B018  # is meant to fail


@pytest.mark.parametrize(
    "error",
    [
        FieldError("hosts", "must be even"),
        FieldError("workers", "must be even", full=True),
        TooFewHosts("leaves", 8, "2 x 3 make 6; give 3").because("workers=8"),
    ],
)
def test_an_error_is_the_same_in_another_process(error):
    other = pickle.loads(pickle.dumps(error))
    assert (type(other), str(other), vars(other)) == (type(error), str(error), vars(error))


@pytest.mark.parametrize("network", SMALL)
def test_a_network_with_too_few_hosts_says_how_many_are_needed(network):
    with pytest.raises(TooFewHosts, match=r"^\w+: 1000( hosts)? are needed, but .*; give ") as caught:
        network.graph(1000)
    assert caught.value.needed == 1000
    assert hasattr(network, caught.value.field)


def test_who_needs_so_many_hosts_can_be_added_at_the_end():
    error = TooFewHosts("hosts", 9, "the switch has 8; give 9 or more").because("workers=8 and a server")
    assert str(error) == "hosts: 9 are needed, but the switch has 8; give 9 or more (workers=8 and a server)"
    assert isinstance(error, TooFewHosts)
    with (
        pytest.raises(FieldError, match=r"^network\.hosts: 9 are needed, .* \(workers=8 and a server\)$"),
        of_group("network"),
    ):
        raise error
