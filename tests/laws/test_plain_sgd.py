"""With one worker every stochastic protocol is plain SGD, bit for bit."""

from functools import cache

import numpy as np
import pytest
from experiments import OPTIONS, experiment, trajectory

from kernels.hashing import mix
from kernels.sampling import draw
from sim.optimizers.momentum import Momentum
from sim.streams import key, stream

UPDATES = 25


ALONE = {"workers": 1, "batch": 20, "seed": 3}


@cache
def plain_sgd(**words):
    """The models x_0 ... x_25 of a loop that knows nothing of workers, tapes or clocks."""
    alone = experiment(**ALONE, **words)
    task = alone.problem.task(stream(alone.seed, "initial"))
    real = task.initial.dtype.type
    batches = key(alone.seed, "batch")
    x, velocity = task.initial.copy(), None
    g, scratch = np.zeros_like(x), np.zeros(task.scratch_size(alone.batch), real)
    index = np.zeros(alone.batch, np.int64)
    models = [x]
    for step in range(UPDATES):
        if alone.problem.samples is not None:
            shards = alone.partition.deal(task.train.targets, 1, stream(alone.seed, "partition"))
            replacement = alone.partition.replacement
            draw(index, batches, 0, step, shards.order, shards.start[0], shards.stop[0], replacement)
        noise = mix(mix(batches, np.uint64(0)), np.uint64(step))
        task.gradient(x, g, index, noise, *task.train, task.layout, task.settings, scratch, x)
        if isinstance(alone.optimizer, Momentum):
            velocity = g.copy() if velocity is None else real(alone.optimizer.momentum) * velocity + g
            x = x - real(alone.optimizer.lr) * velocity
        else:
            x = x - real(alone.optimizer.lr) * g
        models.append(x)
    return np.array(models)


PROTOCOLS = [name for name, protocol in OPTIONS["protocol"].items() if protocol.stochastic]


@pytest.mark.slow
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("optimizer", ["sgd lr=0.1", "momentum lr=0.05"])
@pytest.mark.parametrize(
    ("problem", "partition"),
    [("digits_mlp", "shared"), ("digits_mlp l2=1e-3", "sharded"), ("quadratic", "shared")],
    ids=["digits", "digits-epochs", "quadratic"],
)
def test_one_worker_is_plain_sgd_bit_for_bit(protocol, optimizer, problem, partition):
    words = {"optimizer": optimizer, "problem": problem, "partition": partition}
    models = trajectory(protocol, straggler="exponential", until=f"updates={UPDATES}", **ALONE, **words)
    np.testing.assert_array_equal(models, plain_sgd(**words))
