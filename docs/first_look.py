"""Draw docs/first_look.png, the picture in README.md, from the runs of `make run`: `make picture` does it.

Of the runs of each protocol it is the best that is drawn: the first to reach the target.
"""

from __future__ import annotations

import sys
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sim.report.best import best_of
from sim.report.collect import collect
from sim.report.comparison import with_target
from sim.results.atomic import write_atomically
from sim.results.read import read_metrics

# Okabe and Ito's palette, which colour-blind readers can tell apart.
COLOURS = {"dpsgd": "#009e73", "async_ps": "#d55e00", "allreduce": "#0072b2", "hardsync": "#767676"}
TARGET = 0.95


def draw(runs: Path, path: Path) -> None:
    """Draw the test accuracy of each run below `runs` over virtual seconds, and when it reached the target."""
    figure = Figure(figsize=(7.2, 3.6), dpi=144, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    table = collect([runs])
    table = with_target(table, {run: read_metrics(Path(run) / "metrics.csv") for run in table["run"]}, TARGET)
    best = best_of(table, "protocol").table.to_dicts()
    curves = {row["protocol"]: read_metrics(Path(row["run"]) / "metrics.csv") for row in best}
    reached = {row["protocol"]: row["report.seconds_to_target"] for row in best}
    rates = {row["protocol"]: row["optimizer.lr"] for row in best}
    for name in reached:
        rows = curves[name]
        seconds, accuracy = [row.seconds for row in rows], [row.test_accuracy for row in rows]
        axes.plot(seconds, accuracy, color=COLOURS[name], label=f"{name}, lr {rates[name]}: {reached[name]:.3g} s")
        axes.plot([reached[name]], [TARGET], "o", color=COLOURS[name])
    axes.axhline(TARGET, color="#bbbbbb", linewidth=0.8, zorder=0)
    axes.set(xlabel="virtual seconds", ylabel="test accuracy", xlim=(0, None), ylim=(0.5, 1.0))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(title=f"time to {TARGET:.0%}", frameon=False, loc="lower right")
    write_atomically(path, lambda file: figure.savefig(file, format="png", metadata={"Software": None}))


if __name__ == "__main__":
    draw(Path(sys.argv[1]), Path(sys.argv[2]))
