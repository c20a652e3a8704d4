"""Flows per second: paceline's fabric beside SimPy with dicts, and beside SimGrid's C++.

    python benchmarks/network.py                   # about a minute; python benchmarks/network.py --help

First every result is compared with the end and the sum of completion times that an independent simulator has found,
then both sides are timed: CPU seconds of the simulation, without building the network, medians over the rounds. The
plain implementation re-solves everything at every event; where it would take minutes it runs a smaller size, which
flatters it, and the table says so. Incasts are also timed on SimGrid's C++, in rounds of both, where it is installed
(Debian: libsimgrid-dev and g++); its figures on other workloads were not taken in this run.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

from rich.table import Table

from measure.console import console, markdown_table
from measure.flows import Outcome, Run
from measure.surroundings import describe
from ours import flows as ours
from peers import simgrid_incast
from peers import simpy_flows as plain

Case = tuple[str, tuple[int, ...]]

#: End of the simulation and sum of all completion times (s), from SimGrid 4.1 (C++, S4U; plain max-min: network/model
#: CM02, TCP-gamma 0, crosstraffic 0, all factors 1): an independent flow-level simulator.
EXPECTED: dict[Case, tuple[float, float]] = {
    ("incast", (64, 20)): (121.705854417, 67189.5451240423),
    ("incast", (256, 20)): (491.621271659, 1075151.2995469),
    ("incast", (1024, 20)): (2046.87735683, 17190780.5101412),
    ("ring", (16,)): (0.165593414318, 40.9145952332124),
    ("ring", (64,)): (0.1758934815, 713.481477725207),
    ("ring", (128,)): (0.177550092102, 2899.91785572311),
    ("ring 2:1", (16,)): (0.30112, 74.90976),
    ("ring 2:1", (64,)): (0.316504, 1290.272256),
    ("ring 2:1", (128,)): (0.319516, 5230.69311999994),
    ("torus", (8, 10)): (0.7806047997338543, 807.3194177252904),
    ("torus", (32, 10)): (0.950408488084, 13619.2322364004),
}
#: Relative.
TOLERANCE = 1e-9

#: Flows per second of SimGrid's C++, recorded elsewhere on the same kind of machine.
SIMGRID: dict[Case, str] = {
    ("ring", (64,)): "541 k",
    ("ring", (128,)): "521 k",
    ("ring 2:1", (64,)): "821 k",
    ("ring 2:1", (128,)): "798 k",
    ("torus", (32, 10)): "221 k",
}


class Row(NamedTuple):
    """What is compared: a workload of ours and the same, or a smaller one, of the plain implementation."""

    text: str
    case: Case
    plain: Case
    smaller: str = ""


ROWS = [
    Row("incast, 64 senders x 20", ("incast", (64, 20)), ("incast", (64, 20))),
    Row("incast, 256 x 20", ("incast", (256, 20)), ("incast", (256, 20))),
    Row("incast, 1024 x 20", ("incast", (1024, 20)), ("incast", (1024, 3)), "3 messages each"),
    Row("ring all-reduce, switch, 64 ranks", ("ring", (64,)), ("ring", (64,))),
    Row("the same, 128 ranks", ("ring", (128,)), ("ring", (64,)), "64 ranks"),
    Row("ring all-reduce, 2:1 leaf-spine, 64 ranks", ("ring 2:1", (64,)), ("ring 2:1", (64,))),
    Row("the same, 128 ranks", ("ring 2:1", (128,)), ("ring 2:1", (64,)), "64 ranks"),
    Row("torus 32 x 32, 2 hops x 10 rounds", ("torus", (32, 10)), ("torus", (8, 10)), "8 x 8"),
]
#: So many of them, the first ones, are timed beside SimGrid's C++, too.
INCASTS = 3
#: Independent incasts of 16 senders, and how many messages each sender sends.
ISLANDS = [(1, 200), (4, 50), (16, 20), (64, 20)]
#: The plain implementation has all islands to re-solve.
PLAIN_ISLANDS = {1: 200, 4: 50, 16: 5}


class Reading(NamedTuple):
    """CPU seconds of a run, and what came of it."""

    seconds: float
    outcome: Outcome


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="of which medians are taken")
    parser.add_argument("--patience", type=float, default=1.0, help="CPU seconds above which a run is timed once")
    return parser.parse_args()


def timed(run: Callable[[], Outcome]) -> Reading:
    """Run once; garbage is collected before, not meanwhile."""
    gc.collect()
    gc.disable()
    try:
        began = time.process_time()
        outcome = run()
        return Reading(time.process_time() - began, outcome)
    finally:
        gc.enable()


def rate(prepare: Callable[[], Run], rounds: int, patience: float) -> float:
    """Flows per CPU second: the median over the rounds, or the only one where it takes long."""
    readings: list[float] = []
    for _ in range(rounds):
        seconds, outcome = timed(prepare())
        readings.append(outcome.flows / seconds)
        if seconds > patience:
            break
    return median(readings)


def check(name: str, case: Case, outcome: Outcome) -> float:
    """Compare with the expected end and sum; return the larger error (relative)."""
    end, total = EXPECTED[case]
    error = abs(outcome.end / end - 1.0)
    if outcome.total is not None:
        error = max(error, abs(outcome.total / total - 1.0))
    if not error <= TOLERANCE:
        raise SystemExit(f"{name}, {case}: off by {error:.1e}; nothing was timed")
    return error


def agree(name: str, case: Case) -> float:
    """Compare the two implementations with each other where nobody else has a figure; return the error (relative)."""
    mine, other = ours.prepare(case[0], *case[1])(), plain.prepare(case[0], *case[1])()
    assert mine.total is not None
    assert other.total is not None
    error = max(abs(mine.end / other.end - 1.0), abs(mine.total / other.total - 1.0))
    if mine.flows != other.flows or not error <= TOLERANCE:
        raise SystemExit(f"{name}, {case}: the two implementations differ by {error:.1e}; nothing was timed")
    return error


def check_all() -> float:
    """Check every case that is timed, or the smallest of its kind of the plain implementation; the largest error."""
    small: list[Case] = [("incast", (64, 20)), ("ring", (16,)), ("ring 2:1", (16,)), ("torus", (8, 10))]
    errors = [check("paceline", case, ours.prepare(case[0], *case[1], watched=True)()) for case in EXPECTED]
    errors += [check("SimPy + dict", case, plain.prepare(case[0], *case[1])()) for case in small]
    errors += [agree("islands", ("islands", (4, 5)))]
    return max(errors)


def shown(value: float) -> str:
    """Flows per second."""
    return f"{value / 1e6:.3g} M" if value >= 1e6 else f"{value / 1e3:.3g} k"


def compare(rounds: int, patience: float) -> Table:
    """Both sides on every workload."""
    table = markdown_table(
        1, "flows per CPU second", "paceline", "SimPy + dict", "ratio", "SimGrid, recorded elsewhere"
    )
    known: dict[Case, float] = {}
    for row in ROWS:
        mine = rate(partial(ours.prepare, row.case[0], *row.case[1]), rounds, patience)
        if row.plain not in known:
            known[row.plain] = rate(partial(plain.prepare, row.plain[0], *row.plain[1]), rounds, patience)
        theirs = known[row.plain]
        note = f" ({row.smaller})" if row.smaller else ""
        table.add_row(
            row.text, shown(mine), shown(theirs) + note, f"{mine / theirs:.3g}", SIMGRID.get(row.case, "see below")
        )
    return table


def compare_islands(rounds: int, patience: float) -> Table:
    """What a flow costs beside more and more that it has nothing to do with."""
    table = markdown_table(1, "incasts of 16 senders", "us per flow", "to one alone", "SimPy + dict, us")
    alone = 0.0
    for count, messages in ISLANDS:
        mine = 1e6 / rate(partial(ours.prepare, "islands", count, messages), rounds, patience)
        alone = alone or mine
        theirs = "-"
        if count in PLAIN_ISLANDS:
            theirs = (
                f"{1e6 / rate(partial(plain.prepare, 'islands', count, PLAIN_ISLANDS[count]), rounds, patience):.0f}"
            )
        table.add_row(str(count), f"{mine:.2f}", f"{mine / alone:.2f}", theirs)
    return table


def incast_rates(program: Path, case: Case, rounds: int) -> dict[str, float]:
    """Flows per CPU second of ours and of SimGrid in each mode, which take turns: medians over the rounds."""
    rates: dict[str, list[float]] = {name: [] for name in ("paceline", *simgrid_incast.MODES)}
    for _ in range(rounds):
        seconds, outcome = timed(ours.prepare(case[0], *case[1]))
        rates["paceline"].append(outcome.flows / seconds)
        for mode in simgrid_incast.MODES:
            seconds, outcome = simgrid_incast.run(program, *case[1], mode)
            check(f"SimGrid, {mode}", case, outcome)
            rates[mode].append(outcome.flows / seconds)
    return {name: median(each) for name, each in rates.items()}


def compare_incasts(rounds: int) -> Table | str:
    """Ours beside SimGrid's C++, by default and in its other mode, where it is installed."""
    with tempfile.TemporaryDirectory() as folder:
        program = simgrid_incast.build(Path(folder))
        if program is None:
            return "SimGrid's C++, or a compiler, is not installed: no incasts beside it.\n"
        modes = simgrid_incast.MODES
        headers = [f"SimGrid {simgrid_incast.version(program)}, {mode}" for mode in modes]
        table = markdown_table(1, "flows per CPU second", "paceline", *headers, *(f"ratio to {mode}" for mode in modes))
        for row in ROWS[:INCASTS]:
            rates = incast_rates(program, row.case, rounds)
            ratios = (f"{rates['paceline'] / rates[mode]:.3g}" for mode in modes)
            table.add_row(row.text, *map(shown, rates.values()), *ratios)
        return table


def main() -> None:
    options, out = arguments(), console()
    out.print(describe() + "\n")
    out.print(f"Ends and sums of completion times agree with SimGrid's to {check_all():.0e} (relative).\n")
    out.print(compare(options.rounds, options.patience))
    out.print(compare_incasts(options.rounds))
    out.print(compare_islands(options.rounds, options.patience))


if __name__ == "__main__":
    main()
