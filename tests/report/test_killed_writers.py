"""A run's files when the process that writes them is killed, before any step of the writing."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from killing import killed_at
from made_up_runs import run

from sim.results.read import read_metrics, read_summary
from sim.results.result import SUMMARY

pytestmark = [pytest.mark.usefixtures("undrawn"), pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")]

QUESTION = {".hydra/config.yaml": "workers: 8\n"}
FILES = [".hydra", "metrics.csv", "staleness.csv", SUMMARY]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_new_folder_has_all_files_or_none(tmp_path: Path) -> None:
    for step in count(1):  # what a killed writer has left, the next one removes
        folder = tmp_path / f"{step}" / "run"
        folder.mkdir(parents=True)
        if not killed_at(step, lambda folder=folder: run().write(folder, QUESTION)):
            break
        assert names(folder) in ([], sorted(FILES))
        run().write(folder, QUESTION)
        assert (names(folder.parent), names(folder)) == (["run"], sorted(FILES))
    assert step > 10  # or nothing was struck


@pytest.mark.slow
def test_a_folder_with_an_earlier_run_is_that_run_or_the_new_one_or_incomplete(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    old, new = run("old", interval=4.0), run("new", interval=1.0)
    folder.mkdir()
    (folder / "notes").write_text("of the user")
    for step in count(1):
        old.write(folder, QUESTION)
        assert (names(tmp_path), names(folder)) == (["run"], sorted([*FILES, "notes"]))
        if not killed_at(step, lambda: new.write(folder, QUESTION)):
            break
        if (folder / SUMMARY).exists():
            whose = {"old": old, "new": new}[read_summary(folder / SUMMARY).protocol]
            assert read_metrics(folder / "metrics.csv") == whose.metrics
    assert step > 10
