"""Seeds that failed, by the group that they would have been in."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sim.report.grouping import BESIDE
from sim.results.failure import FAILURE
from sim.results.result import SUMMARY


def failed_seeds(directories: Sequence[Path], runs: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many seeds of each group failed.

    Parameters
    ----------
    directories
        Run directories, or parents of any number of them.
    runs
        The directories of the runs of each group, by its ``run``; see `sim.report.grouping.Groups`.
    """
    failed = Counter(
        _asked(Path(folder, FAILURE), "overrides")
        for directory in directories
        for folder, _, files in os.walk(directory)
        if FAILURE in files and SUMMARY not in files
    )
    if not failed:
        return {}
    words = {
        run: {_asked(Path(each, ".hydra", "question.json"), "words") for each in of_one} for run, of_one in runs.items()
    }
    return {run: count for run, said in words.items() if (count := sum(failed[each] for each in said if each))}


def _asked(path: Path, key: str) -> frozenset[str]:
    """The overrides of a run that a file has, but for those that ask nothing; empty where it has none."""
    try:
        words: Iterable[object] = json.loads(path.read_text(encoding="utf-8"))[key]
        said = [str(word) for word in words]
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()
    keys = {word: word.lstrip("+~").partition("=")[0] for word in said}
    return frozenset(word for word, name in keys.items() if not (name in BESIDE or name.startswith("sweep.")))
