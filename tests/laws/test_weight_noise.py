"""All-reduce whose workers take their gradients beside the shared model."""

import numpy as np
import pytest
from experiments import cluster_of, experiment, simulated, trajectory
from quadratic_gradients import Gradients
from same_events import KNOWN

from kernels.disturb import disturb
from sim.cluster.blueprint import Blueprint
from sim.cluster.clockwork import clockwork
from sim.streams import draw_key, stream
from topologies.field_error import FieldError

# 64-bit hashes wrap around; uncompiled, NumPy warns that they do.
pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered")

BOWL = "quadratic dim=7 curvature=2 noise=0.5 start=1"
SETTING = {"problem": BOWL, "workers": 3, "batch": 4, "optimizer": "sgd lr=0.2", "until": "updates=25"}


def test_on_a_quadratic_every_gradient_is_that_at_the_disturbed_point():
    # The loop knows nothing of clocks and tapes: only of whose noise it is, by the names of streams.
    deviation, seed = 0.3, 4
    gradient, keys = Gradients(BOWL, seed, batch=4), [draw_key(stream(seed, "weight_noise", rank)) for rank in range(3)]
    x, models = gradient.initial, [gradient.initial]
    for step in range(25):
        points = [disturbed(x, deviation, key, step) for key in keys]
        x = x - 0.2 * np.mean([gradient(rank, step, point) for rank, point in enumerate(points)], axis=0)
        models.append(x)
    found = trajectory(f"allreduce weight_noise={deviation}", seed=seed, **SETTING)
    np.testing.assert_allclose(found, models, rtol=0, atol=1e-13)


def disturbed(x, deviation, key, step):
    from kernels.hashing import mix

    out = np.empty_like(x)
    disturb(x, out, len(x), deviation, mix(np.uint64(key % 2**64), np.uint64(step)))
    return out


def test_its_stationary_loss_is_that_of_so_much_more_gradient_noise():
    # g_j = h (x + S n_j) + s n'_j / sqrt(b): SGD's variance a v / (h (2 - a h)) per coordinate, where v = (h^2 S^2 +
    # s^2 / b) / P. With h = 1, a = 0.1, S = 0.4, s = 0, P = 4: v = 0.04, so loss = d / 2 * 0.1 * 0.04 / 1.9. Of d = 400
    # coordinates over some 290 / 20 independent models the mean has a relative error of sqrt(2 / 5800) = 1.9 %.
    result = simulated(
        "allreduce weight_noise=0.4",
        problem="quadratic dim=400 curvature=1 noise=0 start=0.01",
        workers=4,
        optimizer="sgd lr=0.1",
        until="updates=400 diverged_factor=1e9",
        record="every_updates=5",
    )
    losses = [row.train_loss for row in result.metrics if row.updates >= 100]
    assert np.mean(losses) == pytest.approx(400 / 2 * 0.1 * 0.04 / 1.9, rel=0.08)


def test_without_noise_nothing_changes():
    words = {"problem": "digits_mlp hidden=[8]", "workers": 3, "until": "updates=6"}
    plain, none = trajectory("allreduce", **words), trajectory("allreduce weight_noise=0", **words)
    np.testing.assert_array_equal(plain, none)
    assert not np.array_equal(plain, trajectory("allreduce weight_noise=0.01", **words))


def test_the_clock_does_not_notice():
    words = {"problem": "digits_mlp hidden=[8]", "workers": 3, "straggler": "exponential", "until": "updates=6"}
    plain, noisy = (simulated(f"allreduce weight_noise={each}", **words).summary for each in (0, 0.1))
    assert all(getattr(plain, name) == getattr(noisy, name) for name in KNOWN)


def test_other_deviations_are_other_clocks_for_who_runs_again():
    one, other = (Blueprint(experiment(f"allreduce weight_noise={each}", **SETTING)) for each in (0.1, 0.2))
    assert clockwork(one, 0) != clockwork(other, 0)


def test_where_nothing_is_learned_it_is_refused():
    with pytest.raises(FieldError, match=r"problem=none has no weights to disturb, got 0\.1"):
        cluster_of("allreduce weight_noise=0.1", problem="none", workload="synthetic seconds=1 bytes=8")


def test_threads_meet_the_same_noise(monkeypatch):
    words = {"problem": "digits_mlp hidden=[8]", "workers": 5, "until": "updates=12"}
    found = []
    for threads in (1, 3):
        monkeypatch.setattr("sim.cluster.player.MOST_THREADS", threads)
        monkeypatch.setattr("sim.cluster.player.os.sched_getaffinity", lambda process: range(8))
        found.append(trajectory("allreduce weight_noise=0.05", **words))
    np.testing.assert_array_equal(*found)
