"""All runs are checked before the first, which costs next to nothing beside the first composition."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import Command
from hydra import compose, initialize_config_module

from sim.cluster.cluster import Cluster
from sim.command import preflight
from sim.command.words import read_words
from sim.config.build import build, register
from sim.experiment import Experiment

pytestmark = pytest.mark.slow

SWEEPS = [
    "workers=2,4 optimizer.lr=0.1,0.2 seed=3",
    "protocol=ssp,hardsync network=leaf_spine,ring workers=3",
    "protocol=ssp,softsync protocol.modulation=per_gradient",
    "protocol=gossip_pull,dpsgd topology=ring,torus workers=16",
    "protocol=gossip_pull,dpsgd",
    "experiment=first_look workers=8,16",
    "problem=digits_mlp problem.hidden=[8],[8,8] until.epochs=1",
    "workers=2,3 batch=${workers}",
    "+until.seconds=1,2 ++record.spans=true",
    "straggler=lognormal,none until.updates=range(1,4)",
]


@pytest.mark.parametrize("line", SWEEPS)
def test_a_run_has_the_config_that_hydra_composes_for_it(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    register()
    found: list[tuple[list[str], Experiment]] = []
    config_of = preflight._Frames.config

    def watched(frames, job, number):
        config = config_of(frames, job, number)
        found.append((list(job), build(config)))
        return config

    monkeypatch.setattr(preflight._Frames, "config", watched)
    preflight.check_all(read_words(["-m", *line.split()]))
    assert len(found) > 1
    with initialize_config_module("conf", version_base="1.3", job_name="paceline"):
        for job, experiment in found:
            assert experiment == build(compose("config", job))


def test_runs_with_the_same_options_are_composed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    composed = []
    monkeypatch.setattr(preflight, "compose", lambda *given, **more: composed.append(given) or compose(*given, **more))
    words = read_words(["-m", "workers=1,2,3,4,5,6,7,8", "seed=0,1,2,3,4,5,6,7", "until.updates=1"])
    register()
    assert preflight.check_all(words).runs == 64
    assert len(composed) == 2  # what all have in common, and the one frame


def test_a_run_is_put_together_once(paceline: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    drawn = []
    cluster, blueprint = Cluster.__init__, preflight.Blueprint.__post_init__
    monkeypatch.setattr(Cluster, "__init__", lambda self, *given: made.append(self) or cluster(self, *given))
    monkeypatch.setattr(preflight.Blueprint, "__post_init__", lambda self: drawn.append(self) or blueprint(self))
    assert paceline("protocol=allreduce", "until.updates=1", f"hydra.run.dir={tmp_path / 'run'}").status == 0
    assert len(made) == len(drawn) == 1


def test_what_makes_runs_the_same_is_known_before_the_first() -> None:
    words = read_words(["-m", "protocol=async_ps", "collective=ring,tree", "problem=none", "seed=0,1"])
    register()
    why = "protocol=async_ps has no collectives"
    assert preflight.check_all(words).notices == [f"{why}: the 2 runs over collective are the same, 2 times"]
