"""Optimizers on a quadratic without noise, step by step against their definitions; they are found by themselves."""

import math

import numpy as np
import pytest
from experiments import names, trajectory

STEPS = 12


def models(optimizer, protocol="hardsync", **fields):
    common = {"workers": 1, "problem": "quadratic dim=1 curvature=0.5 noise=0 start=2", "until": f"updates={STEPS}"}
    return trajectory(protocol, optimizer=optimizer, **common | fields)


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
        ("sgd lr=0.3", lambda x, g, t: x - 0.3 * g),
        ("momentum lr=0.3 momentum=0.8", momentum_rule(0.3, 0.8, nesterov=False)),
        ("nesterov lr=0.3 momentum=0.8", momentum_rule(0.3, 0.8, nesterov=True)),
        ("adagrad lr=0.3 epsilon=1e-3", adagrad_rule(0.3, 1e-3)),
        ("adam lr=0.1 beta1=0.8 beta2=0.95 epsilon=1e-6 weight_decay=0.05", adam_rule(0.1, 0.8, 0.95, 1e-6, 0.05)),
    ],
    ids=lambda value: value.partition(" ")[0] if isinstance(value, str) else "",
)
def test_an_optimizer_follows_its_definition(optimizer, rule):
    np.testing.assert_allclose(models(optimizer)[:, 0], scalar(rule), rtol=1e-13)


@pytest.mark.parametrize("optimizer", names("optimizer"))
@pytest.mark.parametrize("shards", [1, 3])
def test_an_optimizer_learns_the_same_bits_at_a_server_in_shards_and_on_replicas(optimizer, shards):
    fields = {"workers": 3, "problem": "digits_mlp hidden=[9]", "batch": 8}
    at_server = models(optimizer, server=f"shards={shards}", **fields)
    on_replicas = models(optimizer, "allreduce", **fields)
    np.testing.assert_array_equal(at_server, on_replicas)
