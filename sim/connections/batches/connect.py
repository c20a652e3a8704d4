"""A coordinator of distributed batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.cluster.feasibility import check_seconds
from sim.connections.batches.assignments import Assignments
from sim.connections.batches.coordinator import Coordinator
from sim.connections.batches.lbfgs import LBFGS
from sim.optimizers.sgd import SGD
from sim.option_name import option_name

if TYPE_CHECKING:
    from sim.cluster.cluster import Cluster
    from sim.protocols import BatchProtocol


def appoint_coordinator(cluster: Cluster, protocol: BatchProtocol) -> LBFGS:
    """Put a coordinator beside the first shard, and make it known to every worker and shard; returns its steps."""
    experiment = cluster.experiment
    if not isinstance(experiment.optimizer, SGD):
        raise ValueError(
            f"optimizer: {option_name(experiment.optimizer)} has a direction of its own, but "
            f"protocol={option_name(protocol)} takes that of L-BFGS; use optimizer=sgd: its lr is the step length"
        )
    seconds = {
        samples: experiment.workload.gradient_seconds(experiment.problem, experiment.device, samples)
        for samples in set(cluster.portions)
    }
    check_seconds(cluster.experiment, min(seconds.values()))
    lbfgs = LBFGS(protocol.history, cluster.rate, samples=sum(cluster.portions), batch=experiment.batch)
    whole = cluster.workers[0].x
    coordinator = Coordinator(cluster.world, lbfgs, cluster.shards, whole, cluster.portions, seconds)
    for shard in cluster.shards:
        shard.coordinator = coordinator
    for worker in cluster.workers:
        worker.coordinator = Assignments(cluster.world, worker, coordinator)
    coordinator.meet([worker.coordinator for worker in cluster.workers])
    return lbfgs
