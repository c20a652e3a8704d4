"""All runs are checked before the first, which costs next to nothing beside the first composition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from command import Command
from hydra import compose, initialize_config_module
from hydra.core.global_hydra import GlobalHydra

from sim.cluster.blueprint import Blueprint
from sim.cluster.cluster import Cluster
from sim.command.words import read_words
from sim.config.build import build, register
from sim.config.composer import Composer
from sim.config.jobs import Jobs
from sim.sweep.agenda import Agenda, agenda
from sim.sweep.folder import SweepFolder
from sim.sweeping import OnImpossible

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
    "workload=resnet50,synthetic workers=2",
]


@contextmanager
def asked(line: Sequence[str]) -> Iterator[Jobs]:
    """The jobs of a command line."""
    register()
    words = read_words(["-m", *line])
    with initialize_config_module("conf", version_base="1.3", job_name="paceline"):
        yield Jobs(GlobalHydra.instance().config_loader(), "config", words.overrides, words.multirun)


def drawn(*line: str) -> Agenda:
    with asked(line) as jobs:
        return agenda(jobs, SweepFolder(Path("nowhere")), OnImpossible.refuse)


@pytest.mark.parametrize("line", SWEEPS)
def test_a_run_asks_what_hydra_composes_for_it(line: str) -> None:
    with asked(line.split()) as jobs:
        every = list(jobs)
        assert len(every) > 1
        for job in every:
            of_hydra = build(compose("config", list(job.overrides)))
            assert jobs.experiment(job) == of_hydra
            assert build(jobs.config(job)) == of_hydra


def test_runs_with_the_same_options_are_composed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    composed = []
    original = Composer.compose
    monkeypatch.setattr(Composer, "compose", lambda self, words: composed.append(words) or original(self, words))
    assert drawn("workers=1,2,3,4,5,6,7,8", "seed=0,1,2,3,4,5,6,7", "until.updates=1").jobs == 64
    assert len(composed) == 1  # what all have in common, of which the one frame is made


def test_a_run_is_put_together_once(paceline: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    drawn = []
    cluster, blueprint = Cluster.__init__, Blueprint.__post_init__

    def making(self: Cluster, *given: Any, **more: Any) -> None:
        made.append(self)
        cluster(self, *given, **more)

    monkeypatch.setattr(Cluster, "__init__", making)
    monkeypatch.setattr(Blueprint, "__post_init__", lambda self: drawn.append(self) or blueprint(self))
    assert paceline("protocol=allreduce", "until.updates=1", f"hydra.run.dir={tmp_path / 'run'}").status == 0
    assert len(made) == len(drawn) == 1


def test_what_makes_runs_the_same_is_known_before_the_first() -> None:
    why = "protocol=async_ps has no collectives"
    notices = drawn("protocol=async_ps", "collective=ring,tree", "problem=none", "seed=0,1").notices
    assert notices == [f"{why}: the 2 runs over collective are the same, 2 times"]
