"""AD-PSGD (Lian et al. 2018): averaging in pairs beside the gradients, which no step waits for."""

from collections import Counter

import numpy as np
import pytest
from experiments import cluster_of, simulated
from hypothesis import given, settings
from hypothesis import strategies as st
from on_the_clock import CLOCK
from scattered import NOTHING, mixing, scattered

from sim.connections.pairs.meetings import Meetings
from sim.protocols.adpsgd import ADPSGD
from sim.start import Start

#: Steps after which the workers of `to_the_end` stop.
STEPS = 15


def to_the_end(workers, topology, network, seed, nbytes, bipartite=False):
    """Every worker takes STEPS steps without learning, and all messages arrive; the first models and the last.

    An ideal or a fast network is done with an averaging within a step.
    """

    class Finite(ADPSGD):
        def worker(self, me):
            for _ in range(STEPS):
                g = yield me.gradient(me.x)
                if me.peers.may_average:
                    me.peers.average(me.peers.draw())
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
        until="updates=10000000",
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
    if nbytes <= 1e6 and "latency" not in network:  # else there is time for few averagings
        assert ((last - last.mean(axis=0)) ** 2).sum() < 0.2 * ((first - first.mean(axis=0)) ** 2).sum()


@settings(max_examples=10, deadline=None)
@given(st.sampled_from(["ring", "star", "hypercube"]), NETWORKS, st.integers(0, 2**32))
def test_of_a_bipartite_topology_one_side_is_enough(topology, network, seed):
    first, last = to_the_end(8, topology, network, seed, 1e6, bipartite=True)
    np.testing.assert_allclose(last.sum(axis=0), first.sum(axis=0), rtol=0, atol=1e-12)
    if "latency" not in network:  # as above
        assert ((last - last.mean(axis=0)) ** 2).sum() < 0.2 * ((first - first.mean(axis=0)) ** 2).sum()


@pytest.mark.slow
@pytest.mark.parametrize("topology", ["ring", "star", "complete"])
def test_models_come_together_however_slow_the_wire_is(topology):
    # A model takes 8 steps at least, in which its sender may have been moved by others. Sums of squares may grow in an
    # instant, as what has been sent is old; but nothing swings.
    network = "single_switch bandwidth_gbps=0.1"
    fields = {"straggler": "exponential", "workload": "synthetic seconds=1 bytes=1e8", "until": "updates=1000"}
    for seed in range(3):
        _, spread = mixing("adpsgd", 8, seed, topology=topology, network=network, **fields)
        assert spread.max() < 1.5 * spread[0]
        assert spread[-1] < 1e-3 * spread[0]


def test_two_workers_that_ask_each_other_at_the_same_instants_agree():
    fields = {"until": "updates=3", "start": Start.together}
    _, spread = mixing("adpsgd", 2, network="ideal", **fields)
    assert spread[0] > 0.1
    np.testing.assert_allclose(spread[1:], 0.0, rtol=0, atol=1e-30)
    # Where their requests take time, they cross: one averaging, not two that swap the models. It follows on a step.
    network = "single_switch bandwidth_gbps=1 latency_us=10"
    _, spread = mixing("adpsgd", 2, network=network, workload="synthetic seconds=1 bytes=1e7", **fields)
    assert spread[1] == spread[0]
    np.testing.assert_allclose(spread[2:], 0.0, rtol=0, atol=1e-30)


@pytest.mark.slow
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


def test_no_step_waits_on_any_network():
    # Whenever models meet, steps are those of workers who are alone.
    alone = run("local", straggler="exponential", workers=6).virtual_seconds
    for network in ("ideal", "single_switch", "single_switch bandwidth_gbps=0.01"):
        for protocol in ("adpsgd", "adpsgd bipartite=true"):
            summary = run(protocol, straggler="exponential", workers=6, network=network, start=Start.together)
            assert summary.compute_fraction == 1.0
            # The last worker's last step ends `local`; adpsgd ends with the 20 * 6th step, whoever takes it.
            assert 0.5 * alone < summary.virtual_seconds <= alone


@pytest.mark.parametrize("bipartite", ["false", "true"])
def test_a_step_takes_the_compute_time_and_every_card_is_busy(bipartite):
    # A model takes four steps. Each worker waits for an averaging that it has asked for nearly all the time, and its
    # card carries one of 1.6 models in 1.6 s in each direction where nothing collides.
    result = simulated(
        f"adpsgd bipartite={bipartite}",
        workers=16,
        problem="none",
        workload="synthetic seconds=0.2 bytes=1e8",
        network="single_switch bandwidth_gbps=1",
        until="updates=300",
        start=Start.together,
    )
    summary = result.summary
    assert summary.virtual_seconds == pytest.approx(300 * 0.2)
    assert (summary.compute_fraction, summary.gradients) == (1.0, 300 * 16)
    assert len(result.links) == 32
    assert min(link.utilisation for link in result.links) > 0.6


def test_an_averaging_is_a_model_each_way_and_the_wire_decides_how_many_there_are():
    # Two workers ask each other at the end of the same steps of 1 s. An averaging takes a request, a grant and a word
    # before the second model sets out, and that model: 4 * 20 us + 2.5 s, so that one begins at every third step.
    network = "single_switch bandwidth_gbps=1 latency_us=10"
    fields = {
        "workload": "synthetic seconds=1 bytes=312.5e6",
        "network": network,
        "until": "seconds=300.5",
        "start": Start.together,
    }
    summary = run(workers=2, **fields)
    assert summary.averagings_per_step == pytest.approx(100 / (2 * 300))
    assert summary.bytes_sent == 100 * 2 * 312.5e6


def test_there_is_one_averaging_per_step_where_the_wire_is_fast():
    summary = run(workers=5)
    assert summary.averagings_per_step == 1.0
    assert summary.bytes_sent == 2 * 1e8 * 5 * 20


def test_protocols_without_pairs_have_no_averagings():
    assert run("gossip_pull", workers=4).averagings_per_step is None
    assert run("local", workers=4).averagings_per_step is None


@pytest.mark.parametrize(("topology", "workers", "active"), [("ring", 4, 2), ("ring", 6, 3), ("star", 7, 6)])
def test_only_the_larger_side_of_a_bipartite_topology_begins_averagings(topology, workers, active):
    # On the star it is the six others; rank 0 answers.
    summary = run("adpsgd bipartite=true", workers=workers, topology=topology)
    assert summary.averagings_per_step == active / workers
    assert summary.bytes_sent == 2 * 1e8 * active * 20


@pytest.mark.parametrize("topology", ["ring", "star", "complete"])
def test_models_are_under_way_one_at_a_time_between_two_and_two_at_a_time_of_a_worker(topology, monkeypatch):
    # However slow the wire, and wherever requests cross: the meeting that a worker has asked for, and one that it was
    # asked for.
    under_way, most = Counter(), Counter()
    offer, meet = Meetings._send_offer, Meetings._meet

    def offered(side, meeting, peer):
        for who in (side, (side, peer)):
            under_way[who] += 1
            most[type(who)] = max(most[type(who)], under_way[who])
        offer(side, meeting, peer)

    def met(side, meeting, x):
        peer = meeting.active if meeting.passive is side else meeting.passive
        under_way[peer] -= 1
        under_way[peer, side] -= 1
        meet(side, meeting, x)

    monkeypatch.setattr(Meetings, "_send_offer", offered)
    monkeypatch.setattr(Meetings, "_meet", met)
    for seed in range(5):
        under_way.clear()
        to_the_end(6, topology, "single_switch bandwidth_gbps=0.1", seed, 1e8)
        assert not any(under_way.values())
    assert (most[Meetings], most[tuple]) == (2, 1)


def test_nobody_stands_in_two_lines(monkeypatch):
    # 800 steps pass while a model travels: a worker whose turn does not come asks somebody else at every step.
    longest, be_asked = [], Meetings._be_asked

    def asked(side, meeting):
        be_asked(side, meeting)
        longest.append(len(side._asking))
        assert len({meeting.active for meeting in side._asking}) == len(side._asking)

    monkeypatch.setattr(Meetings, "_be_asked", asked)
    workload, network = "synthetic seconds=0.01 bytes=1e6", "single_switch bandwidth_gbps=0.001"
    run(
        workers=6, topology="complete", straggler="exponential", workload=workload, network=network, until="updates=900"
    )
    assert 1 <= max(longest) <= 5


def test_leaves_whose_request_crosses_that_of_the_hub_ask_again(monkeypatch):
    # Rank 0 is the hub and the lower rank: of each pair of crossing requests its own counts. The leaves, who can ask
    # nobody else, are heard all the same.
    begun, begin = Counter(), Meetings._begin

    def note(side, meeting):
        begun[meeting.active._worker.rank] += meeting is side._own
        begin(side, meeting)

    monkeypatch.setattr(Meetings, "_begin", note)
    workload, network = "synthetic seconds=1 bytes=1e6", "single_switch bandwidth_gbps=1 latency_us=1e5"
    run(workers=6, topology="star", straggler="lognormal", workload=workload, network=network, until="updates=200")
    assert min(begun[leaf] for leaf in range(1, 6)) > 0.5 * begun[0] > 0


def test_who_averages_already_is_told_to_ask_first():
    peers = cluster_of("adpsgd", workers=1, problem="none").workers[0].peers
    with pytest.raises(RuntimeError, match=r"^me\.peers\.average: .* ask me\.peers\.may_average"):
        peers.average(0)


@pytest.mark.parametrize(("topology", "workers"), [("ring", 5), ("complete", 4)])
def test_a_topology_without_two_sides_is_refused(topology, workers):
    with pytest.raises(ValueError, match=r"^protocol\.bipartite: the topology has no two sides: ranks \d and \d are"):
        cluster_of("adpsgd bipartite=true", workers=workers, topology=topology)


def test_a_worker_alone_is_nobodys_peer():
    summary = run("adpsgd bipartite=true", "updates=5", workers=1)
    assert (summary.updates, summary.bytes_sent) == (5, 0.0)


@pytest.mark.slow
def test_thousands_of_workers_draw_each_other_without_a_graph_of_all_pairs():
    # 4000 * 3999 / 2 edges would be more than a communication graph may have.
    for topology in ("complete", "random_matching"):
        cluster = cluster_of("adpsgd", workers=4000, problem="none", topology=topology)
        assert [*cluster.workers[1].peers._neighbours][:3] == [0, 2, 3]
