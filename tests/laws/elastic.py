"""Workers with different models in a bowl without noise: springs and gradients are all that moves them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from on_the_clock import CLOCK
from scattered import finished, scattered

from sim.cluster.cluster import Cluster
from sim.results.result import Result

ETA, H, DIM, UPDATES = 0.1, 0.7, 7, 30


def bowl(
    protocol: Any, workers: int, eta: float = ETA, curvature: float = H, updates: int = UPDATES, **words: Any
) -> tuple[NDArray[np.float64], Cluster, Result]:
    """The models that they begin with, the cluster when it has run, and the result; the centre begins at 1."""
    models = np.random.default_rng(0).normal(size=(workers, DIM))
    common = CLOCK | {
        "problem": f"quadratic dim={DIM} curvature={curvature} noise=0 start=1",
        "optimizer": f"sgd lr={eta}",
        "until": f"updates={updates} diverged_factor=None",  # unstable on purpose
    }
    cluster = scattered(models, protocol, **common | words)
    return models, cluster, finished(cluster)
