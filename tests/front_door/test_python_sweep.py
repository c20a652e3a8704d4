"""Sweeps from Python: the same folders, runs and bytes as those of the command."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from command import Command
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

from sim.config.error import ConfigError
from sim.report.load_runs import load_runs
from sim.sweep.sweep import Swept, _words, sweep

ASKED = {"problem": "quadratic", "until.updates": 4, "workers": [2, 3], "protocol": ["local", "hardsync"]}
WORDS = ["problem=quadratic", "until.updates=4", "workers=2,3", "protocol=local,hardsync"]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def files(folder: Path) -> dict[str, bytes]:
    """What lies in a sweep's folder, but for what says when and where it was made."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("summary.json", "hydra.yaml")
    }


@pytest.mark.slow
def test_a_sweep_leaves_what_the_command_leaves(paceline: Command, tmp_path: Path) -> None:
    swept = sweep(ASKED, "python")
    assert (swept.folder, swept.jobs, swept.simulated) == (Path("python"), 4, 4)
    assert paceline("-m", *WORDS, "hydra.sweep.dir=shell").status == 0
    assert files(tmp_path / "python") == files(tmp_path / "shell")
    names = ["protocol", "workers", "virtual_seconds", "final_test_loss"]
    assert load_runs("python").select(names).equals(load_runs("shell").select(names))
    # Either goes on with what the other has left.
    assert "4 of 4 runs are finished already" in paceline("-m", *WORDS, "hydra.sweep.dir=python").out
    assert sweep(WORDS, tmp_path / "shell").simulated == 0


@pytest.mark.slow
def test_it_says_nothing_and_leaves_hydra_to_others(capfd: pytest.CaptureFixture[str]) -> None:
    before = GlobalHydra.instance().hydra
    swept = sweep(ASKED)
    assert capfd.readouterr() == ("", "")
    assert GlobalHydra.instance().hydra is before
    assert swept.folder.parts[0] == "multirun"
    assert swept.runs().height == 4
    assert sweep(ASKED, resume=True) == Swept(swept.folder, 4, 0)
    with pytest.raises(ConfigError, match="--resume: no sweep below multirun asks the same"):
        sweep({**ASKED, "until.updates": 5}, resume=True)


@pytest.mark.slow
def test_what_cannot_be_simulated_is_refused_or_skipped() -> None:
    asked = {"problem": "quadratic", "until.updates": 2, "network.hosts": 6, "workers": [4, 8]}
    with pytest.raises(ConfigError, match=r"network\.hosts: 9 are needed.*\(job 2 of 2: workers=8\)"):
        sweep(asked, "runs")
    assert not Path("runs").exists()
    swept = sweep(asked, "runs", on_impossible="skip")
    assert (swept.simulated, [*swept.impossible]) == (1, ["workers=8"])


@pytest.mark.slow
def test_options_of_ones_own_are_found() -> None:
    Path("own/device").mkdir(parents=True)
    Path("own/device/mine.yaml").write_text("defaults: [cpu_core]\noverhead_seconds: 1.0e-3\n")
    swept = sweep({"device": ["mine", "cpu_core"], "problem": "none", "until.updates": 2}, "runs", config_dir="own")
    slow, usual = swept.runs().sort("device", descending=True)["virtual_seconds"]
    assert slow > usual


@pytest.mark.slow
def test_failed_runs_are_told_and_the_others_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    import sim.simulate

    simulated = sim.simulate.simulate

    def fails(experiment, progress=None, *rest):  # type: ignore[no-untyped-def]
        if getattr(experiment, "experiment", experiment).workers == 3:
            raise ArithmeticError("it is a test")
        return simulated(experiment, progress, *rest)

    monkeypatch.setattr(sim.simulate, "simulate", fails)
    with pytest.warns(RuntimeWarning, match="1 of 2 runs failed"):
        swept = sweep({"problem": "quadratic", "until.updates": 2, "workers": [2, 3]}, "runs")
    assert (swept.simulated, len(swept.failed)) == (1, 1)
    assert "it is a test" in next(iter(swept.failed.values()))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("workers=3", r"overrides: must be a list of words, got 'workers=3'; write \['workers=3'\]"),
        ({"workers": []}, "workers: no values are given to sweep over"),
        ({"workers": object()}, "is no number, text, truth value or list of these"),
        ({"workers": [0]}, "workers: must be at least 1"),
        ({"workrs": 3}, "workrs: no such key; did you mean workers?"),
        ({"protocol": "alreduce"}, "protocol: there is no option 'alreduce'; did you mean allreduce?"),
        ({"record.spans": 1}, "record.spans: must be true or false, got 1"),
    ],
)
def test_a_mistake_is_one_line(asked: object, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        sweep(asked, "runs")  # type: ignore[arg-type]
    assert "\n" not in str(refused.value)
    assert not Path("runs").exists()


def test_values_are_written_as_the_command_has_them() -> None:
    asked = {
        "workers": range(2, 5),
        "optimizer.lr": np.array([0.1, 1e-5]),
        "seed": np.int64(3),
        "problem.hidden": [64, 32],  # takes a list, so that this is one
        "network.shape": [[2, 2], (4, 4)],
        "record.spans": True,
        "until.epochs": None,
        "problem.folder": "a b, c",
    }
    assert [*_words(asked)] == [
        "workers=2,3,4",
        "optimizer.lr=0.1,1e-05",
        "seed=3",
        "problem.hidden=[64,32]",
        "network.shape=[2,2],[4,4]",
        "record.spans=true",
        "until.epochs=null",
        'problem.folder="a b, c"',
    ]


@pytest.mark.slow
def test_a_table_of_pandas_is_one_of_polars_or_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    sweep({"problem": "none", "until.updates": 1, "workers": [2, 3]}, "runs")
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "pandas", None)  # as where it is not installed
        with pytest.raises(ModuleNotFoundError, match="pandas=True: pandas is not installed; pip install pandas"):
            load_runs("runs", pandas=True)
    pandas = pytest.importorskip("pandas")
    table = load_runs("runs", pandas=True)
    assert isinstance(table, pandas.DataFrame)
    assert table["workers"].tolist() == load_runs("runs")["workers"].to_list()


def test_configs_are_written_as_hydra_writes_them() -> None:
    from sim.config.yaml_text import yaml_text

    config = OmegaConf.create({"a": {"b": ["1e5", "yes", 1e-5, None, "x: y"], "c": "${a.b}"}, "d": {}, "e": "ü"})
    assert yaml_text(config) == OmegaConf.to_yaml(config)
