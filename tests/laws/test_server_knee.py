"""The knee of a parameter server that has each tensor on one host, as TensorFlow's has been measured."""

from __future__ import annotations

import re

import pytest
from experiments import experiment
from hydra import compose, initialize_config_module
from readme import ROOT

from sim.cluster.blueprint import Blueprint
from sim.config.build import build, register
from sim.connections.group.buckets import fill
from sim.connections.server.connect import ParameterServer
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


def shown(kind: str) -> tuple[int, int]:
    """What docs/step_time.md says of 32 and 64 nodes (%)."""
    text = (ROOT / "docs" / "step_time.md").read_text()
    (row,) = re.findall(rf"^\| {kind} \| .*$", text, re.MULTILINE)
    *_, before, beyond = re.findall(r"(\d+) %", row)
    return int(before), int(beyond)


@pytest.mark.slow
def test_32_nodes_are_before_the_knee_and_64_beyond() -> None:
    # As measured: three quarters and more of linear with 32 nodes, about half with 64.
    before, beyond = efficiency(32), efficiency(64)
    assert before >= 0.75
    assert 0.35 <= beyond <= 0.65
    assert (round(100 * before), round(100 * beyond)) == shown("each tensor on one server")


@pytest.mark.slow
def test_even_shards_have_no_knee() -> None:
    # Each has a 64th, whatever the largest tensor: what a card carries hardly grows with the number of nodes.
    even = efficiency(64, "server.sharding=even")
    assert even > 0.8
    assert round(100 * even) == shown("`server.sharding=even`")[1]


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


def test_the_largest_tensor_of_vgg_is_on_one_shard_whatever_the_number_of_shards() -> None:
    # fc6.weight, 25088 x 4096 parameters, is 411 MB of 553.
    for shards in (2, 8, 32):
        server = ParameterServer(
            experiment("hardsync", workload="vgg16", server=f"shards={shards} sharding=per_tensor")
        )
        loads = [server.nbytes * part.share for part in server.parts]
        assert max(loads) == pytest.approx(4 * 25088 * 4096, rel=1e-9)
        assert sum(loads) == pytest.approx(server.nbytes, rel=1e-9)


@pytest.mark.parametrize("workload", ["vgg16", "inception_v3", "resnet50"])
def test_every_tensor_is_pushed_by_itself_when_the_backward_pass_has_it(workload: str) -> None:
    made = experiment(
        "hardsync", workload=workload, transport="tcp overlap=true", server="shards=7 sharding=per_tensor"
    )
    server, sizes = ParameterServer(made), [tensor.nbytes for tensor in made.workload.message_tensors(made.problem)]
    pieces = [piece.nbytes for departure in server.departures for piece in departure.pieces]
    assert sorted(pieces) == pytest.approx(sorted(sizes), rel=1e-6)
    ready = [bucket.ready for bucket in fill(made.workload.message_tensors(made.problem), 0.0)]
    assert [departure.share for departure in server.departures] == sorted(set(ready))
