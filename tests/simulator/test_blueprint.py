"""A blueprint says what a cluster will be, and whether it can be, without data and without a tape."""

import dataclasses

import pytest

from sim.cluster.blueprint import Blueprint
from sim.cluster.cluster import Cluster
from sim.connections.pairs.connect import Pairs
from sim.connections.server.connect import ParameterServer
from sim.experiment import Experiment
from sim.placements.random import Random
from sim.problems.digits_mlp import DigitsMLP
from sim.protocols import Protocol
from sim.protocols.allreduce import AllReduce
from sim.protocols.async_ps import AsyncPS
from sim.protocols.dpsgd import DPSGD
from sim.protocols.easgd import EASGD
from sim.protocols.easgd_tree import EASGDTree
from sim.protocols.sandblaster import Sandblaster
from sim.server import Server, Sharding
from sim.simulate import simulate
from sim.tape.tape import Tape
from sim.until import Until
from sim.workloads.synthetic import Synthetic
from topologies.field_error import FieldError
from topologies.networks.leaf_spine import LeafSpine
from topologies.networks.single_switch import SingleSwitch


def test_it_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Blueprint(Experiment()).experiment = Experiment(workers=2)


@pytest.mark.parametrize("protocol", [AsyncPS(), AllReduce(), DPSGD(), EASGDTree(), Sandblaster()])
def test_neither_data_nor_a_tape_are_needed(protocol, monkeypatch):
    def refuse(*arguments, **fields):
        raise AssertionError("nothing of the kind is made")

    monkeypatch.setattr(DigitsMLP, "task", refuse)
    monkeypatch.setattr(Tape, "__init__", refuse)
    assert Blueprint(Experiment(workers=4, protocol=protocol, network=LeafSpine())).seconds > 0.0


def test_it_knows_who_lives_where_for_every_seed():
    blueprint = Blueprint(Experiment(workers=4, network=LeafSpine(), placement=Random(), server=Server(shards=2)))
    assert len(blueprint.hosts(0)) == 6
    assert blueprint.hosts(0) == blueprint.hosts(0) != blueprint.hosts(1)
    assert [*Cluster(blueprint, 1).deployment.workers] == blueprint.hosts(1)[:4]


def test_it_has_the_layout_the_buckets_the_portions_and_the_rounds():
    assert [held.share for held in Blueprint(Experiment(server=Server(shards=4))).layout] == [0.25] * 4
    assert len(Blueprint(Experiment(protocol=AllReduce(bucket_bytes=0.0))).buckets) == 6
    assert sum(Blueprint(Experiment(protocol=Sandblaster())).portions) == DigitsMLP().samples
    assert Blueprint(Experiment(protocol=DPSGD())).rounds(0).spectral_gap() > 0.0
    alone = Blueprint(Experiment(protocol=EASGD(alpha=0.0)))
    assert (alone.layout, alone.buckets, alone.portions, alone.rounds(0)) == ((), (), (), None)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"network": SingleSwitch(hosts=3)}, r"^network\.hosts: 9 are needed, .* \(workers=8 and a server\)$"),
        ({"server": Server(shards=2), "network": SingleSwitch(hosts=3)}, r"\(workers=8, 2 shards\)$"),
        ({"until": Until(target_accuracy=0.9), "problem": "quadratic"}, r"^until\.target_accuracy: quadratic has no"),
        ({"workers": 10**6, "problem": "large"}, r"^workers: 1000000 need .* GB"),
    ],
)
def test_it_refuses_what_cannot_be(fields, message):
    from sim.problems.quadratic import Quadratic

    problems = {"quadratic": Quadratic(), "large": DigitsMLP(hidden=[4000, 4000])}
    fields = {name: problems.get(value, value) if name == "problem" else value for name, value in fields.items()}
    with pytest.raises(FieldError, match=message) as refused:
        Blueprint(Experiment(**fields))
    assert refused.value.full


def test_as_many_tensors_as_shards_are_served_as_fast_as_even_ones():
    # The issue is one table of tensors: ten of 0.1 GB on ten shards, whatever the problem's own six are.
    def seconds(sharding):
        workload = Synthetic(seconds=0.01, bytes=1e9, tensors=10)
        server = Server(shards=10, sharding=sharding)
        return simulate(Experiment(protocol=AsyncPS(), workload=workload, server=server, until=Until(updates=20)))

    even, per_tensor = (seconds(sharding).summary.virtual_seconds for sharding in (Sharding.even, Sharding.per_tensor))
    assert per_tensor == pytest.approx(even, rel=1e-9)


class Undeclared(Protocol):
    """Uses a server that it has not asked for."""

    needs = (Pairs,)

    def worker(self, me):
        yield me.server.pull()


def test_a_connection_that_a_protocol_has_not_declared_is_named():
    with pytest.raises(AttributeError, match=r"^me\.server: the protocol has not declared this connection; add it"):
        simulate(Experiment(workers=2, protocol=Undeclared(), until=Until(updates=1)))


def test_a_protocol_with_a_server_must_have_a_side_for_it():
    class Served(Undeclared):
        needs = (ParameterServer,)

    with pytest.raises(TypeError, match="Served: a protocol that needs a server must be a Serves"):
        simulate(Experiment(workers=2, protocol=Served(), until=Until(updates=1)))
