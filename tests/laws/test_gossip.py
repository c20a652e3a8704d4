"""Gossiping SGD (Jin et al. 2016): how fast models come together, and what that costs."""

from itertools import product

import numpy as np
import pytest
from experiments import EVERY_UPDATE, simulated
from on_the_clock import CLOCK
from scattered import mixing

from sim.connections.pairs.peers import Peers
from sim.start import Start

ROUNDS, SEEDS = 12, 40


def rounds(protocol, workers, network):
    """V after / V before, and |step of the mean|^2 / V before, of ROUNDS * SEEDS synchronous rounds."""
    contractions, walks = [], []
    for seed in range(SEEDS):
        fields = {"network": network, "workload": "synthetic seconds=1 bytes=0", "until": f"updates={ROUNDS + 1}"}
        fields["start"] = Start.together  # else there are no rounds
        mean, spread = mixing(protocol, workers, seed, topology="complete", **fields)
        # A push sent before the first step is averaged before the second: the first row has no round behind it.
        first = 1 if protocol == "gossip_push" else 0
        before, after, walk = spread[first:-1], spread[first + 1 :], (np.diff(mean, axis=0) ** 2).sum(axis=1)[first:]
        apart = before > 1e-12 * before[0]  # few workers may agree exactly, and then have no ratio
        contractions.append(after[apart] / before[apart])
        walks.append(walk[apart] / before[apart])
    return np.concatenate(contractions), np.concatenate(walks)


def assert_mean(sample, expected):
    """Within four standard errors of the sample's mean."""
    assert abs(sample.mean() - expected) < 4 * sample.std() / np.sqrt(len(sample))


SWITCH = "single_switch latency_us=1"


@pytest.mark.slow
@pytest.mark.parametrize(("p", "network"), [(3, "ideal"), (4, "ideal"), (16, "ideal"), (4, SWITCH)])
def test_a_round_of_uniform_pulls_contracts_by_its_closed_form(p, network):
    # x_i' = (x_i + x_J(i)) / 2 with J(i) uniform on the others: E V' = V times the first number, and the mean is not
    # conserved, E |mean' - mean|^2 = V times the second.
    contraction, walk = rounds("gossip_pull", p, network)
    assert_mean(contraction, 0.5 * (1 - 1 / (p - 1)) - 1 / (4 * p) * (1 - 1 / (p - 1) ** 2))
    assert_mean(walk, 1 / (4 * p * p) * (1 - 1 / (p - 1) ** 2))


@pytest.mark.slow
@pytest.mark.parametrize(("p", "network"), [(3, "ideal"), (4, "ideal"), (5, "ideal"), (4, SWITCH)])
def test_a_round_of_uniform_pushes_contracts_as_all_its_outcomes_do_on_average(p, network):
    # E W^T (I - J) W is the same for every pair of workers, so it is c (I - J) with c = its trace / (p - 1), and E V' =
    # c V. W by counting: row i averages its own model with those of all who drew i; every outcome is as likely.
    centred = np.eye(p) - 1 / p
    traces = []
    for drawn in product(*([j for j in range(p) if j != i] for i in range(p))):
        weights = np.eye(p)
        for sender, receiver in enumerate(drawn):
            weights[receiver, sender] += 1.0
        weights /= weights.sum(axis=1, keepdims=True)
        traces.append(np.trace(weights.T @ centred @ weights))
    contraction, _ = rounds("gossip_push", p, network)
    assert_mean(contraction, np.mean(traces) / (p - 1))


def test_two_workers_that_pull_agree_at_once():
    mean, spread = mixing("gossip_pull", 2, network="ideal", until="updates=2", start=Start.together)
    assert spread[0] > 0.1
    assert spread[1:].tolist() == [0.0, 0.0]  # both have 0.5 a + 0.5 b, and two doubles add up the same either way
    np.testing.assert_allclose(mean[1], mean[0], rtol=0, atol=1e-15)


@pytest.mark.parametrize("protocol", ["gossip_pull", "gossip_push"])
def test_a_topology_says_who_may_be_drawn(protocol):
    # On a ring of 64 a model gets at most one place further per round; from everybody drawn it would be everywhere
    # after some 6 + 2 ln 64 rounds.
    ring, everybody = (
        mixing(protocol, 64, topology=topology, network="ideal", until="updates=20")[1]
        for topology in ("ring", "complete")
    )
    assert everybody[-1] < 1e-3 * everybody[0]
    assert ring[-1] > 1e-2 * ring[0]


def run(protocol, **fields):
    common = CLOCK | {"workload": "synthetic seconds=1 bytes=1e8", "topology": "complete", "until": "updates=20"}
    return simulated(protocol, **common | fields).summary


@pytest.mark.parametrize("protocol", ["gossip_pull", "gossip_push"])
@pytest.mark.parametrize(("period", "times"), [(1, 20), (10, 2), (7, 3)])
def test_a_worker_moves_one_model_per_period(protocol, period, times):
    # Before steps 0, period, 2 period, ... of 20; a pull's request is empty. The last worker's step ends the run: the
    # others have gone on to the next exchange at that instant where one is due.
    summary = run(f"{protocol} period={period}", workers=5)
    early = 4 if 20 % period == 0 else 0
    assert 5 * times <= summary.bytes_sent / 1e8 <= 5 * times + early


@pytest.mark.parametrize("protocol", ["gossip_pull", "gossip_push"])
def test_the_probability_is_the_share_of_steps_with_an_exchange(protocol):
    # 8 * 250 coins: standard deviation sqrt(2000 * 0.3 * 0.7) = 20.5; four of them.
    summary = run(f"{protocol} probability=0.3", workers=8, until="updates=250")
    assert abs(summary.bytes_sent / 1e8 - 600) < 82


def test_a_pull_waits_for_a_round_trip():
    # Two workers ask each other at the same instants: a request of two links of 10 us, a model of 1e8 B back over links
    # of 1.25e9 B/s whose directions do not disturb each other.
    network = "single_switch bandwidth_gbps=10 latency_us=10"
    summary = run("gossip_pull", workers=2, network=network, start=Start.together)
    assert summary.virtual_seconds / 20 == pytest.approx(1.0 + 2 * 20e-6 + 0.08, rel=1e-12)
    assert summary.communicate_fraction == pytest.approx(0.08004 / 1.08004)
    assert summary.wait_fraction == 0.0


def test_a_push_never_waits():
    # A model takes as long as four gradients: the network is swamped, the workers do not care.
    summary = run(
        "gossip_push",
        workers=6,
        workload="synthetic seconds=0.02 bytes=1e8",
        network="single_switch bandwidth_gbps=10",
        straggler="exponential",
        start=Start.together,
    )
    assert (summary.compute_fraction, summary.communicate_fraction, summary.wait_fraction) == (1.0, 0.0, 0.0)


def test_of_pushes_that_are_due_at_a_time_the_newest_is_sent_and_the_wire_is_never_idle():
    # Two workers push to each other, over 20 us and 2.5 s on the wire each: the first at the first instant, every other
    # one when the one before has arrived, though a model is due every second.
    network = "single_switch bandwidth_gbps=1 latency_us=10"
    fields = {"workers": 2, "workload": "synthetic seconds=1 bytes=312.5e6", "network": network}
    result = simulated(
        "gossip_push", **CLOCK | fields | {"topology": "complete", "until": "seconds=100.5", "start": Start.together}
    )
    assert result.summary.bytes_sent == 2 * 312.5e6 * (1 + int(100.5 / 2.50002))
    assert result.summary.compute_fraction == 1.0
    assert all(link.utilisation == pytest.approx(1.0, abs=1e-3) for link in result.links)


def test_what_is_pushed_is_the_newest_model_however_slow_the_wire(monkeypatch):
    # It is one step old when it sets out at most, so that what arrives is no older than the wire and a step make it.
    told, sent = [], Peers._tell

    def tell(side, to, x):
        told.append(x is side._worker.x)
        sent(side, to, x)

    monkeypatch.setattr(Peers, "_tell", tell)
    run("gossip_push", workers=4, straggler="exponential", network="single_switch bandwidth_gbps=0.1")
    # A model is sent before the step that follows it: whenever the worker is at that step's gradient it is its model.
    assert len(told) > 4
    assert all(told)


def test_updates_are_local_steps_per_worker():
    # Asynchronous workers take no common steps: 20 updates are 20 * 6 steps, whoever took them.
    summary = run("gossip_push", workers=6, straggler="exponential", network="single_switch")
    assert (summary.updates, summary.gradients) == (20, 120)


@pytest.mark.parametrize("protocol", ["gossip_pull", "gossip_push"])
def test_who_never_gossips_is_alone(protocol):
    fields = {"workers": 5, "problem": "quadratic dim=4", "until": "updates=20", "record": EVERY_UPDATE}
    fields["start"] = Start.together
    gossip, alone = (simulated(each, **fields) for each in (f"{protocol} probability=0", "local"))
    np.testing.assert_array_equal(gossip.trajectory.x, alone.trajectory.x)
    assert gossip.metrics == alone.metrics
