"""A problem without data: gradients over nothing that could be drawn."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numba.core.config import DISABLE_JIT

from kernels.contract import EVALUATE, GRADIENT
from kernels.jit import kernel
from sim.experiment import Experiment
from sim.optimizers.sgd import SGD
from sim.problems import Problem, Samples
from sim.problems.task import Task
from sim.protocols.hardsync import HardSync
from sim.simulate import simulate
from sim.until import Until


@kernel(GRADIENT["float64"])
def bowl_gradient(x, out, index, key, inputs, targets, layout, settings, scratch, ahead):
    """The model itself."""
    for i in range(layout[0]):
        out[i] = x[i]


@kernel(EVALUATE["float64"])
def bowl_evaluate(x, inputs, targets, layout, settings, scratch, measures):
    """|x|^2 / 2."""
    measures[0], measures[1] = 0.0, np.nan
    for i in range(layout[0]):
        measures[0] += x[i] * x[i] / 2


@dataclass
class Bowl(Problem):
    """f(x) = |x|^2 / 2 with an exact gradient, so that those of mini-batches add up: to the same again."""

    tensors = [3]  # noqa: RUF012
    flops_per_sample = 6.0
    samples = None
    itemsize = 8

    def task(self, generator):
        nothing = Samples(np.empty((0, 1)), np.empty(0))
        return Task(
            initial=np.ones(3),
            train=nothing,
            test=nothing,
            gradient=bowl_gradient,
            evaluate=bowl_evaluate,
            layout=np.array([3]),
            settings=np.empty(0),
            scratch_size=lambda batch: 0,
        )


def final_loss():
    experiment = Experiment(
        workers=6, batch=4, protocol=HardSync(), problem=Bowl(), optimizer=SGD(0.25), until=Until(updates=8)
    )
    return simulate(experiment).metrics[-1].train_loss


@pytest.mark.parametrize("cores", [2, 3])  # one of them is SimPy's
def test_it_is_learned_from_unions_of_mini_batches_too(cores, monkeypatch):
    # x_n = (1 - 0.25)^n exactly, but for rounding.
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: range(cores))
    assert final_loss() == pytest.approx(1.5 * 0.75**16, rel=1e-12)


@pytest.mark.slow
@pytest.mark.skipif(DISABLE_JIT, reason="is what it says without")
def test_it_is_learned_uncompiled_too():
    here = Path(__file__).parent
    printed = subprocess.run(
        [sys.executable, "-c", f"import {Path(__file__).stem} as here; print(here.final_loss())"],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(here), str(here.parents[1])]),
            "NUMBA_DISABLE_JIT": "1",
        },
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert float(printed) == final_loss()
