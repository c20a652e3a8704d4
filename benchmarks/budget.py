"""Where the microseconds of a gradient go: asynchronous SGD on two networks, decentralised SGD and all-reduce.

    python benchmarks/budget.py                    # about three minutes; python benchmarks/budget.py --help

The workers, model and compute times are those of `end_to_end.py`. A run is taken apart by leaving out more and more of
it, in interleaved runs of the same events: the whole, one whose tape is recorded and not played, one without a tape.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from statistics import median
from typing import Any

from rich.table import Table

from measure.console import console, markdown_table
from measure.contender import Contender
from measure.rounds import Readings, interleave
from measure.surroundings import describe

BATCH, LR = 32, 0.05
MODEL = "MLP 64-128-64-10"
#: What is taken apart: protocol and network.
RUNS = {
    "async_ps, ideal": ("async_ps", "ideal"),
    "async_ps, single_switch": ("async_ps", "single_switch"),
    "dpsgd, ideal": ("dpsgd", "ideal"),
    "dpsgd, single_switch": ("dpsgd", "single_switch"),
    "allreduce, single_switch": ("allreduce", "single_switch"),
}
#: What of a run is done, from all of it to the clock alone.
WHOLE, RECORDED, CLOCK = "whole", "recorded", "clock"
DONE: dict[str, dict[str, Any]] = {
    WHOLE: {"learning": True},
    RECORDED: {"learning": True, "played": False},
    CLOCK: {"learning": False},
}
ARITHMETIC = "arithmetic"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--gradients", type=int, default=20_000, help="of one run")
    parser.add_argument("--rounds", type=int, default=5, help="of which medians are taken")
    parser.add_argument("--runs", nargs="+", choices=RUNS, default=list(RUNS), help="what is taken apart")
    return parser.parse_args()


def read(contenders: dict[str, Contender], run: str, workers: int, gradients: int, rounds: int) -> dict[str, Readings]:
    """Time a run, parts of it, and its gradients by themselves."""
    protocol, network = RUNS[run]
    for name, done in DONE.items():
        case = {"workers": workers, "batch": BATCH, "lr": LR, "protocol": protocol, "network": network}
        contenders[name].prepare(**case, **done)
    interleave({name: (contender, gradients // 5) for name, contender in contenders.items()}, 1)
    return interleave({name: (contender, gradients) for name, contender in contenders.items()}, rounds)


def budget(readings: dict[str, Readings]) -> dict[str, float]:
    """Microseconds of CPU per gradient, by what they are spent on: medians of the differences in each round."""
    spent = {name: [1e6 * each.cpu / each.gradients for each in found] for name, found in readings.items()}
    rounds = list(zip(spent[WHOLE], spent[RECORDED], spent[CLOCK], spent[ARITHMETIC], strict=True))
    return {
        "arithmetic": median(spent[ARITHMETIC]),
        "clock": median(spent[CLOCK]),
        "recording the tape": median(recorded - clock for _, recorded, clock, _ in rounds),
        "dispatch, updates, mixing": median(whole - recorded - gradient for whole, recorded, _, gradient in rounds),
        "**all**": median(spent[WHOLE]),
        "clock and recording": median(spent[RECORDED]),
    }


def table(found: dict[str, dict[str, float]]) -> Table:
    """A row for each part, a column for each run."""
    result = markdown_table(1, "us of CPU per gradient", *found)
    for part in next(iter(found.values())):
        result.add_row(part, *(f"{each[part]:.1f}" for each in found.values()))
    return result


def main() -> None:
    options, out = arguments(), console()
    out.print(describe())
    out.print(
        f"\n{options.workers} workers, batch {BATCH}, {MODEL}, exponential compute times, one core, medians of "
        f"{options.rounds} interleaved runs of {options.gradients:,} gradients.\n"
    )
    found = {}
    with ExitStack() as stack:
        contenders = {name: stack.enter_context(Contender("ours.simulation", 1)) for name in DONE}
        contenders[ARITHMETIC] = stack.enter_context(Contender("ours.gradient", 1))
        for contender in contenders.values():  # one after the other: the first compiles for all
            contender.missing()
        contenders[ARITHMETIC].prepare(model=MODEL, batch=BATCH)
        for run in options.runs:
            with out.status(run):
                found[run] = budget(read(contenders, run, options.workers, options.gradients, options.rounds))
    out.print(table(found))


if __name__ == "__main__":
    main()
