"""Gradients per second end to end: asynchronous SGD on the digits MLP (64-128-64-10), paceline beside a torch script.

    python benchmarks/end_to_end.py                # about two minutes; python benchmarks/end_to_end.py --help

Every contender runs in its own process on the same cores, in interleaved rounds of the same number of gradients; all of
a run is timed, from building the workers to measuring the accuracy. The first run of each is not counted: it compiles.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

from rich.table import Table

from measure.console import console, markdown_table
from measure.contender import Contender
from measure.rounds import Readings, interleave
from measure.surroundings import describe

BATCH, LR = 32, 0.05
TORCH = "torch + heapq"
#: Contenders by the name in the table: module and case. A clock is the run above it with problem=none.
CONTENDERS: dict[str, tuple[str, dict[str, Any]]] = {
    TORCH: ("peers.torch_heapq", {}),
    "paceline, ideal": ("ours.simulation", {"network": "ideal", "learning": True}),
    "paceline, ideal, clock": ("ours.simulation", {"network": "ideal", "learning": False}),
    "paceline, single_switch": ("ours.simulation", {"network": "single_switch", "learning": True}),
    "paceline, single_switch, clock": ("ours.simulation", {"network": "single_switch", "learning": False}),
}
LEARNING = [name for name in CONTENDERS if not name.endswith("clock")]


class Setting(NamedTuple):
    """What is compared at a time."""

    cores: int
    workers: int


class Outcome(NamedTuple):
    """What a contender reached in a setting."""

    readings: Readings
    accuracy: float


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, nargs="+", default=[64, 256])
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    parser.add_argument(
        "--seconds",
        type=float,
        default=0.05,
        help="mean compute time of a gradient: with 0.05, 256 workers leave the server's 10 Gb/s link some room; with"
        " 0.2, 1024 do (where they fill it staleness comes in lockstep, and another learning rate would be needed)",
    )
    parser.add_argument("--gradients", type=int, default=10_000, help="of one run")
    parser.add_argument("--rounds", type=int, default=5, help="of which medians are taken")
    return parser.parse_args()


def compare(
    contenders: dict[str, Contender], workers: int, seconds: float, gradients: int, rounds: int
) -> dict[str, Outcome]:
    """Run one setting."""
    for name, contender in contenders.items():
        own = {} if name == TORCH else {"seconds": seconds}  # its clock counts compute times
        contender.prepare(workers=workers, batch=BATCH, lr=LR, **own, **CONTENDERS[name][1])
    interleave({name: (contender, gradients // 5) for name, contender in contenders.items()}, 1)
    readings = interleave({name: (contender, gradients) for name, contender in contenders.items()}, rounds)
    return {name: Outcome(readings[name], contender.check()) for name, contender in contenders.items()}


def table(outcomes: dict[Setting, dict[str, Outcome]]) -> Table:
    """The figures of all settings, the peer's ratio first."""
    headers = ("x torch", "gradients/s", "per CPU second", "accuracy", "engine")
    result = markdown_table(3, "cores", "workers", "", *headers)
    for setting, found in outcomes.items():
        for name in LEARNING:
            if name in found:
                result.add_row(str(setting.cores), str(setting.workers), name, *_figures(name, found))
    return result


def _figures(name: str, found: dict[str, Outcome]) -> Sequence[str]:
    readings, accuracy = found[name]
    ratio = f"{readings.ratio(found[TORCH].readings, 'wall'):.1f}" if TORCH in found else ""
    engine = ""
    if (clock := found.get(f"{name}, clock")) is not None:
        share = 1 / clock.readings.ratio(readings, "cpu")
        engine = f"{share:.0%} = {clock.readings.seconds('cpu') * 1e6:.1f} us"
    per_second = (f"{1 / readings.seconds('wall'):,.0f}", f"{1 / readings.seconds('cpu'):,.0f}")
    return ratio, *per_second, f"{accuracy:.3f}", engine


def growth(outcomes: dict[Setting, dict[str, Outcome]]) -> Table:
    """How many times as long a gradient takes with the most workers as with the fewest."""
    result = markdown_table(2, "cores", "", "workers", "wall", "CPU")
    for cores in dict.fromkeys(setting.cores for setting in outcomes):
        workers = [setting.workers for setting in outcomes if setting.cores == cores]
        few, many = (outcomes[Setting(cores, size)] for size in (min(workers), max(workers)))
        for name in LEARNING:
            if name in few:
                grown = [
                    f"{many[name].readings.seconds(clock) / few[name].readings.seconds(clock):.2f}"
                    for clock in ("wall", "cpu")
                ]
                result.add_row(str(cores), name, f"{min(workers)} to {max(workers)}", *grown)
    return result


def main() -> None:
    options, out = arguments(), console()
    out.print(describe())
    out.print(
        f"\nAsynchronous SGD, batch {BATCH}, learning rate {LR}, exponential compute times of {options.seconds:g} s,"
        f" medians of {options.rounds} interleaved runs of {options.gradients:,} gradients.\n"
        "torch + heapq has constant delays and no network model"
        ' (one torch thread): its counterpart is "ideal"; "single_switch" simulates every byte.\n'
        "engine = CPU seconds of the same run with problem=none, over those of the learning run, and per gradient.\n"
    )
    outcomes, missing = {}, False
    with ExitStack() as stack:
        for cores in options.cores:
            present = {}
            for name, (module, _) in CONTENDERS.items():
                contender = stack.enter_context(Contender(module, cores))
                if contender.missing() is None:  # one after the other: the first of ours compiles for all
                    present[name] = contender
            missing = TORCH not in present
            for workers in options.workers:
                with out.status(f"{cores} cores, {workers} workers"):
                    found = compare(present, workers, options.seconds, options.gradients, options.rounds)
                outcomes[Setting(cores, workers)] = found
    out.print(table(outcomes))
    if len(options.workers) > 1:
        out.print("The time of a gradient grows, times:")
        out.print(growth(outcomes))
    if missing:
        raise SystemExit("torch is not installed, so its script did not run: pip install 'paceline[benchmark]'")


if __name__ == "__main__":
    main()
