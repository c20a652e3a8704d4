"""Collectives over thousands of ranks: CPU seconds and peak memory of one all-reduce of 100 MB, from nothing.

    python benchmarks/scale.py                     # about two minutes; python benchmarks/scale.py --help

Each run has a process of its own, whose kernels have been loaded by a small one; its seconds are those of the network,
the schedule and the run, its memory is all that the process ever had, Python and the libraries included. Every end is
compared first: a ring's with the alpha-beta time, a hierarchical one's with what its wires allow at best, since routes
of a fat tree that are chosen by a hash collide, which has no closed form.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from statistics import median
from typing import NamedTuple

import networkx as nx
import numpy as np

from measure.console import console, markdown_table
from measure.flows import BANDWIDTH
from measure.surroundings import describe
from sim.collectives.hierarchical import Hierarchical
from sim.collectives.operations.bounds import bounds
from sim.collectives.operations.operation import Operation
from sim.collectives.operations.site import Site
from sim.collectives.ring import Ring
from topologies.networks.fat_tree import FatTree
from topologies.networks.single_switch import single_switch

NBYTES, LATENCY = 1e8, 5e-6  # of the vector (B); of a link (s)
#: Relative.
TOLERANCE = 1e-9


class Reading(NamedTuple):
    """What an all-reduce took: CPU seconds, peak memory (MB), messages, and how far off its end was (relative)."""

    seconds: float
    megabytes: float
    messages: int
    error: float | None


class Outcome(NamedTuple):
    """What was carried out, until when (s), and what that has to be (s), where it is known; else how it is checked."""

    operation: Operation
    end: float
    expected: float | None
    check: Callable[[], None] = lambda: None


def ring(ranks: int, late: bool) -> Outcome:
    """On one switch; the ranks enter together, or lognormally late: mean 0.2 s, standard deviation 0.1 s."""
    operation = Ring(channels=1).all_reduce(ranks, NBYTES)
    # 2 (n - 1) steps of a route's latency and a chunk (Thakur, Rabenseifner and Gropp 2005).
    expected = 2 * (ranks - 1) * (2 * LATENCY + NBYTES / (ranks * BANDWIDTH))
    if late:
        spread = np.log(1.0 + 0.5**2)
        entered = np.random.default_rng(0).lognormal(np.log(0.2) - spread / 2, np.sqrt(spread), ranks)
        operation = entering(operation, entered)
        expected += float(entered.max())  # everybody waits for the last, and nobody longer
    end = Site(single_switch(ranks, BANDWIDTH, LATENCY), range(ranks)).seconds(operation)
    return Outcome(operation, end, expected)


def entering(operation: Operation, entered: np.ndarray) -> Operation:
    """The operation of ranks that enter so much later (s): each waits before what it began with."""
    nodes, ranks = len(operation.source), operation.ranks
    nobody, nothing = np.full(ranks, -1, np.int32), np.zeros(ranks, np.int32)
    return replace(
        operation,
        source=np.append(operation.source, nobody),
        target=np.append(operation.target, nobody),
        nbytes=np.append(operation.nbytes, np.zeros(ranks)),
        delay=np.append(operation.delay, entered),
        successors=np.append(operation.successors, operation.entry),
        offsets=np.append(operation.offsets, operation.offsets[-1] + 1 + np.arange(ranks)),
        entry=nodes + np.arange(ranks),
        begin=np.append(operation.begin, nothing),
        end=np.append(operation.end, nothing),
        adds=np.append(operation.adds, nothing > 0),
    )


def hierarchical(ranks: int, routing: str) -> Outcome:
    """On the smallest fat tree that has so many hosts."""
    graph: nx.Graph = FatTree(bandwidth_gbps=10.0, latency_us=5.0, routing=routing).graph(ranks)
    site = Site(graph, range(ranks))
    operation = Hierarchical().on(site).all_reduce(ranks, NBYTES)
    end = site.seconds(operation)
    return Outcome(operation, end, None, lambda: bounds(operation, graph, range(ranks)).check(0.0, 0.0, end))


CASES: dict[str, Callable[[], Outcome]] = {
    "ring, one switch, 1024 ranks": partial(ring, 1024, late=False),
    "ring, one switch, 1024 ranks, lognormal stragglers": partial(ring, 1024, late=True),
    "ring, one switch, 4096 ranks": partial(ring, 4096, late=False),
    "hierarchical, fat tree, ecmp, 4096 ranks": partial(hierarchical, 4096, "ecmp"),
    "hierarchical, fat tree, shortest, 4096 ranks": partial(hierarchical, 4096, "shortest"),
    "hierarchical, fat tree, ecmp, 16384 ranks": partial(hierarchical, 16384, "ecmp"),
}


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="processes for each case, of which medians are taken")
    parser.add_argument("--only", metavar="TEXT", default="", help="only cases that have this in their name")
    parser.add_argument("--read", choices=CASES, metavar="CASE", help="run this case here, and print what it took")
    return parser.parse_args()


def read(case: str) -> Reading:
    """Run one case in this process."""
    ring(4, late=False)
    began = time.process_time()
    operation, end, expected, check = CASES[case]()
    seconds = time.process_time() - began
    check()
    error = None if expected is None else abs(end / expected - 1.0)
    if error is not None and not error <= TOLERANCE:
        raise SystemExit(f"{case}: off by {error:.1e}")
    messages = int(operation.times()[operation.source >= 0].sum())
    return Reading(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3, messages, error)


def apart(case: str) -> Reading:
    """Run one case in a process of its own."""
    command = [sys.executable, __file__, "--read", case]
    return Reading(**json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def main() -> None:
    options = arguments()
    if options.read is not None:
        print(json.dumps(read(options.read)._asdict()))
        return
    out = console()
    out.print(describe() + "\n")
    table = markdown_table(1, "all-reduce of 100 MB", "messages", "CPU s", "peak MB", "off the closed form")
    for case in CASES:
        if options.only in case:
            readings = [apart(case) for _ in range(options.rounds)]
            error = readings[0].error
            table.add_row(
                case,
                f"{readings[0].messages / 1e6:.3g} M",
                f"{median(reading.seconds for reading in readings):.2f}",
                f"{median(reading.megabytes for reading in readings):.0f}",
                "-" if error is None else f"{error:.0e}",
            )
    out.print(table)


if __name__ == "__main__":
    main()
