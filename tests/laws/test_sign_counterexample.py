"""Signs alone may never learn, and error feedback mends them (Karimireddy et al. 2019, section 3)."""

import numpy as np
import pytest
from experiments import EVERY_UPDATE, simulated

from kernels.contract import EVALUATE, GRADIENT
from kernels.jit import kernel
from sim.problems import Problem, Samples
from sim.problems.task import Task

EPSILON = 0.5


@kernel(GRADIENT["float64"])
def counterexample_gradient(x, out, index, key, inputs, targets, layout, settings, scratch, ahead):
    """a (a . x), a = inputs[index[0]]."""
    a = inputs[index[0]]
    slope = a[0] * x[0] + a[1] * x[1]
    out[0], out[1] = slope * a[0], slope * a[1]


@kernel(EVALUATE["float64"])
def counterexample_evaluate(x, inputs, targets, layout, settings, scratch, measures):
    """Mean of (a . x)^2 / 2."""
    measures[0] = measures[1] = 0.0
    for i in range(inputs.shape[0]):
        measures[0] += (inputs[i, 0] * x[0] + inputs[i, 1] * x[1]) ** 2 / (2 * inputs.shape[0])


class Counterexample(Problem):
    """Least squares over a = +-(1, -1) + epsilon (1, 1), one sample at a time (their Counterexample 3)."""

    itemsize = 8
    tensors = [2]  # noqa: RUF012
    flops_per_sample = 100.0
    samples = 2

    def task(self, generator):
        data = Samples(np.array([[1 + EPSILON, EPSILON - 1], [EPSILON - 1, 1 + EPSILON]]), np.array([0.0, 1.0]))
        return Task(
            initial=np.array([1.0, 1.0]),
            train=data,
            test=data,
            gradient=counterexample_gradient,
            evaluate=counterexample_evaluate,
            layout=np.array([2]),
            settings=np.empty(0),
            scratch_size=lambda batch: 0,
        )


def counterexample(compression):
    return simulated(
        "allreduce",
        workers=1,
        batch=1,
        problem=Counterexample(),
        compression=compression,
        optimizer="sgd lr=0.05",
        until="updates=2000",
        record=EVERY_UPDATE,
    )


@pytest.mark.slow
def test_signs_alone_never_leave_a_line_that_misses_the_optimum():
    # Every gradient is along (1 + eps, eps - 1) or (eps - 1, 1 + eps): its signs are opposite, so x_1 + x_2 stays 2,
    # and on that line (a . x)^2 / 2 is in the mean at least (2 epsilon)^2 / 2 = 0.5.
    result = counterexample("sign_sgd")
    np.testing.assert_allclose(result.trajectory.x.sum(axis=1), 2.0, rtol=0, atol=1e-9)
    assert min(row.train_loss for row in result.metrics) > 0.5 - 1e-9


def test_error_feedback_mends_the_signs():
    assert counterexample("sign_sgd mode=error_feedback").metrics[-1].train_loss < 1e-6
