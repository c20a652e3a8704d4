"""Real processes over TCP do what the protocol says: their models are those of the simulator, where these are fixed."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from experiments import experiment, simulated
from job_words import SMALL, job

from sim.lab.job.place import Loopback
from sim.lab.job.run import run

pytestmark = pytest.mark.slow


def alike(protocol: str, *, by_gloo: bool = False, **words) -> None:
    """A job's models and counts are those of the simulation, but for rounding."""
    measured, result = job(protocol, by_gloo=by_gloo, **words), simulated(protocol, **words)
    assert result.trajectory is not None
    assert [each.updates for each in measured.evaluations] == result.trajectory.updates.tolist()
    # Fifty steps of additions in another order, in float32: each is off by 2^-24 of numbers below 1, and DiLoCo's
    # momentum makes ten times as much of it.
    np.testing.assert_allclose(measured.models, result.trajectory.x, rtol=0.0, atol=5e-5)
    assert measured.updates == result.summary.updates
    assert measured.evaluations[-1].test_loss == pytest.approx(result.summary.final_test_loss, rel=1e-3)
    if not by_gloo:  # sizes are whole bytes here
        assert measured.bytes_sent == pytest.approx(result.summary.bytes_sent, rel=0.02)


@pytest.mark.parametrize("protocol", ["hardsync", "allreduce", "dpsgd", "local_sgd period=5", "diloco period=10"])
def test_after_50_updates_the_model_is_the_simulated_one(protocol: str) -> None:
    alike(protocol, **SMALL, collective="ring", optimizer="momentum lr=0.02")


def test_so_it_is_on_a_server_in_shards_with_a_state_each() -> None:
    words = {**SMALL, "workload": "synthetic seconds=0.005 bytes=80000 tensors=3", "until": "updates=20"}
    alike("hardsync", **words, server="shards=3 sharding=per_tensor apply_rate=1e9", optimizer="adam")


def test_so_it_is_in_several_buckets_with_a_schedule() -> None:
    words = {**SMALL, "workload": "synthetic seconds=0.005 bytes=80000 tensors=5", "until": "epochs=2", "workers": 3}
    alike("allreduce bucket_bytes=20000", **words, collective="ring", lr_schedule="cosine")


def test_so_it_is_where_another_program_reduces() -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    alike("allreduce", **SMALL | {"until": "updates=20"}, by_gloo=True)


@pytest.mark.parametrize(
    "protocol", ["gossip_pull", "gossip_push", "adpsgd", "async_ps", "ssp slack=1", "softsync n=2"]
)
def test_what_is_asynchronous_makes_its_updates_and_learns(protocol: str) -> None:
    measured = job(protocol, **SMALL, straggler="exponential")
    assert measured.updates == 50
    assert [each.updates for each in measured.evaluations] == [0, 10, 20, 30, 40, 50]
    assert measured.evaluations[-1].test_loss < measured.evaluations[0].test_loss
    assert (np.diff(measured.update_seconds) >= 0.0).all()


def test_every_gradient_takes_what_the_stragglers_law_says_at_least() -> None:
    measured = job("async_ps", **SMALL, straggler="exponential")
    cluster_draws = experiment("async_ps", **SMALL, straggler="exponential").straggler.of_workers(4, seed=0)
    for each, draws in zip(measured.workers, cluster_draws, strict=True):
        asked = [0.005 * next(draws) for _ in each.asked]
        np.testing.assert_allclose(each.asked, asked, rtol=1e-12)
        assert (each.computed - each.began >= each.asked - 1e-9).all()


def test_an_ssp_server_lets_nobody_get_further_ahead_than_its_slack() -> None:
    measured = job("ssp slack=0", **SMALL, straggler="exponential")
    begun = [len(each.began) for each in measured.workers]
    assert max(begun) - min(begun) <= 1


def test_a_run_that_ends_by_the_clock_is_evaluated_by_it() -> None:
    measured = job("dpsgd", **SMALL | {"until": "seconds=0.4", "record": "every_seconds=0.1"})
    assert measured.seconds == 0.4
    found = [each.seconds for each in measured.evaluations]
    assert len(found) == 5
    assert all(seconds >= 0.1 * number for number, seconds in enumerate(found))


def test_where_a_worker_s_own_model_is_asked_for_it_is_evaluated() -> None:
    alike("dpsgd", **SMALL | {"until": "updates=20", "record": "every_updates=10 trajectory=true of=worker"})


def test_where_nothing_is_learned_the_clock_and_the_bytes_are_left() -> None:
    words = {"workers": 3, "problem": "none", "workload": "synthetic seconds=0.005 bytes=50000", "until": "updates=20"}
    measured, result = job("hardsync", **words), simulated("hardsync", **words)
    assert measured.bytes_sent == result.summary.bytes_sent
    assert measured.updates == 20
    assert measured.seconds > 20 * 0.005


def test_what_is_written_is_plain_and_says_the_same(tmp_path: Path) -> None:
    measured = run(experiment("async_ps", **SMALL), Loopback(), tmp_path)
    said = json.loads((tmp_path / "job.json").read_text())
    assert said["updates"] == measured.updates
    assert sum(said["staleness"].values()) == measured.updates
    with (tmp_path / "evaluations.csv").open() as file:
        assert [float(row["seconds"]) for row in csv.DictReader(file)] == [
            each.seconds for each in measured.evaluations
        ]
    with (tmp_path / "gradients.csv").open() as file:
        assert len(list(csv.DictReader(file))) == measured.gradients
    with np.load(tmp_path / "models.npz", allow_pickle=False) as models:
        np.testing.assert_array_equal(models["x"], measured.models)
    names = sorted(path.name for path in (tmp_path / "processes").iterdir())
    assert names == ["shard-0.npz", "worker-0.npz", "worker-1.npz", "worker-2.npz", "worker-3.npz"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("evaluations.csv", "gradients.csv", "job.json", "models.npz", "processes"),
    ]
