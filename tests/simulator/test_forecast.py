"""What runs will take is the sum of what they are made of, and is said with the key that decides."""

from __future__ import annotations

import pytest
from experiments import experiment

from sim.cluster.blueprint import Blueprint
from sim.cluster.forecast import EVALUATION, EVALUATION_BYTES, GRADIENT, MESSAGE, WORKER, Forecast, Need, announced


def forecast(protocol: str = "async_ps", **words: object) -> Forecast:
    return Blueprint(experiment(protocol, **{"problem": "none", "workers": 2} | words)).forecast


def test_time_is_that_of_gradients_messages_workers_and_evaluations() -> None:
    # 1e6 gradients, each pushed to 3 shards and answered by them; 100 evaluations, as nothing else is said.
    found = forecast(until="updates=1000000", server="shards=3")
    assert found.seconds == pytest.approx(1e6 * (GRADIENT + 6 * MESSAGE) + 5 * WORKER + 100 * EVALUATION)


def test_a_word_is_said_from_a_minute_on_for_all_runs_together() -> None:
    run = forecast(until="updates=5000000")  # 5e6 (3 + 2 4) us = 55 s
    assert announced([run]) is None
    said = "these 2 runs take about 110 s, most of it for 5e+06 gradients; to make it less, until.updates: "
    assert str(announced([run, run])).startswith(said)


def test_of_many_replicas_their_number_decides() -> None:
    # Results of 1e5 replicas, 100 evaluations each, are kept until their mean is taken.
    run = forecast(until="updates=1000", replicas=100_000)
    assert run.largest.amount == 1e5 * 100 * EVALUATION_BYTES
    assert run.largest.key == "replicas"
    assert "in each of 100000 replicas; to make it less, replicas: give fewer" in str(announced([run]))


def test_memory_is_that_of_the_largest_run() -> None:
    small, large = (
        Forecast((Need(1.0, "until.updates", "gradients", "give less"),), (Need(size, key, what, "use fewer"),), False)
        for size, key, what in ((3e9, "record.spans", "spans"), (7e9, "workers", "1000 workers"))
    )
    said = "these 2 runs take about 7.0 GB of memory, most of it for 1000 workers; to make it less, workers: use fewer"
    assert announced([small, large]) == said


def test_a_race_takes_at_most_so_long() -> None:
    run = forecast(problem="digits_mlp", until="target_accuracy=0.9 updates=100000000")
    assert str(announced([run])).startswith("this run takes at most about ")
