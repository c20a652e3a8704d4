"""How many replicas a run makes."""

import pytest
from experiments import simulated
from refusals import refused

from sim.evidence.interval import mean_interval
from sim.evidence.precision import INFLATION, LEAST
from sim.results.read import read_replicas
from sim.streams import replica_seed

WORDS = {"workers": 4, "straggler": "lognormal cv=0.8", "problem": "none"}


def speeds(result):
    return [summary.samples_per_second for summary in result.replicas]


def test_replicas_are_made_until_the_mean_is_precise_enough():
    result = simulated("hardsync", until="updates=12 precision=0.05", **WORDS)
    values = speeds(result)
    assert LEAST < len(values) < 100
    looks = [mean_interval(values[:n]) for n in range(LEAST, len(values) + 1)]
    widths = [INFLATION * look.half_width / look.value for look in looks]
    assert widths[-1] <= 0.05 < min(widths[:-1])
    assert result.summary.ci95["samples_per_second"] == pytest.approx(INFLATION * mean_interval(values).half_width)
    assert [summary.seed for summary in result.replicas] == [replica_seed(0, place) for place in range(len(values))]
    assert any(f"after {len(values)} replicas" in notice for notice in result.notices)


def test_as_many_as_asked_for_are_the_least():
    few = simulated("hardsync", until="updates=12 precision=10.0", **WORDS)
    assert len(few.replicas) == LEAST
    assert len(simulated("hardsync", until="updates=12 precision=10.0", replicas=7, **WORDS).replicas) == 7


def test_at_most_so_many_are_made_and_that_is_said():
    result = simulated("hardsync", until="updates=12 precision=1e-4 most_replicas=6", **WORDS)
    assert len(result.replicas) == 6
    assert any("until.most_replicas=6" in notice for notice in result.notices)


def test_a_figure_that_no_replica_has_ends_it():
    result = simulated("hardsync", until="updates=12 precision=0.05 precision_of=final_test_rmse", **WORDS)
    assert len(result.replicas) == LEAST
    assert any("none of the first 5 replicas has one" in notice for notice in result.notices)


def test_a_race_that_some_do_not_win_counts_up_to_the_bound():
    result = simulated(
        "hardsync",
        workers=2,
        problem="quadratic dim=2 noise=3",
        optimizer="sgd lr=0.1",
        until="updates=12 target_loss=0.1 precision=0.02 most_replicas=12",
        record="every_updates=1",
    )
    reached = [summary.seconds_to_target is not None for summary in result.replicas]
    assert len(reached) == 12
    assert any(reached)
    assert not all(reached)


def test_every_seed_is_kept(tmp_path):
    result = simulated("hardsync", until="updates=12", replicas=3, **WORDS)
    result.write(tmp_path, curve=False)
    assert read_replicas(tmp_path / "replicas.parquet") == result.replicas
    assert read_replicas(tmp_path / "nothing.parquet") == []
    (tmp_path / "replicas.parquet").write_bytes(b"PAR1")
    with pytest.raises(ValueError, match=r"replicas.parquet: truncated or not a table of replicas"):
        read_replicas(tmp_path / "replicas.parquet")


def test_what_has_no_effect_is_refused():
    with refused("precision_of: samples_per_second needs until.precision; give a share such as 0.05"):
        simulated("hardsync", until="updates=12 precision_of=samples_per_second", **WORDS)
    with refused("replicas: must be at most until.most_replicas=5, got 6; give more there"):
        simulated("hardsync", until="updates=12 precision=0.1 most_replicas=5", replicas=6, **WORDS)
