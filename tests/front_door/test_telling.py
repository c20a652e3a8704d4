"""What is said of a sweep is what differs in it, however much its runs have in common."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.command.telling import LONG, going_on

#: Words that all runs of a sweep have, 400 characters of them.
CONSTANT = (
    *("problem=quadratic", "problem.dim=20", "problem.noise=0.1", "optimizer=momentum", "optimizer.lr=0.01"),
    *("straggler=exponential", "network=single_switch", "network.latency_us=5", "network.bandwidth_gbps=25"),
    *("until.updates=4", "record.spans=false", "record.trajectory=false", "record.every_updates=2", "batch=16"),
    *("sweep.on_impossible=skip", "record.gradients=false", "protocol=async_ps", "server.shards=2", "replicas=1"),
    *("until.diverged_factor=1000", "optimizer.momentum=0.8"),
)
CORES = ("hydra/launcher=cores", "hydra.launcher.n_jobs=2")
ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path("sweeps/one")


def test_a_short_command_line_goes_on_as_it_was_typed() -> None:
    typed = ["-m", "--resume", "seed=range(0,3)", "workers=2,4"]
    assert going_on("", typed, FOLDER) == "paceline -m 'seed=range(0,3)' workers=2,4 hydra.sweep.dir=sweeps/one"
    assert going_on("tune", ["workers=2", "hydra.sweep.dir=x"], FOLDER) == (
        "paceline tune workers=2 hydra.sweep.dir=sweeps/one"
    )


def test_a_long_one_is_not_repeated_to_who_has_typed_it() -> None:
    assert len(" ".join(CONSTANT)) > LONG
    assert going_on("", ["-m", *CONSTANT], FOLDER) == "the same command with hydra.sweep.dir=sweeps/one"
    assert going_on("", ["-m", *CONSTANT, "hydra.sweep.dir=sweeps/one"], FOLDER) == "the same command"


@pytest.mark.slow
@pytest.mark.parametrize("words", [("workers=2,3",), ("workers=2",), ("workers=2,3", *CORES)], ids=" ".join)
def test_what_all_runs_have_is_in_no_line(words: tuple[str, ...], tmp_path: Path) -> None:
    if CORES[0] in words:
        pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="pip install 'paceline[joblib]'")
    command = [sys.executable, "-m", "sim", "-m", *CONSTANT, *words, "hydra.sweep.dir=s"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    out = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout
    lines = [line for line in out.splitlines() if " after " in line]
    assert len(lines) == words[0].count(",") + 1
    assert not [word for word in CONSTANT if word in out]
