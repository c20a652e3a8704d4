"""What is kept of how a run was asked is the same, whether its config was made for it or not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hydra._internal.callbacks import Callbacks
from hydra.types import HydraContext
from omegaconf import DictConfig

from sim.config.application import application
from sim.config.build import register
from sim.config.jobs import Jobs
from sim.config.overrides import checked, parsed
from sim.config.run_config import RunConfig
from sim.config.sources import sources
from sim.sweep.launch import run_in

LINES = [
    ("seed=0,1", "workers=2"),
    ("optimizer.lr=1,1e-3", "optimizer=adam", "problem.hidden=[8],[8,4]", "until.target_accuracy=null"),
    ("protocol=dpsgd,async_ps", "network=ring", "record.spans=true", "straggler=lognormal,gamma", "straggler.cv=0.2"),
    ("problem.folder='a: b #c','1e3',on", "problem=fashion_mlp", "hydra.sweep.dir=s", "sweep.on_impossible=skip"),
]
CASES = [LINES[0], *(pytest.param(words, marks=pytest.mark.slow) for words in LINES[1:])]


@pytest.mark.parametrize("words", CASES, ids=" ".join)
def test_the_texts_of_a_job_are_those_of_its_config(words: tuple[str, ...], tmp_path: Path) -> None:
    register()
    own = sources(None, None)
    with application(own) as hydra:
        jobs = Jobs(hydra.config_loader, own.name, checked(parsed(words, multirun=True), own, multirun=True), True)
        context = HydraContext(config_loader=hydra.config_loader, callbacks=Callbacks())
        for job in jobs:
            said, directory = jobs.run_config(job), tmp_path / str(job.number)
            assert said is not None

            def task(config: DictConfig, directory: Path = directory) -> tuple[RunConfig, dict[str, str]]:
                of_hydra = RunConfig.of(config)
                return of_hydra, of_hydra.texts(directory)

            of_hydra, texts = run_in(jobs.config(job), directory, context, task)
            assert said.texts(directory) == texts
            assert said[:4] == of_hydra[:4]


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [("+optimizer.beta=1,2",), ("batch=${workers}", "seed=1,2"), ("hydra.job.chdir=true", "seed=1,2")],
    ids=" ".join,
)
def test_a_job_that_only_its_config_knows_has_it_made(words: tuple[str, ...]) -> None:
    register()
    own = sources(None, None)
    with application(own) as hydra:
        jobs = Jobs(hydra.config_loader, own.name, checked(parsed(words, multirun=True), own, multirun=True), True)
        assert [jobs.run_config(job) for job in jobs] == [None, None]
