"""The serial counterfactual: every gradient at the model that it changes, whoever took it and when."""

import pytest
from experiments import experiment, option, simulated, trajectory
from quadratic_gradients import Gradients

from sim.simulate import simulate
from topologies.field_error import FieldError

WORDS = {"problem": "quadratic", "batch": 4, "seed": 5, "optimizer": "sgd lr=0.1", "straggler": "none"}


def test_it_is_sgd_on_the_samples_of_the_workers_in_turn():
    models = trajectory("async_ps serial=true", workers=2, until="updates=40", **WORDS)
    gradients = Gradients(option("problem", "quadratic"), seed=5, batch=4)
    x = gradients.initial
    for update, found in enumerate(models):
        assert found == pytest.approx(x, rel=1e-12)
        x = x - 0.1 * gradients(update % 2, update // 2, x)


def test_its_gradients_are_not_stale_and_its_clock_is_the_same():
    words = WORDS | {"workers": 8, "straggler": "exponential", "until": "updates=200"}
    stale, serial = simulated("async_ps", **words), simulated("async_ps serial=true", **words)
    assert serial.summary.mean_staleness == 0.0
    assert stale.summary.mean_staleness > 5.0
    assert serial.summary.virtual_seconds == stale.summary.virtual_seconds


def test_alone_it_makes_no_difference():
    words = WORDS | {"problem": "digits_mlp", "workers": 1, "until": "updates=20"}
    assert (trajectory("async_ps serial=true", **words) == trajectory("async_ps", **words)).all()


@pytest.mark.parametrize(
    ("protocol", "words", "key"),
    [
        ("async_ps serial=true", {"server": "shards=2"}, "server.shards"),
        ("async_ps serial=true", {"compression": "top_k"}, "compression"),
        ("async_ps serial=true", {"record": "gradients=true"}, "record.gradients"),
    ],
)
def test_gradients_have_to_come_whole(protocol, words, key):
    with pytest.raises(FieldError, match=f"{key}.*serial=true"):
        simulate(experiment(protocol, problem="digits_mlp", until="updates=5", **words))


def test_a_push_of_several_gradients_is_refused():
    with pytest.raises(FieldError, match="serial"):
        option("protocol", "async_ps serial=true n_push=2 n_fetch=2")
