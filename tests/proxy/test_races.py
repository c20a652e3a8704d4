"""Penalties by simulation: synchronous protocols have none, staleness has one, and learning rates are chosen alike."""

import pytest
from experiments import experiment

from sim.evidence.range import Range
from sim.proxy.factors import from_noise_scale, hardware_of, samples_of
from sim.proxy.noise import measured_noise_scale
from sim.proxy.penalty import penalty, raced
from sim.proxy.race import Seeds, race
from sim.proxy.reference import reference

ONE_RATE = Seeds(judging=3, tuning=0)
#: f = |x|^2 / 2 in 20 dimensions, without noise: |x|^2 falls by (1 - lr)^2 an update.
EXACT = {"problem": "quadratic dim=20 noise=0", "workers": 4, "batch": 4, "until": "target_loss=0.1 updates=500"}


def asked(protocol, **words):
    common = {"workers": 4, "problem": "quadratic dim=20 noise=0.5", "until": "target_loss=0.5 updates=2000"}
    return experiment(protocol, **common | words)


@pytest.mark.parametrize("protocol", ["hardsync", "allreduce", "local_sgd period=1"])
def test_synchronous_protocols_have_no_penalty(protocol):
    # They take the same updates as hardsync on a network that takes no time, whatever theirs takes: 1 to the last bit.
    found = penalty(asked(protocol, straggler="exponential", network="single_switch"), ONE_RATE)
    assert found == (1.0, 1.0, 1.0, 3, 3)


def test_steps_of_one_worker_after_another_are_worth_as_many_samples_as_they_save_steps():
    # Without noise a gradient of 4 samples is worth as much as one of 16. Asynchronous workers that all start together
    # have a staleness of 3; at a small rate that does not matter, and each of their gradients is a step: of hardsync's
    # samples they take a quarter at the same rate.
    found = penalty(
        experiment("async_ps", optimizer="sgd lr=0.005", **EXACT | {"until": "target_loss=2 updates=4000"}), ONE_RATE
    )
    assert found.ratio == pytest.approx(0.25, rel=0.03)


def test_the_best_rate_is_searched_until_it_is_inside():
    # Without noise hardsync is best at a rate of 1, which is there at once: from 0.0625 that is four doublings away.
    found = race(experiment("hardsync", optimizer="sgd lr=0.0625", **EXACT), Seeds(judging=1, tuning=1))
    assert found.experiment.optimizer.lr == 1.0
    assert sorted(found.tried) == [2.0**power for power in range(-5, 2)]
    assert found.summaries[0].updates_to_target == 1


def test_the_reference_learns_the_same_and_is_raced_once():
    references = {}
    first = raced(asked("async_ps"), ONE_RATE, references)
    second = raced(asked("dpsgd", network="leaf_spine"), ONE_RATE, references)
    assert len(references) == 1
    assert first.reference is second.reference
    assert reference(asked("dpsgd")) == reference(asked("ssp", compression="top_k", straggler="lognormal"))


def test_noise_and_hardware_are_measured_on_the_same_race():
    both = raced(asked("allreduce"), ONE_RATE, {})
    scale = measured_noise_scale(both.reference)
    # tr(Sigma) = 0.25 * 20 = 5, and |x|^2 falls from 20 to 1: between 0.25 and 5 samples.
    assert 0.25 < scale.low <= scale.middle <= scale.high < 5.0
    found = from_noise_scale(both.reference, Range(128.0, 128.0, 128.0), "given")
    assert found.efficiency.middle == 0.5
    hardware = hardware_of(both.protocol)
    # Nothing is lost but what is communicated: of workers that all are alike samples a second and shares say the same.
    assert hardware.efficiency == pytest.approx(hardware.computing, rel=1e-6)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"until": "updates=5"}, "until.target_accuracy: a race needs a target"),
        ({"problem": "none"}, "until.target_accuracy: a race needs a target"),
        ({"until": "target_loss=1 seconds=3"}, "until.seconds=3: ends runs by the clock"),
        ({"replicas": 3}, "replicas, until.precision: a race has seeds of its own"),
        (
            {"until": "target_loss=1e-9 updates=3"},
            "until: hardsync has not reached the target with optimizer.lr=0.05 on",
        ),
        ({"until": "target_loss=100"}, "until: the starting model is at the target"),
    ],
)
def test_what_cannot_be_raced_is_refused(words, said):
    with pytest.raises(ValueError, match=said):
        penalty(asked("async_ps", **words), ONE_RATE)


@pytest.mark.slow
def test_the_noise_scale_says_how_many_samples_a_larger_batch_takes():
    # E0 (1 + B / Bc) at 128 over that at 8, Bc measured at 8, beside what both take at their best learning rates.
    digits = {"workers": 8, "until": "target_accuracy=0.9 epochs=60", "problem": "digits_mlp"}
    small, large = (
        race(reference(experiment("hardsync", batch=batch, optimizer="sgd lr=0.2", **digits)), Seeds(8, 2))
        for batch in (1, 16)
    )
    critical = measured_noise_scale(small).middle
    expected = (1.0 + 128 / critical) / (1.0 + 8 / critical)
    found = samples_of(large).middle / samples_of(small).middle
    # Eight seeds that scatter by 20 %: 10 % for the ratio, and as much for a rate that is a power of two. The noise
    # scale itself is another at every rate, because the way is another: 82, 61 and 51 at 0.05, 0.1 and 0.2. Constant
    # samples would be off by a factor of 2, and constant updates by 8.
    assert expected / 1.6 < found < expected * 1.6
    assert critical / 2.0 < measured_noise_scale(large).middle < critical * 2.0
