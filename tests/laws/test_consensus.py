"""Models that are only mixed come together as fast as the mixing matrices say."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from experiments import simulated, trajectory

from sim.connections.mixing.connect import Mixing
from sim.protocols import Protocol


@dataclass
class OnlyMixing(Protocol):
    """One step along noise, after which the models differ; then nothing but mixing, once per gradient's time."""

    needs = (Mixing,)

    def worker(self, me):
        g = yield me.gradient(me.x)
        me.x = me.update(me.x, g)
        while True:
            me.neighbours.share(me.x)
            yield me.gradient(me.x)
            me.x = yield me.neighbours.mixed()


def distances(topology, workers, rounds, replicas=1):
    """Consensus distance before the first round and after each, ``[replicas, rounds + 1]``."""
    result = simulated(
        OnlyMixing(),
        workers=workers,
        replicas=replicas,
        topology=topology,
        problem=f"quadratic dim=20 noise={math.sqrt(32)}",  # N(0, 1) in every coordinate with mini-batches of 32
        optimizer="sgd lr=1",
        straggler="exponential",
        until=f"updates={rounds + 1}",
        record="every_updates=1",
    )
    found = [row.consensus_distance for row in result.metrics if row.updates > 0]
    return np.array(found).reshape(replicas, rounds + 1)


@pytest.mark.parametrize(
    ("topology", "workers", "factor"),
    [
        ("ring", 4, 1 / 3),
        ("ring", 8, 1 / 3 + 2 / 3 * math.cos(2 * math.pi / 8)),  # 0.80474
        ("torus", 16, 3 / 5),
        ("torus", 64, 3 / 5 + 2 / 5 * math.cos(2 * math.pi / 8)),  # 0.88284
        ("hypercube", 8, 2 / 4),  # (d - 1) / (d + 1)
        ("hypercube", 32, 4 / 6),
        ("star", 6, 5 / 6),
        ("exponential", 6, 2 / 4),  # (t - 1) / (t + 1) with t = ceil(log2 n)
        ("exponential", 8, 2 / 4),
        ("exponential", 12, 3 / 5),
    ],
)
def test_in_the_end_a_round_multiplies_the_distance_by_the_second_eigenvalue(topology, workers, factor):
    # The other eigenvalues are so much smaller that after 20 rounds hardly anything is left of their vectors.
    apart = distances(topology, workers, 30)[0]
    assert (apart[30] / apart[20]) ** 0.1 == pytest.approx(factor, rel=2e-3)
    assert np.all(apart[1:] <= factor * apart[:-1] * (1 + 1e-9) + 1e-14)


@pytest.mark.parametrize("workers", [2, 3, 7])
def test_on_the_complete_graph_one_round_is_enough(workers):
    before, after = distances("complete", workers, 1)[0]
    assert before > 0.5
    assert after < 1e-14


@pytest.mark.parametrize("exponent", [1, 2, 3, 5])
def test_one_peer_rounds_of_a_power_of_two_end_in_the_exact_average(exponent):
    apart = distances("one_peer_exponential", 2**exponent, exponent)[0]
    assert apart[exponent - 1] > 0.1
    assert apart[exponent] < 1e-14


def test_one_peer_rounds_of_six_come_together_by_the_gap_of_a_period():
    # Singular values of the product of three rounds: cos(pi m / 6) / 4, the largest sqrt(3) / 8.
    apart = distances("one_peer_exponential", 6, 18)[0]
    assert apart[18] / apart[15] == pytest.approx(math.sqrt(3) / 8, rel=1e-2)


@pytest.mark.parametrize(("workers", "k", "rounds"), [(6, 1, 4), (5, 1, 5), (24, 1, 6), (7, 2, 4), (9, 2, 2)])
def test_rounds_of_the_base_graph_end_in_the_exact_average_of_any_number(workers, k, rounds):
    # As many as the paper's figures and lengths say (tests/topologies/test_base_graph.py); one-peer rounds of as many
    # workers leave a distance for ever.
    apart = distances(f"base_graph k={k}", workers, rounds)[0]
    assert apart[rounds - 1] > 0.1
    assert apart[rounds] < 1e-14
    assert distances("one_peer_exponential", workers, rounds)[0][rounds] > 1e-5


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "factor"), [(2, 0.0), (8, 3 / 7), (16, 7 / 15), (9, 1 / 2)])
def test_a_random_matching_multiplies_the_squared_distance_by_its_closed_form_on_average(workers, factor):
    # (1 - 1/(n-1)) / 2 of even n whatever the models are, so that every round of every run is a sample, as long as
    # there is something left to bring together; 1/2 of odd n. A sample lies between 0 and 1, with a standard deviation
    # of some 0.2 at the most: the standard error of 400 is 0.01.
    squares = distances("random_matching", workers, 20, replicas=20) ** 2
    before, after = squares[:, :-1], squares[:, 1:]
    shares = (after / np.maximum(before, 1e-300))[before > 1e-16]
    assert len(shares) >= (20 if workers == 2 else 200)
    assert shares.mean() == pytest.approx(factor, abs=0.03)


@pytest.mark.parametrize("topology", ["ring", "exponential", "one_peer_exponential", "random_matching", "base_graph"])
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_mixing_alone_keeps_the_mean(topology, workers):
    fields = {"problem": "quadratic dim=5 noise=10", "until": "updates=6"}
    x = trajectory(OnlyMixing(), workers=workers, topology=topology, **fields)
    assert abs(x[1] - x[0]).max() > 0.01
    np.testing.assert_allclose(x[2:], np.broadcast_to(x[1], x[2:].shape), rtol=0, atol=1e-14)


def test_another_seed_is_other_matchings():
    def apart(seed):
        fields = {"topology": "random_matching", "problem": "quadratic", "until": "updates=6"}
        return [row.consensus_distance for row in simulated(OnlyMixing(), workers=8, seed=seed, **fields).metrics]

    assert apart(0) == apart(0)
    assert apart(0) != apart(1)


def test_a_run_records_the_gap_of_its_topology():
    fields = {"workers": 8, "problem": "quadratic", "until": "updates=2"}
    ring = simulated(OnlyMixing(), topology="ring", **fields).summary
    assert ring.spectral_gap == pytest.approx(1 - 0.80474, abs=5e-6)
    replicas = simulated(OnlyMixing(), topology="one_peer_exponential", replicas=3, **fields).summary
    assert replicas.spectral_gap == pytest.approx(1.0)
    assert "spectral_gap" not in replicas.ci95  # it is no sample of anything
