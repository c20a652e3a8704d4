"""A study that is killed anywhere, and started again, ends as one that was not."""

from __future__ import annotations

import json
import random
import re
import time
from pathlib import Path

import pytest
from started import started

#: What says when, or how long it took: runs' times, and sentences of pages.
WALL = re.compile(r"whose simulations took [^.]*\.?[^.]*? of one core")
#: Hydra's own account of a run has the place of the job in what was left to do.
BESIDE = "hydra.yaml"


def _ended(name: str, folder: Path) -> str:
    study = started(name, folder)
    said, _ = study.communicate(timeout=300)
    assert study.returncode == 0, said
    return said


def _killed(name: str, folder: Path, lines: int, later: float) -> bool:
    """Whether a study was killed: so many lines after its first one, and a little later (s)."""
    study = started(name, folder)
    assert study.stdout is not None
    for _ in range(lines):
        study.stdout.readline()
    time.sleep(later)
    study.kill()
    study.communicate()
    return study.returncode == -9


def _kept(folder: Path) -> dict[str, bytes]:
    """All that a study has written, but for the clock on the wall."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_dir() or path.name == BESIDE:
            continue
        data = path.read_bytes()
        if path.name == "summary.json":
            summary = json.loads(data)
            del summary["wall_seconds"]
            data = json.dumps(summary).encode()
        if path.suffix in {".html", ".md"}:
            data = WALL.sub("", data.decode()).encode()
        found[str(path.relative_to(folder))] = data
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", ["steps", "rates"])
def test_a_study_that_is_killed_at_random_ends_as_one_that_is_not(name: str, tmp_path: Path) -> None:
    whole, struck = tmp_path / "whole", tmp_path / "struck"
    for folder in (whole, struck):
        folder.mkdir()
    runs = len(re.findall(r"^\d+/\d+ ", _ended(name, whole), re.MULTILINE))
    seed = random.randrange(2**32)
    print(f"killed at random: seed {seed}")  # shown where the test fails
    draw = random.Random(seed)
    # Each goes on where the one before it was killed: among the runs, and where verdict, figures and page are written.
    places = [*(draw.randint(1, max(1, runs // 3)) for _ in range(2)), runs]
    killed = [_killed(name, struck, lines, draw.uniform(0.0, 0.3)) for lines in places]
    assert any(killed)
    _ended(name, struck)
    assert _kept(struck) == _kept(whole)
