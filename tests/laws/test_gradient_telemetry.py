"""Effective learning rate and variance of the workers' gradients, in closed form; what is measured changes nothing."""

import numpy as np
import pytest
from experiments import names, simulated


def run(protocol, updates=20, **fields):
    common = {
        "workers": 4,
        "optimizer": "sgd lr=0.1",
        "straggler": "exponential",
        "until": f"updates={updates}",
        "record": "every_updates=1 gradients=true",
    }
    return simulated(protocol, **common | fields)


@pytest.mark.parametrize("protocol", ["hardsync", "allreduce", "async_ps", "dpsgd"])
def test_without_noise_on_a_quadratic_the_effective_learning_rate_is_the_learning_rate(protocol):
    # The gradient is linear, so the mean of gradients is the gradient at the mean, wherever the workers are.
    rows = run(protocol, problem="quadratic noise=0", lr_schedule="cosine final=0.1").metrics
    assert rows[0].effective_learning_rate is None
    assert rows[0].gradient_variance is None
    for row in rows[1:]:
        assert row.effective_learning_rate == pytest.approx(row.learning_rate, rel=1e-12)


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_the_variance_of_noise_is_that_of_a_mini_batch_less_the_mean(workers):
    # E (1/n) sum |g_j - g_a|^2 = noise^2 d / batch (1 - 1/n) at one common point: 2^2 * 50 / 16 = 12.5 for large n.
    # Each is chi-squared with 50 (n - 1) degrees of freedom: 40 of them have a relative sd of sqrt(2 / 2000 / (n - 1)).
    problem = "quadratic dim=50 noise=2"
    rows = run("hardsync", workers=workers, batch=16, problem=problem, updates=40).metrics
    mean = np.mean([row.gradient_variance for row in rows[1:]])
    assert mean == pytest.approx(12.5 * (1 - 1 / workers), rel=4 * np.sqrt(2 / 2000 / max(1, workers - 1)))


def test_synchronous_gradients_are_aligned_up_to_their_noise():
    # The mean of g_a . G / |G|^2 is 1; its sd is that of the noise along G, noise / sqrt(n batch) / |G|.
    rows = run("hardsync", problem="quadratic dim=10 noise=0.2 start=10", batch=4).metrics
    # |G| falls from sqrt(1000) = 31.6 by 0.9^19 to 4.3: sd at most 0.2 / 4 / 4.3 = 0.012.
    for row in rows[1:]:
        assert row.effective_learning_rate == pytest.approx(row.learning_rate, rel=5 * 0.012)


#: Every worker takes the whole training set.
WHOLE = {"workers": 2, "batch": 1440, "problem": "digits_mlp hidden=[9]", "partition": "shared replacement=false"}


def test_gradients_on_the_whole_training_set_are_the_full_gradient():
    # In float32 and another order of samples.
    for row in run("allreduce", updates=3, **WHOLE).metrics[1:]:
        assert row.effective_learning_rate == pytest.approx(0.1, rel=1e-5)
        assert row.gradient_variance < 1e-10


def test_the_full_gradient_may_be_larger_than_any_mini_batch():
    # 45 shards of 32 samples, each taken whole, are the training set; the full gradient is added up of such pieces.
    fields = {"workers": 45, "batch": 32, "problem": "digits_mlp hidden=[9]", "partition": "sharded"}
    for row in run("allreduce", updates=3, **fields).metrics[1:]:
        assert row.effective_learning_rate == pytest.approx(0.1, rel=1e-5)


def test_of_a_large_training_set_the_full_gradient_is_that_of_the_measured_samples(monkeypatch):
    # A third of the training set: the mean of some of the same gradients, not quite the same mean.
    monkeypatch.setattr("sim.tape.player.MEASURED", 500)
    a_third = run("allreduce", updates=1, **WHOLE).metrics[-1].effective_learning_rate
    assert 1e-4 < abs(a_third - 0.1) < 0.02


@pytest.mark.slow
@pytest.mark.parametrize("protocol", names("protocol"))
@pytest.mark.parametrize("batch", [3, 16])
def test_what_is_recorded_changes_nothing_that_is_learned(protocol, batch):
    # Small mini-batches at one point are computed as one; evaluations between updates must not separate them.
    fields = {"problem": "digits_mlp hidden=[9]", "batch": batch}
    for points in ("every_updates=1", "every_seconds=1e-4"):
        plain = run(protocol, 5, record=f"{points} trajectory=true", **fields)
        recorded = run(protocol, 5, record=f"{points} trajectory=true gradients=true", **fields)
        np.testing.assert_array_equal(recorded.trajectory.x, plain.trajectory.x)
        assert recorded.summary.events == plain.summary.events
        assert [row.train_loss for row in recorded.metrics] == [row.train_loss for row in plain.metrics]


@pytest.mark.slow
@pytest.mark.parametrize("protocol", names("protocol"))
def test_every_protocol_has_its_gradients_measured_reproducibly(protocol):
    fields = {"problem": "digits_mlp hidden=[9]", "server": "shards=2"}
    first, again = run(protocol, **fields).metrics, run(protocol, **fields).metrics
    assert first == again
    assert first[-1].gradient_variance > 0
    assert 0 < first[-1].effective_learning_rate < 1


def test_what_learns_nothing_has_no_gradients_to_record():
    with pytest.raises(ValueError, match=r"^record.gradients: problem=none has no gradients; choose a problem$"):
        run("async_ps", problem="none")


@pytest.mark.slow
def test_metrics_csv_has_the_columns_where_they_were_recorded(tmp_path):
    def header(record):
        run("async_ps", record=record, network="ideal").write(tmp_path)
        return (tmp_path / "metrics.csv").read_text().splitlines()[0]

    recorded = ",learning_rate,bytes_sent,effective_learning_rate,gradient_variance,squared_gradient,noise_scale"
    assert header("gradients=true").endswith(recorded)
    assert header("").endswith(",learning_rate,bytes_sent")
