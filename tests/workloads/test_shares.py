"""Shares of a table's bytes as shares of the parameters of whatever is learned: each parameter has one place."""

import pytest
from experiments import experiment

from sim.cluster.blueprint import Blueprint

SERVERS = [
    "shards=7",
    "shards=7 sharding=per_tensor",
    "shards=7 sharding=partitioned",
    "shards=400 sharding=per_tensor",
]


@pytest.mark.parametrize("workload", ["vgg16", "resnet50 precision=bf16", "bert_base"])
@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("problem", ["digits_mlp", "diabetes", "quadratic dim=3"])
def test_every_parameter_is_on_one_shard(workload, server, problem):
    words = {"workers": 2, "workload": workload, "server": server, "problem": problem, "network": "ideal"}
    blueprint = Blueprint(experiment("hardsync", **words))
    ranges = sorted(each for part in blueprint.layout for each in part.ranges)
    ends = [0, *(high for _, high in ranges)]
    assert [low for low, _ in ranges] == ends[:-1]
    assert ends[-1] == blueprint.experiment.problem.parameters
    assert sum(part.share for part in blueprint.layout) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("workload", ["vgg16", "resnet50 precision=bf16", "bert_base"])
@pytest.mark.parametrize("bucket", ["25e6", "0", "null"])
def test_every_parameter_is_in_one_bucket(workload, bucket):
    words = {"workers": 2, "workload": workload, "problem": "digits_mlp", "compression": "top_k", "network": "ideal"}
    regions = Blueprint(experiment(f"allreduce bucket_bytes={bucket}", **words)).regions
    ranges = sorted(each for part in regions for each in part)
    ends = [high for _, high in ranges]
    assert [low for low, _ in ranges] == [0, *ends[:-1]][: len(ranges)]
    assert not ends or ends[-1] == 17_226
