"""The knee of a parameter server that has each tensor on one host, as TensorFlow's has been measured."""

from __future__ import annotations

import pytest
from experiments import experiment
from hydra import compose, initialize_config_module

from sim.cluster.blueprint import Blueprint
from sim.config.build import build, register
from sim.predict_step import predict_step
from sim.simulate import simulate


def efficiency(workers: int, *words: str) -> float:
    """Images per second of so many nodes, over so many times those of one gradient alone."""
    register()
    with initialize_config_module("conf", version_base="1.3"):
        made = build(
            compose("config", ["experiment=server_knee", f"workers={workers}", "record.every_updates=1", *words])
        )
    when = [row.seconds for row in simulate(made).metrics]
    return Blueprint(made).seconds * (len(when) - 2) / (when[-1] - when[1])  # the first update begins with a pull


@pytest.mark.slow
def test_32_nodes_are_before_the_knee_and_64_beyond() -> None:
    # As measured: three quarters and more of linear with 32 nodes, about half with 64.
    assert efficiency(32) >= 0.75
    assert 0.35 <= efficiency(64) <= 0.65


@pytest.mark.slow
def test_even_shards_have_no_knee() -> None:
    # Each has a 64th, whatever the largest tensor: what a card carries hardly grows with the number of nodes.
    assert efficiency(64, "server.sharding=even") > 0.8


def test_the_largest_tensor_is_what_the_knee_is_made_of() -> None:
    # 8.19 MB go from each of N workers to one shard, at 3 Gb/s together, from when the last layer is complete after a
    # third of the compute time, and as many back.
    words = {
        "workload": "inception_v3",
        "batch": 64,
        "device": "v100 peak_flops=4.37e12 efficiency=0.2396 overhead_seconds=0",
        "network": "single_switch latency_us=25",
        "transport": "grpc nic_cap_gbps=3 overlap=true",
    }
    largest, seconds = 4 * 2048 * 1000, 2.095
    for workers in (64, 96, 128):
        made = experiment("hardsync", workers=workers, server=f"shards={workers} sharding=per_tensor", **words)
        hot = seconds / 3 + 2 * workers * largest / 0.375e9
        assert predict_step(made).seconds == pytest.approx(hot, rel=0.02)
