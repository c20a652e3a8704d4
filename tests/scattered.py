"""Clusters whose workers begin with different models and learn nothing: what is left is the averaging alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from experiments import EVERY_UPDATE, cluster_of
from numpy.typing import NDArray

from sim.cluster.cluster import Cluster
from sim.cluster.outcome import outcome_of
from sim.results.result import Result
from sim.results.summarise import summarise

#: x - lr g is x, bit for bit.
NOTHING = "sgd lr=1e-300"


def scattered(models: NDArray[np.float64], protocol: Any, seed: int = 0, **words: Any) -> Cluster:
    """A cluster of as many workers as models, each with its own."""
    cluster = cluster_of(protocol, seed, workers=len(models), **words)
    for worker, x in zip(cluster.workers, models, strict=True):
        worker._x = cluster.tape._new()
        cluster.tape._player.value(worker._x.slot)[:] = x
    return cluster


def finished(cluster: Cluster) -> Result:
    """Let a cluster run to its end."""
    cluster.run()
    return summarise(outcome_of(cluster), wall_seconds=0.0)


def mixing(protocol: Any, workers: int, seed: int = 0, **words: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Run from standard normal models: the mean model ``[updates + 1, 3]``, and V = sum |x_i - mean|^2."""
    models = np.random.default_rng(seed).normal(size=(workers, 3))
    without_learning = {"problem": "quadratic dim=3 noise=0", "optimizer": NOTHING, "record": EVERY_UPDATE}
    result = finished(scattered(models, protocol, seed, **without_learning | words))
    distance = np.array([metric.consensus_distance for metric in result.metrics])
    return result.trajectory.x, workers * distance**2
