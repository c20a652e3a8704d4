"""What a job of a sweep costs beside its simulation, against what Hydra takes for a task that does nothing.

    python benchmarks/sweep.py                     # about a minute

Both sweep over the same values of the same config tree, in this process, in turn: Hydra's own multirun with an empty
task, paceline with its task emptied, and paceline as it is, whose simulations tell how long they took themselves. Then
the same sweep again, in which every job is finished. Processor time of this process per job, the median of several
rounds.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from unittest import mock

import hydra

import sim.sweep.task
from sim.__main__ import main as paceline
from sim.config.build import register

JOBS = 40


def words(folder: Path) -> list[str]:
    """A sweep of tiny runs."""
    return ["-m", f"seed=range(0,{JOBS})", "problem=none", "workers=2", "until.updates=2", f"hydra.sweep.dir={folder}"]


def by_hydra(folder: Path) -> None:
    """Have Hydra do nothing for every job."""
    hydra.main(version_base="1.3", config_path="pkg://conf", config_name="config")(lambda config: None)()


def by_paceline(folder: Path) -> None:
    """Have paceline do the sweep."""
    with redirect_stdout(io.StringIO()):
        paceline()


def seconds(sweep: Callable[[Path], None], folder: Path) -> float:
    """Processor time of a job (s)."""
    sys.argv = ["paceline", *words(folder)]
    began = time.process_time()
    sweep(folder)
    return (time.process_time() - began) / JOBS


def simulating(folder: Path) -> float:
    """What the simulations themselves took, of a job (s)."""
    told = [json.loads(path.read_text())["wall_seconds"] for path in folder.rglob("summary.json")]
    assert len(told) == JOBS
    return sum(told) / JOBS


def main() -> None:
    """Measure, and print milliseconds a job and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (default: %(default)s)")
    rounds = parser.parse_args().rounds
    register()
    empty = mock.patch.object(sim.sweep.task.Task, "__call__", return_value=sim.sweep.task.Ended(Path()))
    figures: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(rounds + 1):
            base = Path(scratch) / str(number)
            found = {"an empty task by Hydra": seconds(by_hydra, base / "hydra")}
            with empty:
                found["an empty task by paceline"] = seconds(by_paceline, base / "empty")
            whole = seconds(by_paceline, base / "whole")
            found["a tiny run by paceline, without its simulation"] = whole - simulating(base / "whole")
            found["a finished run by paceline"] = seconds(by_paceline, base / "whole")
            for name, value in found.items() if number else ():  # the first round loads and compiles
                figures.setdefault(name, []).append(value)
    hydras = statistics.median(figures["an empty task by Hydra"])
    for name, values in figures.items():
        print(f"{name:50} {1e3 * statistics.median(values):6.1f} ms {statistics.median(values) / hydras:6.2f} x")


if __name__ == "__main__":
    main()
