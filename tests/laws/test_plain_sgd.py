"""With one worker every stochastic protocol is plain SGD, bit for bit."""

import numpy as np
import pytest
from options import options_of

from kernels.hashing import mix
from kernels.sampling import draw
from sim.experiment import Experiment
from sim.optimizers.momentum import Momentum
from sim.optimizers.sgd import SGD
from sim.partitions.sharded import Sharded
from sim.partitions.shared import Shared
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.quadratic import Quadratic
from sim.protocols import Protocol
from sim.record import Record
from sim.simulate import simulate
from sim.stragglers.exponential import Exponential
from sim.streams import key, stream
from sim.until import Until

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
            shards = experiment.partition.deal(task.train.targets, 1, stream(experiment.seed, "partition"))
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


PROTOCOLS = [option for option in options_of("sim.protocols", Protocol) if option.stochastic]


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda option: option.__name__)
@pytest.mark.parametrize("optimizer", [SGD(0.1), Momentum(0.05)], ids=["sgd", "momentum"])
@pytest.mark.parametrize(
    ("problem", "partition"),
    [(DigitsMLP(), Shared()), (DigitsMLP(l2=1e-3), Sharded()), (Quadratic(), Shared())],
    ids=["digits", "digits-epochs", "quadratic"],
)
def test_one_worker_is_plain_sgd_bit_for_bit(protocol, optimizer, problem, partition):
    experiment = Experiment(
        workers=1,
        batch=20,
        seed=3,
        protocol=protocol(),
        optimizer=optimizer,
        problem=problem,
        partition=partition,
        straggler=Exponential(),
        until=Until(updates=UPDATES),
        record=Record(every_updates=1, trajectory=True),
    )
    models = simulate(experiment).trajectory.x
    np.testing.assert_array_equal(models, plain_sgd(experiment))
