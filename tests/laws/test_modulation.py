"""Rudra's modulation of the learning rate at a parameter server, against twins that keep every version."""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
import pytest
from experiments import EVERY_UPDATE, names, simulated
from on_the_clock import CLOCK

from sim.connections.server.modulation import Modulation
from sim.connections.server.push import collected
from sim.protocols.families.served import ServerProtocol


@dataclass
class Pairs(ServerProtocol):
    """An update of every two pushes, whoever they come from."""

    def server(self, me):
        while True:
            pushes = yield from collected(2)
            me.apply(pushes)
            for push in pushes:
                me.reply(push)


def run(protocol, workers, **fields):
    """Deterministic workers without a network's delays: they push in the order in which they were answered."""
    common = CLOCK | {
        "problem": "quadratic dim=1 curvature=0.2 noise=0",
        "optimizer": "sgd lr=1",
        "until": "updates=40",
        "record": EVERY_UPDATE,
    }
    return simulated(protocol, workers=workers, **common | fields)


def twin(rule, workers, together, lr, momentum=0.0, updates=40):
    """x_0 ... of the same loop with h = 0.2 from 1, by the papers' formulas."""
    xs, v, read, queue = [1.0], 0.0, [0] * workers, deque(range(workers))
    for version in range(updates):
        pushed = [queue.popleft() for _ in range(together)]
        staleness = [version - read[rank] for rank in pushed]
        gradients = [0.2 * xs[read[rank]] for rank in pushed]
        if rule is Modulation.per_gradient:
            gradients = [g / max(1, tau) for g, tau in zip(gradients, staleness, strict=True)]
        v = momentum * v + sum(gradients) / together
        expected = max(1.0, workers / together) if rule is Modulation.mean_staleness else 1.0
        xs.append(xs[-1] - lr / expected * v)
        for rank in sorted(pushed):
            read[rank] = version + 1
            queue.append(rank)
    return np.array(xs)


@pytest.mark.parametrize("rule", list(Modulation))
@pytest.mark.parametrize("together", [1, 2])
@pytest.mark.parametrize("workers", [2, 5, 7])
def test_updates_are_those_of_the_papers(rule, together, workers):
    protocol = f"async_ps modulation={rule.name}" if together == 1 else Pairs(modulation=rule)
    found = run(protocol, workers).trajectory.x[:, 0]
    np.testing.assert_allclose(found, twin(rule, workers, together, 1.0), rtol=0, atol=1e-14)


@pytest.mark.parametrize("rule", list(Modulation))
def test_the_velocity_of_momentum_adds_up_weighted_gradients_and_the_rate_stands_outside(rule):
    found = run(f"async_ps modulation={rule.name}", 5, optimizer="momentum lr=0.3 momentum=0.8").trajectory.x[:, 0]
    np.testing.assert_allclose(found, twin(rule, 5, 1, 0.3, momentum=0.8), rtol=0, atol=1e-14)


@pytest.mark.slow
@pytest.mark.parametrize("rule", list(Modulation))
@pytest.mark.parametrize(
    "protocol",
    [
        "hardsync",
        "backup_sync backups=2",
        "backup_sync backups=2 late=finish",
        "k_sync k=2",
        "k_batch_sync k=2",
        "rennala k=2",
    ],
)
def test_without_staleness_nothing_is_modulated(protocol, rule):
    fields = {"problem": "digits_mlp hidden=[9]", "batch": 4, "optimizer": "momentum lr=0.05"}
    plain, modulated = (
        run(each, 5, straggler="exponential", **fields) for each in (protocol, f"{protocol} modulation={rule.name}")
    )
    assert plain.summary.max_staleness == 0
    np.testing.assert_array_equal(modulated.trajectory.x, plain.trajectory.x)
    assert {metric.learning_rate for metric in modulated.metrics} == {0.05}


@pytest.mark.parametrize("rule", list(Modulation))
@pytest.mark.parametrize("optimizer", names("optimizer"))
def test_shards_that_are_served_together_modulate_as_one_server(rule, optimizer):
    fields = {"problem": "digits_mlp hidden=[9]", "straggler": "exponential", "optimizer": optimizer}
    one = run(f"async_ps modulation={rule.name}", 5, **fields)
    many = run(f"async_ps modulation={rule.name}", 5, server="shards=3", **fields)
    np.testing.assert_array_equal(many.trajectory.x, one.trajectory.x)


def test_the_reported_learning_rate_is_divided_by_the_expected_staleness():
    def reported(protocol):
        return {metric.learning_rate for metric in run(protocol, 6, optimizer="sgd lr=0.3").metrics}

    assert reported("async_ps modulation=mean_staleness") == {0.3 * (1 / 6)}
    assert reported(Pairs(modulation=Modulation.mean_staleness)) == {0.3 * (2 / 6)}
    assert reported("hardsync modulation=mean_staleness") == {0.3}
    assert reported("async_ps modulation=per_gradient") == {0.3}


@pytest.mark.parametrize("workers", [15, 30])
def test_a_rate_that_synchronous_sgd_bears_diverges_when_gradients_are_stale(workers):
    # Stable iff a < 2 sin(pi / (2 (2 tau + 1))) with tau = lambda - 1: 0.108 for 15 workers, 0.0532 for 30. a = 0.2.
    assert 2 * math.sin(math.pi / (2 * (2 * (workers - 1) + 1))) < 0.2
    x = run("async_ps", workers, until=f"updates={100 * workers}").trajectory.x[:, 0]
    assert abs(x[-1]) > 10


def slowest_root(a, tau):
    """The characteristic polynomial z^(tau + 1) - z^tau + a of x_{t+1} = x_t - a x_{t-tau}: its largest root."""
    return abs(np.roots([1.0, -1.0, *[0.0] * (tau - 1), a])).max()


@pytest.mark.parametrize("rule", [Modulation.mean_staleness, Modulation.per_gradient])
@pytest.mark.parametrize("workers", [5, 15, 30])
def test_modulated_curves_of_any_number_of_workers_collapse(rule, workers):
    # Once the first round is over every gradient is tau = lambda - 1 versions old, and the loop is x_{t+1} = x_t - a' x
    # with a' = 0.2 / lambda or 0.2 / tau: below the fastest rate of delay tau, so that one real root decides.
    tau = workers - 1
    x = run(f"async_ps modulation={rule.name}", workers, until=f"updates={20 * workers}").trajectory.x[:, 0]
    a = 0.2 / (workers if rule is Modulation.mean_staleness else tau)
    a_round = x[-1] / x[-1 - workers]
    assert a_round == pytest.approx(slowest_root(a, tau) ** workers, rel=1e-6)
    # Of synchronous SGD it is 1 - 0.2 = 0.8 per round; a delay speeds up, lambda / tau does so for few workers.
    assert 0.7 < a_round < 0.8


def test_per_gradient_weights_are_none_where_the_mean_says_the_same():
    assert Modulation.per_gradient.weights([0, 1, 1]) is None
    assert Modulation.per_gradient.weights([0, 2, 4, 1]) == [0.25, 0.125, 0.0625, 0.25]
    assert Modulation.none.weights([5]) is None
