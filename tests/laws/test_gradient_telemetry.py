"""Effective learning rate and variance of the workers' gradients, in closed form; what is measured changes nothing."""

import numpy as np
import pytest
from options import options_of

from sim.experiment import Experiment
from sim.lr_schedules.cosine import Cosine
from sim.optimizers.sgd import SGD
from sim.partitions.sharded import Sharded
from sim.partitions.shared import Shared
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.none import NoProblem
from sim.problems.quadratic import Quadratic
from sim.protocols import Protocol
from sim.protocols.allreduce import AllReduce
from sim.protocols.async_ps import AsyncPS
from sim.protocols.dpsgd import DPSGD
from sim.protocols.hardsync import HardSync
from sim.record import Record
from sim.server import Server
from sim.simulate import simulate
from sim.stragglers.exponential import Exponential
from sim.until import Until
from topologies.networks.ideal import Ideal

PROTOCOLS = options_of("sim.protocols", Protocol)


def run(**fields):
    common = {
        "workers": 4,
        "optimizer": SGD(0.1),
        "straggler": Exponential(),
        "until": Until(updates=20),
        "record": Record(every_updates=1, gradients=True),
    }
    return simulate(Experiment(**common | fields))


@pytest.mark.parametrize("protocol", [HardSync(), AllReduce(), AsyncPS(), DPSGD()], ids=lambda p: type(p).__name__)
def test_without_noise_on_a_quadratic_the_effective_learning_rate_is_the_learning_rate(protocol):
    # The gradient is linear, so the mean of gradients is the gradient at the mean, wherever the workers are.
    rows = run(protocol=protocol, problem=Quadratic(noise=0.0), lr_schedule=Cosine(final=0.1)).metrics
    assert rows[0].effective_learning_rate is None
    assert rows[0].gradient_variance is None
    for row in rows[1:]:
        assert row.effective_learning_rate == pytest.approx(row.learning_rate, rel=1e-12)


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_the_variance_of_noise_is_that_of_a_mini_batch_less_the_mean(workers):
    # E (1/n) sum |g_j - g_a|^2 = noise^2 d / batch (1 - 1/n) at one common point: 2^2 * 50 / 16 = 12.5 for large n.
    # Each is chi-squared with 50 (n - 1) degrees of freedom: 40 of them have a relative sd of sqrt(2 / 2000 / (n - 1)).
    problem = Quadratic(dim=50, noise=2.0)
    rows = run(workers=workers, batch=16, protocol=HardSync(), problem=problem, until=Until(updates=40)).metrics
    mean = np.mean([row.gradient_variance for row in rows[1:]])
    assert mean == pytest.approx(12.5 * (1 - 1 / workers), rel=4 * np.sqrt(2 / 2000 / max(1, workers - 1)))


def test_synchronous_gradients_are_aligned_up_to_their_noise():
    # The mean of g_a . G / |G|^2 is 1; its sd is that of the noise along G, noise / sqrt(n batch) / |G|.
    rows = run(protocol=HardSync(), problem=Quadratic(dim=10, noise=0.2, start=10.0), batch=4).metrics
    # |G| falls from sqrt(1000) = 31.6 by 0.9^19 to 4.3: sd at most 0.2 / 4 / 4.3 = 0.012.
    for row in rows[1:]:
        assert row.effective_learning_rate == pytest.approx(row.learning_rate, rel=5 * 0.012)


#: Every worker takes the whole training set.
WHOLE = {"workers": 2, "batch": 1440, "problem": DigitsMLP(hidden=[9]), "partition": Shared(replacement=False)}


def test_gradients_on_the_whole_training_set_are_the_full_gradient():
    # In float32 and another order of samples.
    for row in run(protocol=AllReduce(), until=Until(updates=3), **WHOLE).metrics[1:]:
        assert row.effective_learning_rate == pytest.approx(0.1, rel=1e-5)
        assert row.gradient_variance < 1e-10


def test_the_full_gradient_may_be_larger_than_any_mini_batch():
    # 45 shards of 32 samples, each taken whole, are the training set; the full gradient is added up of such pieces.
    fields = {"workers": 45, "batch": 32, "problem": DigitsMLP(hidden=[9]), "partition": Sharded()}
    for row in run(protocol=AllReduce(), until=Until(updates=3), **fields).metrics[1:]:
        assert row.effective_learning_rate == pytest.approx(0.1, rel=1e-5)


def test_of_a_large_training_set_the_full_gradient_is_that_of_the_measured_samples(monkeypatch):
    # A third of the training set: the mean of some of the same gradients, not quite the same mean.
    monkeypatch.setattr("sim.tape.player.MEASURED", 500)
    a_third = run(protocol=AllReduce(), until=Until(updates=1), **WHOLE).metrics[-1].effective_learning_rate
    assert 1e-4 < abs(a_third - 0.1) < 0.02


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda option: option.__name__)
@pytest.mark.parametrize("batch", [3, 16])
def test_what_is_recorded_changes_nothing_that_is_learned(protocol, batch):
    # Small mini-batches at one point are computed as one; evaluations between updates must not separate them.
    fields = {"protocol": protocol(), "problem": DigitsMLP(hidden=[9]), "batch": batch, "until": Until(updates=12)}
    for points in ({"every_updates": 1}, {"every_seconds": 1e-4}):
        plain = run(record=Record(trajectory=True, **points), **fields)
        recorded = run(record=Record(trajectory=True, gradients=True, **points), **fields)
        np.testing.assert_array_equal(recorded.trajectory.x, plain.trajectory.x)
        assert recorded.summary.events == plain.summary.events
        assert [row.train_loss for row in recorded.metrics] == [row.train_loss for row in plain.metrics]


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda option: option.__name__)
def test_every_protocol_has_its_gradients_measured_reproducibly(protocol):
    fields = {"protocol": protocol(), "problem": DigitsMLP(hidden=[9]), "server": Server(shards=2)}
    first, again = run(**fields).metrics, run(**fields).metrics
    assert first == again
    assert first[-1].gradient_variance > 0
    assert 0 < first[-1].effective_learning_rate < 1


def test_what_learns_nothing_has_no_gradients_to_record():
    message = "^record.gradients: problem=none has no gradients; choose a problem$"
    with pytest.raises(ValueError, match=message):
        run(problem=NoProblem())


def test_metrics_csv_has_the_columns_where_they_were_recorded(tmp_path):
    def header(record):
        run(record=record, network=Ideal()).write(tmp_path)
        return (tmp_path / "metrics.csv").read_text().splitlines()[0]

    assert header(Record(gradients=True)).endswith(",learning_rate,effective_learning_rate,gradient_variance")
    assert header(Record()).endswith(",learning_rate")
