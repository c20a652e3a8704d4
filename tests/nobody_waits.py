"""Nobody is left waiting, whatever the others do."""

from __future__ import annotations

import numpy as np

from sim.cluster.cluster import Cluster


def assert_nobody_waits_for_ever(cluster: Cluster) -> None:
    """Run a cluster: it comes to its end, and every worker takes its share of the steps."""
    cluster.run()
    assert cluster.world.recorder.status == "completed"
    steps = [worker._step for worker in cluster.workers]
    assert min(steps) > 0.1 * np.mean(steps) or np.mean(steps) < 10
