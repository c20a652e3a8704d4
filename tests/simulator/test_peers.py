"""Whom a worker draws, and how often."""

import numpy as np
import pytest
from experiments import cluster_of

from sim.streams import stream

DRAWS = 3000


def peers(rank, topology, workers=5, seed=0):
    cluster = cluster_of("gossip_push", seed, workers=workers, topology=topology, problem="none")
    return cluster.workers[rank].peers


@pytest.mark.parametrize(
    ("topology", "rank", "neighbours"),
    [
        ("complete", 2, [0, 1, 3, 4]),
        ("ring", 0, [1, 4]),
        ("star", 3, [0]),
    ],
)
def test_every_neighbour_is_as_likely_and_nobody_else_is_drawn(topology, rank, neighbours):
    # Standard deviation of a count sqrt(DRAWS q (1 - q)), q = 1 / neighbours: at most 27.4 for two; four of them.
    side = peers(rank, topology)
    counts = np.bincount([side.draw() for _ in range(DRAWS)], minlength=5)
    assert np.flatnonzero(counts).tolist() == neighbours
    assert abs(counts[neighbours] - DRAWS / len(neighbours)).max() <= 4 * 27.4


def test_a_workers_draws_are_its_own_stream():
    side, generator = peers(1, "complete", seed=7), stream(7, "peers", 1)
    drawn = [side.draw() for _ in range(20)]
    assert drawn == [[0, 2, 3, 4][generator.integers(4)] for _ in range(20)]


def test_a_worker_alone_never_gossips_and_is_not_active():
    side = peers(0, "complete", workers=1)
    assert not side.chance(1.0)
    assert not side.may_average


def test_chances_of_one_and_nothing_are_certain():
    side = peers(0, "complete")
    assert all(side.chance(1.0) for _ in range(100))
    assert not any(side.chance(0.0) for _ in range(100))
