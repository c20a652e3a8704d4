"""The runs of a study as its claims look at them."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.plot.cells import Cell, Runs, natural, read_runs, text

#: How wrong a model is in the end, by what a problem measures; less is better.
ERRORS = ("final_test_rmse", "final_test_loss")


class Table:
    """The runs of a study, those that differ in the seed only together.

    Parameters
    ----------
    folders
        Name of a part -> the folder of the runs that judge.

    Raises
    ------
    ValueError
        When a folder holds no run, or a file is truncated.
    """

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._runs: dict[str, Runs] = {name: read_runs([folder], {}) for name, folder in folders.items()}

    def cells(self, part: str, words: str = "") -> list[Cell]:
        """All runs of a part that have some settings, in natural order of where they differ.

        Parameters
        ----------
        part
            Name of the part.
        words
            Settings, as ``key=value``.

        Raises
        ------
        LookupError
            Where no run has them.
        """
        asked = dict(word.split("=", 1) for word in shlex.split(words))
        found = [
            cell
            for cell in self._runs[part].cells
            if all(_word(cell.row.get(key)) == value for key, value in asked.items())
        ]
        if not found:
            raise LookupError(f"{part}: no run has {words}")
        varied = self._runs[part].varied
        names = {id(cell): " ".join(text(cell.row.get(key)) for key in varied) for cell in found}
        places = {name: place for place, name in enumerate(natural(names.values()))}
        return sorted(found, key=lambda cell: places[names[id(cell)]])

    def cell(self, part: str, words: str = "") -> Cell:
        """The runs of a part that have some settings, and differ in the seed only.

        Raises
        ------
        LookupError
            Where no run has them, or runs that have them differ in more.
        """
        found = self.cells(part, words)
        if len(found) > 1:
            differ = [key for key in self._runs[part].varied if len({text(cell.row.get(key)) for cell in found}) > 1]
            raise LookupError(f"{part}: runs that have {words} differ in {', '.join(differ)}")
        return found[0]

    def at(self, runs: str) -> Cell:
        """The same, by one text: the part's name, then the settings."""
        part, _, words = runs.partition(" ")
        return self.cell(part, words)

    def error(self, part: str) -> str:
        """The figure that says how wrong the models of a part are in the end."""
        summaries = [summary for cell in self._runs[part].cells for summary in cell.seeds.values()]
        return next(name for name in ERRORS if any(getattr(each, name) is not None for each in summaries))

    @property
    def wall_seconds(self) -> float:
        """What the simulation of all runs has taken (s of wall-clock time, of one process)."""
        cells = [cell for runs in self._runs.values() for cell in runs.cells]
        return math.fsum(each.wall_seconds or 0.0 for cell in cells for each in cell.seeds.values())


def _word(value: Any) -> str:
    """A setting as it is typed."""
    return str(value).lower() if isinstance(value, bool) else text(value)
