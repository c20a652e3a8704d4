"""What the files of small runs say of the shards of a server."""

from __future__ import annotations

from pathlib import Path

import pytest
from experiments import simulated

from sim.results.read import read_staleness_by_shard
from sim.results.result import Result
from sim.study.shards import busiest, utilisation, versions_apart


@pytest.fixture(scope="module", params=["even", "per_tensor"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Result, Path]:
    server = f"shards=4 sharding={request.param}"
    network = "single_switch bandwidth_gbps=1"
    result = simulated("async_ps", workers=16, server=server, network=network, until="updates=60", problem="none")
    folder = tmp_path_factory.mktemp("run")
    result.write(folder, curve=False)
    return request.param, result, folder


def test_shards_of_one_size_are_at_one_version_and_a_hot_spot_is_behind(run: tuple[str, Result, Path]) -> None:
    sharding, result, folder = run
    assert read_staleness_by_shard(folder / "staleness_by_shard.csv") == dict(enumerate(result.staleness_by_shard))
    applied = [sum(count.values()) for count in result.staleness_by_shard]
    assert versions_apart(result.summary, folder) == max(applied) - min(applied)
    assert (versions_apart(result.summary, folder) > 0.0) is (sharding == "per_tensor")


def test_the_largest_tensor_makes_a_shard_busy(run: tuple[str, Result, Path]) -> None:
    sharding, result, folder = run
    load = busiest(result.summary, folder)
    # Of 17 226 parameters two tensors have 8192 each, which are on a shard of their own.
    assert load == pytest.approx(1.0 if sharding == "even" else 8192 * 4 / 17226, rel=0.1)


def test_links_are_used_as_much_as_they_have_carried(run: tuple[str, Result, Path]) -> None:
    sharding, result, folder = run
    if sharding == "even":
        pushed = result.summary.updates * 17226 * 4 / 4  # type: ignore[operator]  # B to each shard
        expected = pushed / (125e6 * result.summary.virtual_seconds)  # type: ignore[operator]
        assert expected <= utilisation(result.summary, folder) <= 1.35 * expected  # and what is on its way


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "staleness_by_shard.csv"
    path.write_text("shard,staleness,count\n0,1,many\n")
    with pytest.raises(ValueError, match=r"staleness_by_shard.csv: truncated or not a histogram of staleness by shard"):
        read_staleness_by_shard(path)
