"""The gradient noise scale of the noisy quadratic in closed form, and what it says of samples to a target."""

import numpy as np
import pytest
from experiments import simulated
from quadratic_gradients import Gradients

from sim.efficiency.noise_scale import Full, Scatter, noise_scale, scatter

#: f = |x|^2 / 2 with gradient noise N(0, 4) / sqrt(batch) in 50 dimensions: tr(Sigma) = 2^2 * 50 = 200, G = x.
PROBLEM, TRACE = "quadratic dim=50 noise=2 start=1", 200.0


def run(protocol="hardsync", **fields):
    common = {
        "workers": 4,
        "batch": 8,
        "problem": PROBLEM,
        "optimizer": "sgd lr=0.05",
        "until": "updates=40",
        "record": "every_updates=1 trajectory=true gradients=true",
    }
    return simulated(protocol, **common | fields)


@pytest.mark.parametrize("workers", [1, 4])
def test_the_noise_scale_of_a_quadratic_is_its_noise_over_its_gradient(workers):
    # Bn = tr(Sigma) / |x|^2. n b |g_a - G|^2 is 4 times chi-squared with 50 degrees of freedom: of 40 updates 2000.
    found = run(workers=workers)
    before = found.trajectory.x[:-1]
    rows = found.metrics[1:]
    np.testing.assert_allclose([row.squared_gradient for row in rows], (before**2).sum(axis=1), rtol=1e-12)
    noise = np.mean([row.noise_scale * row.squared_gradient for row in rows])
    assert noise == pytest.approx(TRACE, rel=4 * np.sqrt(2 / 2000))


def test_every_noise_scale_equals_its_twin():
    # Of four gradients of eight samples at one point: 4 * 8 |g_a - x|^2 / |x|^2, from the gradients themselves.
    found = run()
    gradients = Gradients(PROBLEM, 0, 8)
    for step, (x, row) in enumerate(zip(found.trajectory.x, found.metrics[1:], strict=False)):
        mean = np.mean([gradients(rank, step, x) for rank in range(4)], axis=0)
        assert row.noise_scale == pytest.approx(32 * ((mean - x) ** 2).sum() / (x @ x), rel=1e-9)


def test_over_a_run_it_is_the_mean_over_steps_without_noise():
    # Bc = sum_t Bn_t w_t / sum_t w_t with w_t = 1 / (1 + Bn_t / 32), here with the trace that is known.
    found = run(until="updates=60")
    scale = TRACE / (found.trajectory.x[:-1] ** 2).sum(axis=1)
    weight = 1.0 / (1.0 + scale / 32)
    # The trace is measured at 60 updates: a relative sd of sqrt(2 / 3000), and of its mean over five of sqrt(2 / 250).
    assert found.summary.noise_scale == pytest.approx((scale @ weight) / weight.sum(), rel=4 * np.sqrt(2 / 3000) + 0.01)


def test_few_evaluations_say_nearly_the_same_as_all():
    every = run(until="updates=100").summary.noise_scale
    some = run(until="updates=100", record="every_updates=4 gradients=true").summary.noise_scale
    # 25 traces instead of 100: a relative sd of sqrt(2 / 1250).
    assert some == pytest.approx(every, rel=4 * np.sqrt(2 / 1250))


@pytest.mark.parametrize("protocol", ["async_ps", "dpsgd", "local_sgd"])
def test_it_is_the_noise_also_where_workers_compute_at_points_of_their_own(protocol):
    # The mean of gradients of a quadratic is the gradient at the mean of their points, and noise on top of that.
    rows = run(protocol, until="updates=160", straggler="exponential").metrics[1:]
    noise = np.mean([row.noise_scale * row.squared_gradient for row in rows[8:]])
    # Asynchronous evaluations share all but one of four gradients: a quarter of 150 * 50 degrees of freedom.
    assert noise == pytest.approx(TRACE, rel=4 * np.sqrt(2 / 1875))


@pytest.mark.parametrize("batch", [16, 256, 4096])
def test_any_batch_takes_e0_times_one_plus_the_batch_over_it(batch):
    # Best steps on a quadratic: |x|^2 falls by 1 - 1 / (1 + Bn / B) a step, whatever the batch, so that a target takes
    # sum (B + Bn) over steps without noise. Of continuous steps |x|^2 = exp(-2 s) and Bn = n exp(2 s), s in [0, 1]:
    # E0 = n (e^2 - 1) / 2 and Bc = E0 / 1. The run is measured at a batch of 64, in steps of equal samples.
    n = 10.0
    e0 = n * (np.exp(2.0) - 1.0) / 2.0
    s = np.linspace(0.0, 1.0, 200_001)
    steps = np.concatenate([[0.0], np.cumsum((1.0 + n * np.exp(2.0 * (s[:-1] + s[1:]) / 2.0) / 64) * np.diff(s))])
    updates = np.linspace(0.0, steps[-1], 2001)[1:]
    squared = np.exp(-2.0 * np.interp(updates - updates[0] / 2.0, steps, s))
    # Updates are counted in pieces of updates[0], which a step is made of: so is the batch.
    found = noise_scale([Scatter(i + 1, q, n) for i, q in enumerate(squared)], 64)
    assert found == pytest.approx(e0, rel=1e-5)
    samples = float(np.sum((batch + n * np.exp(2.0 * (s[:-1] + s[1:]) / 2.0)) * np.diff(s)))
    assert samples == pytest.approx(e0 * (1.0 + batch / found), rel=1e-4)


def test_what_the_full_gradient_is_off_by_is_taken_from_both():
    # G on m of N samples: |G|^2 + t (1 / m - 1 / N), and n |g_a - G|^2 = t (1 / b + n (1 / m - 1 / N)).
    error = 1 / 100 - 1 / 500
    found = scatter(3, 2.0 + 7.0 * error, 7.0 * (1 / 16 + 4 * error), (4, 16), Full(100, 500))
    assert found == pytest.approx((3, 2.0, 7.0))


def test_it_is_null_where_it_was_not_asked_for_or_gradients_have_no_noise():
    assert run(record="").summary.noise_scale is None
    found = run("sandblaster", problem="digits_mlp hidden=[9]", until="updates=2")
    assert found.summary.noise_scale is None
    assert all(row.noise_scale is None for row in found.metrics)


@pytest.mark.parametrize(("protocol", "samples"), [("hardsync", 32), ("async_ps", 8), ("dpsgd", 32)])
def test_samples_to_a_target_are_those_of_its_updates(protocol, samples):
    found = run(protocol, problem="quadratic noise=0.1", until="target_loss=0.5 updates=4000").summary
    assert found.updates_to_target
    assert found.samples_to_target == pytest.approx(samples * found.updates_to_target, rel=0.1)
