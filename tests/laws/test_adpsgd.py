"""AD-PSGD (Lian et al. 2018): atomic averaging in pairs, and workers that wait for no slow one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scattered import NOTHING, mixing, scattered

from sim.cluster.blueprint import Blueprint
from sim.cluster.cluster import Cluster
from sim.experiment import Experiment
from sim.problems.none import NoProblem
from sim.problems.quadratic import Quadratic
from sim.protocols.adpsgd import ADPSGD
from sim.protocols.dpsgd import DPSGD
from sim.simulate import simulate
from sim.stragglers.exponential import Exponential
from sim.stragglers.slow_node import SlowNode
from sim.until import Until
from sim.workloads.synthetic import Synthetic
from topologies.communication.complete import Complete
from topologies.communication.erdos_renyi import ErdosRenyi
from topologies.communication.hypercube import Hypercube
from topologies.communication.random_matching import RandomMatching
from topologies.communication.ring import Ring
from topologies.communication.star import Star
from topologies.networks.ideal import Ideal
from topologies.networks.single_switch import SingleSwitch

#: Steps after which the workers of `to_the_end` stop.
STEPS = 15


def to_the_end(workers, topology, network, seed, nbytes, bipartite=False):
    """Every worker takes STEPS steps without learning, and all messages arrive; the first models and the last."""

    class Finite(ADPSGD):
        def worker(self, me):
            for _ in range(STEPS):
                g = yield me.gradient(me.x)
                if me.peers.active:
                    yield me.peers.average(me.peers.draw())
                me.x = me.update(me.x, g)

    experiment = Experiment(
        workers=workers,
        protocol=Finite(bipartite),
        problem=Quadratic(dim=2, noise=0.0),
        optimizer=NOTHING,
        topology=topology,
        network=network,
        straggler=Exponential(),
        workload=Synthetic(seconds=1.0, bytes=nbytes),
        until=Until(updates=10**9),
    )
    models = np.random.default_rng(seed).normal(size=(workers, 2))
    cluster = scattered(experiment, models, seed)
    with cluster.tape:
        cluster.world.recorder.begin([worker.x for worker in cluster.workers], [])
        processes = [cluster.environment.process(experiment.protocol.worker(worker)) for worker in cluster.workers]
        cluster.environment.run()
        assert all(process.processed for process in processes), "somebody waits for ever"
        last = np.array([cluster.tape.value(worker.x) for worker in cluster.workers])
    assert cluster.world.recorder._models == [worker.x for worker in cluster.workers]
    return models, last


TOPOLOGIES = st.sampled_from([Ring(), Star(), Complete(), ErdosRenyi()])
NETWORKS = st.sampled_from([Ideal(), SingleSwitch(), SingleSwitch(bandwidth_gbps=0.1, latency_us=1e5)])


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 9), TOPOLOGIES, NETWORKS, st.integers(0, 2**32), st.sampled_from([0.0, 1e6, 1e8]))
def test_nobody_waits_for_ever_and_the_sum_of_the_models_is_conserved(workers, topology, network, seed, nbytes):
    first, last = to_the_end(workers, topology, network, seed, nbytes)
    np.testing.assert_allclose(last.sum(axis=0), first.sum(axis=0), rtol=0, atol=1e-13 * workers)
    assert ((last - last.mean(axis=0)) ** 2).sum() < 0.2 * ((first - first.mean(axis=0)) ** 2).sum()


@settings(max_examples=10, deadline=None)
@given(st.sampled_from([Ring(), Star(), Hypercube()]), NETWORKS, st.integers(0, 2**32))
def test_of_a_bipartite_topology_one_side_is_enough(topology, network, seed):
    first, last = to_the_end(8, topology, network, seed, 1e6, bipartite=True)
    np.testing.assert_allclose(last.sum(axis=0), first.sum(axis=0), rtol=0, atol=1e-12)
    assert ((last - last.mean(axis=0)) ** 2).sum() < 0.2 * ((first - first.mean(axis=0)) ** 2).sum()


def test_no_other_averaging_moves_a_side_that_is_held(monkeypatch):
    # Each model that is offered is still its owner's when the answer comes: nobody learns here, so only another
    # averaging could have changed it (a step makes a new vector of the same numbers, so numbers are compared).
    from sim.connections.pairs.peers import Peers

    offer, move_back = Peers._offer, Peers._move_back
    offered, compared = {}, []

    def watch_offer(self, *arguments):
        offered[self] = self._worker.x
        offer(self, *arguments)

    def watch_move_back(self, *arguments):
        tape = self._worker.x.tape
        compared.append(np.array_equal(tape.value(self._worker.x), tape.value(offered.pop(self))))
        move_back(self, *arguments)

    monkeypatch.setattr(Peers, "_offer", watch_offer)
    monkeypatch.setattr(Peers, "_move_back", watch_move_back)
    to_the_end(6, Complete(), SingleSwitch(bandwidth_gbps=0.1), 0, 1e7)
    assert len(compared) == 6 * STEPS
    assert all(compared)


def test_two_workers_that_average_at_the_same_instants_agree():
    _, spread = mixing({"workers": 2, "protocol": ADPSGD(), "network": Ideal(), "until": Until(updates=3)})
    assert spread[0] > 0.1
    np.testing.assert_allclose(spread[1:], 0.0, rtol=0, atol=1e-30)


def test_random_pairs_contract_by_one_minus_the_inverse_of_the_others():
    # One pair averages at a time: E V' = V (1 - 1 / (n - 1)) where both are drawn uniformly (Boyd et al. 2006). Whose
    # exponential gradient ends next is uniform and independent of all before. An update is n averages.
    n, ratios = 6, []
    for seed in range(60):
        mean, spread = mixing(
            {
                "workers": n,
                "protocol": ADPSGD(),
                "topology": Complete(),
                "network": Ideal(),
                "straggler": Exponential(),
                "until": Until(updates=12),
            },
            seed=seed,
        )
        np.testing.assert_allclose(mean, mean[:1].repeat(len(mean), axis=0), rtol=0, atol=1e-14)
        ratios.append(spread[1:] / spread[:-1])
    sample = np.concatenate(ratios)
    assert abs(sample.mean() - (1 - 1 / (n - 1)) ** n) < 4 * sample.std() / np.sqrt(len(sample))


def run(**fields):
    common = {"problem": NoProblem(), "workload": Synthetic(seconds=1.0, bytes=1e8), "network": Ideal()}
    return simulate(Experiment(**common | fields)).summary


def test_one_slow_worker_slows_only_itself():
    # 7 workers with a gradient per second and one with a tenth of that; D-PSGD's neighbours wait for the slow one.
    fields = {"workers": 8, "batch": 1, "straggler": SlowNode(count=1, factor=10.0), "until": Until(seconds=1000.0)}
    assert run(protocol=ADPSGD(), **fields).samples_per_second == pytest.approx(7.1, rel=1e-2)
    assert run(protocol=DPSGD(), **fields).samples_per_second == pytest.approx(0.8, rel=2e-2)


def test_an_average_is_a_model_each_way():
    summary = run(workers=5, protocol=ADPSGD(), until=Until(updates=20))
    assert summary.bytes_sent == 2 * 1e8 * 5 * 20


@pytest.mark.parametrize("workers", [4, 6])
def test_only_one_side_of_a_bipartite_topology_begins_averages(workers):
    summary = run(workers=workers, protocol=ADPSGD(bipartite=True), until=Until(updates=20))
    assert summary.bytes_sent == 2 * 1e8 * workers / 2 * 20


def test_the_larger_side_is_the_active_one():
    # Star: the six others; rank 0 answers.
    summary = run(workers=7, protocol=ADPSGD(bipartite=True), topology=Star(), until=Until(updates=20))
    assert summary.bytes_sent == 2 * 1e8 * 6 * 20


def test_the_active_worker_waits_for_a_round_trip_and_the_passive_one_for_nothing():
    # One model over two links of 10 us and 1.25e9 B/s each way: 2 (2e-5 + 0.08) s; per gradient of 1 s.
    summary = run(
        workers=2,
        protocol=ADPSGD(bipartite=True),
        network=SingleSwitch(bandwidth_gbps=10.0, latency_us=10.0),
        until=Until(seconds=100 * 1.16004),
    )
    assert summary.communicate_fraction == pytest.approx(0.5 * 0.16004 / 1.16004, rel=1e-6)
    assert summary.wait_fraction == 0.0
    assert summary.gradients == 100 + 116


@pytest.mark.parametrize(("topology", "workers"), [(Ring(), 5), (Complete(), 4)])
def test_a_topology_without_two_sides_is_refused(topology, workers):
    experiment = Experiment(workers=workers, protocol=ADPSGD(bipartite=True), topology=topology)
    with pytest.raises(ValueError, match=r"^protocol\.bipartite: the topology has no two sides: ranks \d and \d are"):
        Cluster(Blueprint(experiment), 0)


def test_a_worker_alone_is_nobodys_peer():
    summary = run(workers=1, protocol=ADPSGD(bipartite=True), until=Until(updates=5))
    assert (summary.updates, summary.bytes_sent) == (5, 0.0)


def test_thousands_of_workers_draw_each_other_without_a_graph_of_all_pairs():
    # 4000 * 3999 / 2 edges would be more than a communication graph may have.
    for topology in (Complete(), RandomMatching()):
        cluster = Cluster(
            Blueprint(Experiment(workers=4000, protocol=ADPSGD(), problem=NoProblem(), topology=topology)), 0
        )
        assert [*cluster.workers[1].peers._neighbours][:3] == [0, 2, 3]
