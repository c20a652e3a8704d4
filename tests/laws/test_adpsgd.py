"""AD-PSGD (Lian et al. 2018): atomic averaging in pairs, and workers that wait for no slow one."""

import numpy as np
import pytest
from experiments import cluster_of, simulated
from hypothesis import given, settings
from hypothesis import strategies as st
from on_the_clock import CLOCK
from scattered import NOTHING, mixing, scattered

from sim.protocols.adpsgd import ADPSGD
from sim.start import Start

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

    models = np.random.default_rng(seed).normal(size=(workers, 2))
    protocol = Finite(bipartite)
    cluster = scattered(
        models,
        protocol,
        seed,
        problem="quadratic dim=2 noise=0",
        optimizer=NOTHING,
        topology=topology,
        network=network,
        straggler="exponential",
        workload=f"synthetic seconds=1 bytes={nbytes}",
        until="updates=1000000000",
    )
    with cluster.tape:
        cluster.world.recorder.begin([worker.x for worker in cluster.workers], [])
        processes = [cluster.environment.process(protocol.worker(worker)) for worker in cluster.workers]
        cluster.environment.run()
        assert all(process.processed for process in processes), "somebody waits for ever"
        last = np.array([cluster.tape.value(worker.x) for worker in cluster.workers])
    assert cluster.world.recorder._models == [worker.x for worker in cluster.workers]
    return models, last


TOPOLOGIES = st.sampled_from(["ring", "star", "complete", "erdos_renyi"])
NETWORKS = st.sampled_from(["ideal", "single_switch", "single_switch bandwidth_gbps=0.1 latency_us=1e5"])


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 9), TOPOLOGIES, NETWORKS, st.integers(0, 2**32), st.sampled_from([0.0, 1e6, 1e8]))
def test_nobody_waits_for_ever_and_the_sum_of_the_models_is_conserved(workers, topology, network, seed, nbytes):
    first, last = to_the_end(workers, topology, network, seed, nbytes)
    np.testing.assert_allclose(last.sum(axis=0), first.sum(axis=0), rtol=0, atol=1e-13 * workers)
    assert ((last - last.mean(axis=0)) ** 2).sum() < 0.2 * ((first - first.mean(axis=0)) ** 2).sum()


@settings(max_examples=10, deadline=None)
@given(st.sampled_from(["ring", "star", "hypercube"]), NETWORKS, st.integers(0, 2**32))
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
    to_the_end(6, "complete", "single_switch bandwidth_gbps=0.1", 0, 1e7)
    assert len(compared) == 6 * STEPS
    assert all(compared)


def test_two_workers_that_average_at_the_same_instants_agree():
    _, spread = mixing("adpsgd", 2, network="ideal", until="updates=3")
    assert spread[0] > 0.1
    np.testing.assert_allclose(spread[1:], 0.0, rtol=0, atol=1e-30)


def test_random_pairs_contract_by_one_minus_the_inverse_of_the_others():
    # One pair averages at a time: E V' = V (1 - 1 / (n - 1)) where both are drawn uniformly (Boyd et al. 2006). Whose
    # exponential gradient ends next is uniform and independent of all before. An update is n averages.
    n, ratios = 6, []
    for seed in range(60):
        fields = {"topology": "complete", "network": "ideal", "straggler": "exponential", "until": "updates=12"}
        mean, spread = mixing("adpsgd", n, seed, **fields)
        np.testing.assert_allclose(mean, mean[:1].repeat(len(mean), axis=0), rtol=0, atol=1e-14)
        ratios.append(spread[1:] / spread[:-1])
    sample = np.concatenate(ratios)
    assert abs(sample.mean() - (1 - 1 / (n - 1)) ** n) < 4 * sample.std() / np.sqrt(len(sample))


def run(protocol="adpsgd", until="updates=20", **fields):
    common = CLOCK | {"workload": "synthetic seconds=1 bytes=1e8", "until": until}
    return simulated(protocol, **common | fields).summary


def test_one_slow_worker_slows_only_itself():
    # 7 workers with a gradient per second and one with a tenth of that; D-PSGD's neighbours wait for the slow one.
    fields = {"workers": 8, "batch": 1, "straggler": "slow_node factor=10", "until": "seconds=1000"}
    assert run("adpsgd", **fields).samples_per_second == pytest.approx(7.1, rel=1e-2)
    assert run("dpsgd", **fields).samples_per_second == pytest.approx(0.8, rel=2e-2)


def test_an_average_is_a_model_each_way():
    summary = run(workers=5)
    assert summary.bytes_sent == 2 * 1e8 * 5 * 20


@pytest.mark.parametrize("workers", [4, 6])
def test_only_one_side_of_a_bipartite_topology_begins_averages(workers):
    summary = run("adpsgd bipartite=true", workers=workers)
    assert summary.bytes_sent == 2 * 1e8 * workers / 2 * 20


def test_the_larger_side_is_the_active_one():
    # Star: the six others; rank 0 answers.
    summary = run("adpsgd bipartite=true", workers=7, topology="star")
    assert summary.bytes_sent == 2 * 1e8 * 6 * 20


def test_the_active_worker_waits_for_a_round_trip_and_the_passive_one_for_nothing():
    # One model over two links of 10 us and 1.25e9 B/s each way: 2 (2e-5 + 0.08) s; per gradient of 1 s.
    network = "single_switch bandwidth_gbps=10 latency_us=10"
    summary = run(
        "adpsgd bipartite=true", workers=2, network=network, until=f"seconds={100 * 1.16004}", start=Start.together
    )
    assert summary.communicate_fraction == pytest.approx(0.5 * 0.16004 / 1.16004, rel=1e-6)
    assert summary.wait_fraction == 0.0
    assert summary.gradients == 100 + 116


@pytest.mark.parametrize(("topology", "workers"), [("ring", 5), ("complete", 4)])
def test_a_topology_without_two_sides_is_refused(topology, workers):
    with pytest.raises(ValueError, match=r"^protocol\.bipartite: the topology has no two sides: ranks \d and \d are"):
        cluster_of("adpsgd bipartite=true", workers=workers, topology=topology)


def test_a_worker_alone_is_nobodys_peer():
    summary = run("adpsgd bipartite=true", "updates=5", workers=1)
    assert (summary.updates, summary.bytes_sent) == (5, 0.0)


def test_thousands_of_workers_draw_each_other_without_a_graph_of_all_pairs():
    # 4000 * 3999 / 2 edges would be more than a communication graph may have.
    for topology in ("complete", "random_matching"):
        cluster = cluster_of("adpsgd", workers=4000, problem="none", topology=topology)
        assert [*cluster.workers[1].peers._neighbours][:3] == [0, 2, 3]
