"""What evaluations of large test sets take of a run, on one core and beside it on the second.

    python benchmarks/evaluation.py                # three minutes; python benchmarks/evaluation.py --help

Asynchronous SGD on 28 x 28 images of noise in ten classes, as many as an evaluation measures of Fashion-MNIST: 10 000
of the training set and 10 000 that test. The same run is evaluated once, at its end, and often, without and with the
moments of its gradients (``record.gradients``), in interleaved rounds; the share of evaluations is what they add.
"""

from __future__ import annotations

import argparse
import struct
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from measure.console import console, markdown_table
from measure.contender import Contender
from measure.rounds import Readings, interleave
from measure.surroundings import describe
from sim.problems.data.idx import IMAGES, LABELS

WORKERS, BATCH, LR = 64, 32, 0.05
SIDE, CLASSES, SAMPLES = 28, 10, 10_000
ONCE = "one evaluation"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--gradients", type=int, default=9_400, help="of one run; as many are 5 epochs of 60 000")
    parser.add_argument("--evaluations", type=int, default=20, help="of one run")
    parser.add_argument("--rounds", type=int, default=3, help="of which medians are taken")
    return parser.parse_args()


def write_images(folder: Path) -> None:
    """Images of noise, every class with a mean of its own, under the names of MNIST."""
    random = np.random.default_rng(0)
    means = random.integers(64, 192, (CLASSES, SIDE, SIDE))
    for name in ("train", "t10k"):
        labels = random.integers(0, CLASSES, SAMPLES)
        images = np.clip(means[labels] + random.normal(0.0, 200.0, (SAMPLES, SIDE, SIDE)), 0, 255)
        header = struct.pack(">4i", IMAGES, SAMPLES, SIDE, SIDE)
        (folder / f"{name}-images-idx3-ubyte").write_bytes(header + images.astype(np.uint8).tobytes())
        header = struct.pack(">2i", LABELS, SAMPLES)
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(header + labels.astype(np.uint8).tobytes())


def cases(evaluations: int) -> dict[str, dict[str, Any]]:
    """What is compared, by its name in the table."""
    return {
        ONCE: {"evaluations": 1, "gradients": False},
        f"{evaluations} evaluations": {"evaluations": evaluations, "gradients": False},
        f"{evaluations} with record.gradients": {"evaluations": evaluations, "gradients": True},
    }


def table(outcomes: dict[int, dict[str, Readings]]) -> Table:
    """The time of a gradient, and what evaluations have of it."""
    result = markdown_table(
        2, "cores", "", "wall, us a gradient", "CPU, us a gradient", "share of wall", "share of CPU"
    )
    for cores, found in outcomes.items():
        for name, readings in found.items():
            times = [f"{readings.seconds(clock) * 1e6:.0f}" for clock in ("wall", "cpu")]
            shares = [f"{1 - 1 / found[ONCE].ratio(readings, clock):.0%}" for clock in ("wall", "cpu")]
            result.add_row(str(cores), name, *times, *(["", ""] if name == ONCE else shares))
    return result


def main() -> None:
    options, out = arguments(), console()
    out.print(describe())
    outcomes = {}
    with tempfile.TemporaryDirectory() as folder:
        write_images(Path(folder))
        for cores in options.cores:
            with ExitStack() as stack, out.status(f"{cores} cores"):
                contenders = {}
                for name, case in cases(options.evaluations).items():
                    contender = stack.enter_context(Contender("ours.evaluation", cores))
                    contender.prepare(workers=WORKERS, batch=BATCH, lr=LR, folder=folder, **case)
                    contender.work(options.evaluations)  # the first of all compiles
                    contenders[name] = contender, options.gradients
                outcomes[cores] = interleave(contenders, options.rounds)
    out.print(table(outcomes))


if __name__ == "__main__":
    main()
