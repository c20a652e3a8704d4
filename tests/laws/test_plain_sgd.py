"""With one worker every stochastic protocol is plain SGD, bit for bit."""

import numpy as np
import pytest
from experiments import EVERY_UPDATE, OPTIONS, experiment

from kernels.hashing import mix
from kernels.sampling import draw
from sim.optimizers.momentum import Momentum
from sim.simulate import simulate
from sim.streams import key, stream

UPDATES = 25


def plain_sgd(experiment):
    """The models x_0 ... x_25 of a loop that knows nothing of workers, tapes or clocks."""
    task = experiment.problem.task(stream(experiment.seed, "initial"))
    real = task.initial.dtype.type
    batches = key(experiment.seed, "batch")
    x, velocity = task.initial.copy(), None
    g, scratch = np.zeros_like(x), np.zeros(task.scratch_size(experiment.batch), real)
    index = np.zeros(experiment.batch, np.int64)
    models = [x]
    for step in range(UPDATES):
        if experiment.problem.samples is not None:
            shards = experiment.partition.shards(task.train.targets, 1, stream(experiment.seed, "partition"))
            replacement = experiment.partition.replacement
            draw(index, batches, 0, step, shards.order, shards.start[0], shards.stop[0], replacement)
        noise = mix(mix(batches, np.uint64(0)), np.uint64(step))
        task.gradient(x, g, index, noise, *task.train, task.layout, task.settings, scratch, x)
        if isinstance(experiment.optimizer, Momentum):
            velocity = g.copy() if velocity is None else real(experiment.optimizer.momentum) * velocity + g
            x = x - real(experiment.optimizer.lr) * velocity
        else:
            x = x - real(experiment.optimizer.lr) * g
        models.append(x)
    return np.array(models)


PROTOCOLS = [name for name, protocol in OPTIONS["protocol"].items() if protocol.stochastic]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("optimizer", ["sgd lr=0.1", "momentum lr=0.05"])
@pytest.mark.parametrize(
    ("problem", "partition"),
    [("digits_mlp", "shared"), ("digits_mlp l2=1e-3", "sharded"), ("quadratic", "shared")],
    ids=["digits", "digits-epochs", "quadratic"],
)
def test_one_worker_is_plain_sgd_bit_for_bit(protocol, optimizer, problem, partition):
    alone = experiment(
        protocol,
        workers=1,
        batch=20,
        seed=3,
        optimizer=optimizer,
        problem=problem,
        partition=partition,
        straggler="exponential",
        until=f"updates={UPDATES}",
        record=EVERY_UPDATE,
    )
    np.testing.assert_array_equal(simulate(alone).trajectory.x, plain_sgd(alone))
