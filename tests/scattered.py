"""Clusters whose workers begin with different models and learn nothing: what is left is the averaging alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.cluster.blueprint import Blueprint
from sim.cluster.cluster import Cluster
from sim.experiment import Experiment
from sim.optimizers.sgd import SGD
from sim.problems.quadratic import Quadratic
from sim.record import Record
from sim.results.summarise import summarise

#: x - NOTHING * g is x, bit for bit.
NOTHING = SGD(lr=1e-300)


def scattered(experiment: Experiment, models: NDArray[np.float64], seed: int = 0) -> Cluster:
    """The experiment's cluster with worker r's model set to ``models[r]``."""
    cluster = Cluster(Blueprint(experiment), seed)
    for worker, x in zip(cluster.workers, models, strict=True):
        worker._x = cluster.tape._new()
        cluster.tape._player.value(worker._x.slot)[:] = x
    return cluster


def mixing(experiment: dict, dim: int = 3, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Run from standard normal models: the mean model ``[updates + 1, dim]``, and V = sum |x_i - mean|^2."""
    without_learning = {"problem": Quadratic(dim=dim, noise=0.0), "optimizer": NOTHING}
    record = Record(every_updates=1, trajectory=True)
    whole = Experiment(**without_learning | {"record": record} | experiment)
    models = np.random.default_rng(seed).normal(size=(whole.workers, dim))
    cluster = scattered(whole, models, seed)
    cluster.run()
    result = summarise(cluster, wall_seconds=0.0)
    distance = np.array([metric.consensus_distance for metric in result.metrics])
    return result.trajectory.x, whole.workers * distance**2
