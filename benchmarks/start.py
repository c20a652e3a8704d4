"""What a tiny run takes of the processor: imports, the config, loading or compiling its kernels, writing its files.

    python benchmarks/start.py                    # a minute
    python benchmarks/start.py --against TREE     # beside another checkout, in turns

Warm, the kernels are loaded; with an empty cache, as after an installation, they are compiled. Every run is a process
of its own. Of the other tree, results must be the same bytes.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

RUN = ("workers=2", "until.updates=20")
#: What is said beside that of each run.
WORDS: tuple[tuple[str, ...], ...] = ((), ("record.curve=false",), ("network=ideal",))
ROUNDS = 5


class Took(NamedTuple):
    """What a run took: CPU seconds, kernels in its cache, and its curve of learning."""

    cpu: float
    kernels: int
    metrics: bytes


def main() -> None:
    """Time all runs, of one tree or of two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=Path, help="another checkout")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="warm runs, of which the fastest counts")
    options = parser.parse_args()
    trees = [Path(__file__).resolve().parents[1], *([options.against.resolve()] if options.against else [])]
    print(f"paceline {' '.join(RUN)}; load {os.getloadavg()[0]:.1f}; the least of {options.rounds} warm runs")
    print(f"| {'':18} | cache | CPU s | kernels |" + (" other |  ratio |" if options.against else ""))
    for words in WORDS:
        with tempfile.TemporaryDirectory() as scratch:
            folders = [Path(scratch, str(number)) for number in range(len(trees))]
            empty = [_took(tree, folder, words) for tree, folder in zip(trees, folders, strict=True)]
            rounds = [
                [_took(tree, folder, words) for tree, folder in zip(trees, folders, strict=True)]
                for _ in range(options.rounds)
            ]
        _print(words, "empty", empty)
        _print(words, "warm", [min(some) for some in zip(*rounds, strict=True)])


def _took(tree: Path, folder: Path, words: tuple[str, ...]) -> Took:
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "sim", *RUN, *words, "hydra.run.dir=run"]
    places = {"PYTHONPATH": str(tree), "PACELINE_CACHE_DIR": str(folder / "cache")}
    process = subprocess.Popen(command, cwd=folder, env=os.environ | places, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{tree}: {' '.join(command)} ended with {status}")
    kernels = len(list(folder.glob("cache/*/*.nbc")))
    return Took(used.ru_utime + used.ru_stime, kernels, (folder / "run" / "metrics.csv").read_bytes())


def _print(words: tuple[str, ...], cache: str, took: list[Took]) -> None:
    if len({each.metrics for each in took}) > 1:
        sys.exit(f"{' '.join(words)}: the trees do not say the same")
    ours, *other = took
    beside = "".join(f" {each.cpu:5.2f} | {ours.cpu / each.cpu:6.2f} |" for each in other)
    print(f"| {' '.join(words):18} | {cache:5} | {ours.cpu:5.2f} | {ours.kernels:7} |{beside}", flush=True)


if __name__ == "__main__":
    main()
