"""Whose model is evaluated: the mean of all, or a worker's own."""

from __future__ import annotations

import numpy as np
import pytest
from experiments import EVERY_UPDATE, simulated, trajectory

QUADRATIC = "quadratic dim=3 noise=0.3"
WORDS = {"problem": QUADRATIC, "straggler": "lognormal cv=0.5", "until": "updates=20"}


def test_a_worker_that_never_gossips_learns_what_it_would_alone():
    """Its own model then is that of plain SGD on its own samples, whatever the others do."""
    words = {"problem": QUADRATIC, "until": "updates=20", "network": "ideal"}
    own = trajectory("gossip_push probability=0", workers=4, record=f"{EVERY_UPDATE} of=worker", **words)
    alone = trajectory("local", workers=1, **words)
    np.testing.assert_array_equal(own, alone)


@pytest.mark.parametrize("protocol", ["gossip_pull", "dpsgd", "local_sgd", "async_easgd", "easgd"])
def test_everything_but_the_model_that_is_evaluated_is_the_same(protocol):
    """Neither the clock nor how far the models are from their mean depends on whose is evaluated."""
    mean, own = (simulated(protocol, workers=4, record=f"{EVERY_UPDATE} of={of}", **WORDS) for of in ("mean", "worker"))
    assert [row.seconds for row in own.metrics] == [row.seconds for row in mean.metrics]
    assert [row.consensus_distance for row in own.metrics] == [row.consensus_distance for row in mean.metrics]
    assert own.summary.mean_worker_loss == mean.summary.mean_worker_loss
    assert own.summary.final_train_loss != mean.summary.final_train_loss


@pytest.mark.parametrize("protocol", ["async_ps", "allreduce"])
def test_who_share_one_model_have_no_other(protocol):
    mean, own = (simulated(protocol, workers=4, record=f"{EVERY_UPDATE} of={of}", **WORDS) for of in ("mean", "worker"))
    assert own.metrics == mean.metrics


def test_the_target_is_that_of_the_worker():
    """A run ends when worker 0's own model is there, which is the last that was evaluated."""
    words = {
        "problem": "digits_softmax",
        "until": "target_accuracy=0.85 updates=400",
        "workers": 8,
        "partition": "by_label",
    }
    own = simulated("dpsgd", record="of=worker", **words)
    mean = simulated("dpsgd", **words)
    assert own.summary.status == mean.summary.status == "target_reached"
    assert own.summary.final_test_accuracy >= 0.85
    assert own.summary.seconds_to_target != mean.summary.seconds_to_target
