"""What it saves that the runs of a sweep follow one clock: CPU and wall-clock seconds of a sweep over learning rates.

    python benchmarks/reuse.py                     # two minutes

The runs of a sweep of one problem are simulated twice each, by themselves and following the first one's clock, in turns
so that both meet the same computer; what is printed are sums over the sweep, the first run of either kind included. The
share c of the clock is measured beside them: the CPU seconds of the same cluster that learns nothing. Without the clock
of 19 runs in 20 a sweep takes 1 - 0.95 c of its time: Amdahl's law allows 1 / (1 - 0.95 c). More is possible, because
nobody writes the tape of a run that follows. Results must be the same.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from sim.cluster.blueprint import Blueprint
from sim.cluster.cluster import Cluster
from sim.cluster.recording import Recordings
from sim.experiment import Experiment
from sim.garbage import seldom_collected
from sim.optimizers.sgd import SGD
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.digits_softmax import DigitsSoftmax
from sim.problems.none import NoProblem
from sim.results.result import Result
from sim.results.rows import metrics_csv
from sim.simulate import simulate
from sim.until import Until


class Taken(NamedTuple):
    """CPU and wall-clock seconds."""

    cpu: float
    wall: float


def timed(work: Callable[[], Any]) -> tuple[Taken, Any]:
    """What a call takes, and returns."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return Taken(time.process_time() - cpu, time.perf_counter() - wall), result


def said(result: Result) -> str:
    """What a run has found."""
    return replace(result.summary, wall_seconds=None).to_json() + metrics_csv(result.metrics)


def clock_alone(experiment: Experiment) -> None:
    """The cluster, and nothing learned."""
    with seldom_collected():
        Cluster(Blueprint(replace(experiment, problem=NoProblem.in_place_of(experiment.problem))), 0).run()


def sweep(experiment: Experiment, rates: list[float]) -> tuple[list[str], bool]:
    """A row of the table, and whether both gave the same."""
    recordings, same = Recordings(), True
    alone, following, clock = [], [], []
    simulate(experiment)  # compiles and loads; what notices try is tried once
    for lr in rates:
        each = replace(experiment, optimizer=SGD(lr=lr))
        taken, one = timed(lambda each=each: simulate(each))
        alone.append(taken)
        taken, other = timed(lambda each=each: simulate(each, recordings=recordings))
        following.append(taken)
        clock.append(timed(lambda each=each: clock_alone(each))[0])
        same = same and said(one) == said(other)
    cpu, wall = (sum(column) for column in zip(*alone, strict=True))
    cpu_after, wall_after = (sum(column) for column in zip(*following, strict=True))
    c = float(np.median([each.cpu for each in clock]) / np.median([each.cpu for each in alone]))
    allowed = 1 / (1 - (1 - 1 / len(rates)) * c)
    figures = (cpu, cpu_after, cpu / cpu_after, allowed, c, wall, wall_after)
    return [f"{figure:.2f}" for figure in figures], same


def main() -> None:
    """Print a row for each problem."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=256)
    parser.add_argument("--values", type=int, default=20, help="learning rates")
    parser.add_argument("--epochs", type=float, default=100.0)
    parser.add_argument("--highest", type=float, default=3e-3, help="the highest of them; above, runs diverge")
    arguments = parser.parse_args()
    rates = np.geomspace(arguments.highest / 10, arguments.highest, arguments.values).tolist()
    print(f"{arguments.values} learning rates, {arguments.workers} workers, {arguments.epochs:g} epochs")
    print("problem         CPU s  following  ratio  allowed     c  wall s  following")
    for problem in (DigitsSoftmax(), DigitsMLP()):
        experiment = Experiment(
            workers=arguments.workers, problem=problem, until=Until(epochs=arguments.epochs), optimizer=SGD(lr=1e-3)
        )
        (cpu, after, ratio, allowed, c, wall, wall_after), same = sweep(experiment, rates)
        said_same = "" if same else "  RESULTS DIFFER"
        print(
            f"{type(problem).__name__:14}{cpu:>7}{after:>11}{ratio:>7}{allowed:>9}{c:>6}{wall:>8}{wall_after:>11}"
            + said_same,
            flush=True,
        )


if __name__ == "__main__":
    main()
