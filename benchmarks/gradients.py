"""Microseconds per worker-gradient: paceline's kernels beside NumPy, torch and JAX, on one thread and on two.

    python benchmarks/gradients.py                 # about four minutes; python benchmarks/gradients.py --help

A worker-gradient = gather a mini-batch by index, forward, backward, gradient as one flat float32 row; 32 workers, each
with its own parameters. First every contender's gradients are compared with float64, then all are timed in interleaved
rounds, each in its own process on the same cores. Two threads: ours are two Python threads that each call the compiled
kernel for half of the workers (it releases the GIL); the peers' are their own.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

from rich.table import Table

from measure.console import console, markdown_table
from measure.contender import Contender
from measure.models import MODELS
from measure.rounds import Clock, Readings, interleave
from measure.surroundings import describe
from peers.numpy_sgemm import FLOPS

OURS, EAGER, SGEMM = "paceline", "torch eager", "sgemm"
#: Contenders by name: module and options.
CONTENDERS: dict[str, tuple[str, dict[str, Any]]] = {
    OURS: ("ours.gradient", {}),
    "NumPy": ("peers.numpy_gradient", {}),
    EAGER: ("peers.torch_gradient", {"vectorised": False}),
    "torch vmap": ("peers.torch_gradient", {"vectorised": True}),
    "JAX jit": ("peers.jax_gradient", {"vectorised": False}),
    "JAX vmap": ("peers.jax_gradient", {"vectorised": True}),
}
#: Largest error of a float32 gradient, as a share of its largest element.
TOLERANCE = 1e-5


class Case(NamedTuple):
    """A row of the tables."""

    model: str
    batch: int


class Runner(NamedTuple):
    """A contender on so many threads."""

    name: str
    threads: int


CASES = [
    Case("softmax 64-10", 32),
    *(Case("MLP 64-128-64-10", batch) for batch in (8, 32, 128)),
    Case("MLP 784-256-128-10", 32),
    Case("CNN 8x8", 32),
    Case("CNN 28x28", 32),
]


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS), metavar="MODEL")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5, help="of which medians are taken")
    parser.add_argument("--slice", type=float, default=0.08, help="seconds that a contender has in a round")
    return parser.parse_args()


def start(stack: ExitStack, threads: list[int], out: Any) -> dict[Runner, Contender]:
    """Start everybody whose package is installed; say who is left out."""
    started: dict[Runner, Contender] = {}
    for name, (module, _) in (CONTENDERS | {SGEMM: ("peers.numpy_sgemm", {})}).items():
        contenders = {Runner(name, count): stack.enter_context(Contender(module, count)) for count in threads}
        absent = {package for contender in contenders.values() if (package := contender.missing()) is not None}
        if absent:
            out.print(f"Left out: {name}; {absent.pop()} is not installed (pip install 'paceline[benchmark]').")
        else:
            started |= contenders
    return started


def time_case(
    case: Case, contenders: Mapping[Runner, Contender], rounds: int, seconds: float, out: Any
) -> dict[Runner, Readings]:
    """Check every contender's gradients, then time them in slices of about `seconds`."""
    ready: dict[Runner, tuple[Contender, int]] = {}
    errors: dict[Runner, float] = {}
    absent: dict[str, str] = {}
    for runner, contender in contenders.items():
        options = {} if runner.name == SGEMM else {**case._asdict(), **CONTENDERS[runner.name][1]}
        package = contender.prepare(**options)
        if package is not None:
            absent[runner.name] = package
            continue
        contender.work(1)
        count = _lasting(contender, seconds)
        if runner.name != SGEMM:
            errors[runner] = contender.check()
        ready[runner] = (contender, count)
    for name, package in absent.items():
        out.print(f"Left out: {name} on {case.model}; there is no {package}.")
    largest = {runner.name: error for runner, error in sorted(errors.items(), key=lambda item: item[1])}
    shown = ", ".join(f"{name} {largest[name]:.0e}" for name in CONTENDERS if name in largest)
    out.print(f"{case.model}, batch {case.batch}: largest error / max |g|: {shown}")
    if wrong := {runner.name for runner, error in errors.items() if not error <= TOLERANCE}:
        raise SystemExit(f"{case.model}: {', '.join(wrong)} disagree with the gradient in float64; nothing was timed")
    return interleave(ready, rounds)


def _lasting(contender: Contender, seconds: float) -> int:
    """How many gradients take about that long, judged by a quarter of them at least: threads need time to wake."""
    count = 1
    while (trial := contender.work(count)).wall < seconds / 4:
        count = 4 * trial.gradients
    return max(1, round(seconds / trial.wall * trial.gradients))


def table(threads: int, clock: Clock, found: Mapping[Case, Mapping[Runner, Readings]]) -> Table:
    """The figures on so many threads, ratios first."""
    gain = ["2nd core"] if threads == 2 else []
    ratios = ["x best peer", "x eager"]
    result = markdown_table(2, "model", "batch", *ratios, *CONTENDERS, "GF/s", "of sgemm", *gain)
    for case, readings in found.items():
        here = {name: readings[Runner(name, threads)] for name in CONTENDERS if Runner(name, threads) in readings}
        ours = here.get(OURS)
        cells = [_figure(here[name].seconds(clock) * 1e6) if name in here else "-" for name in CONTENDERS]
        if ours is None:
            result.add_row(case.model, str(case.batch), "-", "-", *cells)
            continue
        peers = [ours.ratio(other, clock) for name, other in here.items() if name != OURS]
        best = f"{min(peers):.1f}" if peers else "-"
        eager = f"{ours.ratio(here[EAGER], clock):.1f}" if EAGER in here else "-"
        rate = MODELS[case.model].flops * case.batch / ours.seconds(clock)
        peak = FLOPS / readings[Runner(SGEMM, threads)].seconds(clock)
        alone = readings.get(Runner(OURS, 1))
        second = [f"{ours.ratio(alone, 'wall'):.2f}" if alone else "-"] if gain else []
        shares = (f"{rate / 1e9:.0f}", f"{rate / peak:.0%}")
        result.add_row(case.model, str(case.batch), best, eager, *cells, *shares, *second)
    return result


def _figure(microseconds: float) -> str:
    return f"{microseconds:,.0f}" if microseconds >= 100 else f"{microseconds:.3g}"


def main() -> None:
    options, out = arguments(), console()
    out.print(describe() + "\n")
    found = {}
    with ExitStack() as stack:
        contenders = start(stack, options.threads, out)
        for case in CASES:
            if case.model in options.models:
                found[case] = time_case(case, contenders, options.rounds, options.slice, out)
    for threads in options.threads:
        clock: Clock = "cpu" if threads == 1 else "wall"
        named = "CPU time, one thread" if threads == 1 else f"wall time, {threads} threads"
        out.print(f"\nMicroseconds per worker-gradient: {named}, medians of {options.rounds} interleaved rounds.")
        out.print(table(threads, clock, found))


if __name__ == "__main__":
    main()
