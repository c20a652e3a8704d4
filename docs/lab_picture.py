"""The picture of docs/lab.md, of labs that `python docs/lab.py FOLDER` has done.

    python docs/lab_picture.py FOLDER docs/lab.png

How far off each figure is, and its bar; how stale gradients were; and the race to 90 %.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from figures import save
from lab import CASES, CLOSE

from sim.lab.compare.picture import MEASURED, PREDICTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The labs that are drawn more closely.
SERVED, RACE = "async_ps", "to_90_percent"


def main() -> None:
    """Draw the labs of a folder into a file."""
    from matplotlib.figure import Figure
    from PIL import Image

    folder, target = map(Path, sys.argv[1:])
    figure = Figure(figsize=(10.0, 3.8), layout="constrained")
    far, stale, race = figure.subplots(1, 3, width_ratios=(1.5, 1.0, 1.2))
    draw_figures(far, folder)
    draw_staleness(stale, json.loads((folder / SERVED / "lab.json").read_text())["staleness"])
    draw_race(race, folder / RACE)
    for axes in (far, stale, race):
        axes.spines[["top", "right"]].set_visible(False)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=110)
    save(Image.open(drawn), target)


def draw_figures(axes: Axes, folder: Path) -> None:
    """How far predictions are off (%), a dot each, within their bars."""
    bars = [(name, bar) for name, case in CASES.items() for bar in case.bars]
    rows = [(name, bar, off) for name, bar in bars for off in _off(folder, name, bar)]
    for place, (name, bar, off) in enumerate(reversed(rows)):
        axes.barh(place, 200 * bar.most, left=-100 * bar.most, color="#dddddd", height=0.7)
        axes.plot(100 * off, place, "o", color=MEASURED[1], markersize=4)
        axes.text(-9.5, place, name.replace("_", " "), ha="right", va="center", fontsize=7)
    axes.axvline(0.0, color="#767676", linewidth=0.8)
    axes.set_xlim(-9, 9)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("predicted against measured (%); grey: the bar", fontsize=8)


def _off(folder: Path, name: str, bar: Any) -> Iterator[float]:
    found = folder / name / "lab.json"
    if bar == CLOSE or not found.exists():
        return
    for row in json.loads(found.read_text())["rows"]:
        if row["what"] == bar.figure:
            yield row["off"]


def draw_staleness(axes: Axes, staleness: dict[str, Any]) -> None:
    """Histograms of staleness of both sides."""
    for place, (name, colour, _) in enumerate((MEASURED, PREDICTED)):
        counts = {int(versions): count for versions, count in staleness[name].items()}
        total = sum(counts.values())
        look: dict[str, Any] = {"facecolor": colour} if place == 0 else {"facecolor": "none", "hatch": "////"}
        at = [versions + 0.4 * (place - 0.5) for versions in counts]
        axes.bar(at, [count / total for count in counts.values()], 0.4, edgecolor=colour, label=name, **look)
    axes.set_xlabel("staleness, async_ps of 8 (versions)", fontsize=8)
    axes.set_ylabel("share of gradients", fontsize=8)
    axes.legend(frameon=False, fontsize=8)


def draw_race(axes: Axes, folder: Path) -> None:
    """Accuracy over seconds of both sides, a line for every seed."""
    sides = (
        (MEASURED, sorted(folder.glob("measured/*/evaluations.csv")), "test_metric"),
        (PREDICTED, sorted(folder.glob("predicted/*/metrics.csv")), "test_accuracy"),
    )
    for (name, colour, dashes), files, column in sides:
        for number, file in enumerate(files):
            with file.open() as lines:
                rows = [(float(row["seconds"]), 100 * float(row[column])) for row in csv.DictReader(lines)]
            label = name if number == 0 else None
            axes.plot(*zip(*rows, strict=True), color=colour, linestyle=dashes, linewidth=0.8, label=label)
    axes.axhline(90.0, color="#767676", linewidth=0.8)
    axes.set_xlabel("seconds, hardsync of 8", fontsize=8)
    axes.set_ylabel("test accuracy (%)", fontsize=8)
    axes.legend(frameon=False, fontsize=8)


if __name__ == "__main__":
    main()
