"""Optimizers on a quadratic without noise, step by step against their definitions; they are found by themselves."""

import math

import numpy as np
import pytest
from options import options_of

from sim.experiment import Experiment
from sim.optimizers import Optimizer
from sim.optimizers.adagrad import Adagrad
from sim.optimizers.adam import Adam
from sim.optimizers.momentum import Momentum
from sim.optimizers.nesterov import Nesterov
from sim.optimizers.sgd import SGD
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.quadratic import Quadratic
from sim.protocols.allreduce import AllReduce
from sim.protocols.hardsync import HardSync
from sim.record import Record
from sim.server import Server
from sim.simulate import simulate
from sim.until import Until
from topologies.field_error import FieldError

STEPS = 12


def models(optimizer, **fields):
    common = {"workers": 1, "protocol": HardSync(), "problem": Quadratic(dim=1, curvature=0.5, noise=0.0, start=2.0)}
    experiment = Experiment(
        optimizer=optimizer,
        until=Until(updates=STEPS),
        record=Record(every_updates=1, trajectory=True),
        **common | fields,
    )
    return simulate(experiment).trajectory.x


def scalar(update):
    """x_0 ... x_12 of a scalar rule ``update(x, g, t) -> x`` on f(x) = x^2 / 4 from 2."""
    xs = [2.0]
    for t in range(1, STEPS + 1):
        xs.append(update(xs[-1], 0.5 * xs[-1], t))
    return np.array(xs)


def momentum_rule(lr, keep, nesterov):
    state = {"v": 0.0}

    def update(x, g, t):
        state["v"] = keep * state["v"] + g
        return x - lr * (g + keep * state["v"] if nesterov else state["v"])

    return update


def adagrad_rule(lr, epsilon):
    state = {"s": 0.0}

    def update(x, g, t):
        state["s"] += g * g
        return x - lr * g / (math.sqrt(state["s"]) + epsilon)

    return update


def adam_rule(lr, b1, b2, epsilon, decay):
    state = {"m": 0.0, "v": 0.0}

    def update(x, g, t):
        state["m"] = b1 * state["m"] + (1 - b1) * g
        state["v"] = b2 * state["v"] + (1 - b2) * g * g
        m, v = state["m"] / (1 - b1**t), state["v"] / (1 - b2**t)
        return x - lr * decay * x - lr * m / (math.sqrt(v) + epsilon)

    return update


@pytest.mark.parametrize(
    ("optimizer", "rule"),
    [
        (SGD(0.3), lambda x, g, t: x - 0.3 * g),
        (Momentum(0.3, 0.8), momentum_rule(0.3, 0.8, nesterov=False)),
        (Nesterov(0.3, 0.8), momentum_rule(0.3, 0.8, nesterov=True)),
        (Adagrad(0.3, 1e-3), adagrad_rule(0.3, 1e-3)),
        (Adam(0.1, 0.8, 0.95, 1e-6, 0.05), adam_rule(0.1, 0.8, 0.95, 1e-6, 0.05)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_optimizer_follows_its_definition(optimizer, rule):
    np.testing.assert_allclose(models(optimizer)[:, 0], scalar(rule), rtol=1e-13)


@pytest.mark.parametrize("option", options_of("sim.optimizers", Optimizer), ids=lambda option: option.__name__)
@pytest.mark.parametrize("server", [Server(), Server(shards=3)], ids=["whole", "sharded"])
def test_an_optimizer_learns_the_same_bits_at_a_server_in_shards_and_on_replicas(option, server):
    fields = {"workers": 3, "problem": DigitsMLP(hidden=[9]), "batch": 8}
    at_server = models(option(), server=server, **fields)
    on_replicas = models(option(), protocol=AllReduce(), **fields)
    np.testing.assert_array_equal(at_server, on_replicas)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SGD(0.0), "lr: must be above 0, got 0.0"),
        (lambda: Momentum(momentum=1.5), "momentum: must be at least 0 and at most 1, got 1.5"),
        (lambda: Adam(beta1=1.0), "beta1: must be at least 0 and below 1, got 1.0"),
        (lambda: Adam(epsilon=0.0), "epsilon: must be above 0, got 0.0"),
        (lambda: Adagrad(epsilon=-1.0), "epsilon: must be above 0, got -1.0"),
    ],
)
def test_a_coefficient_out_of_range_is_refused(make, message):
    with pytest.raises(FieldError, match=f"^{message}$"):
        make()
