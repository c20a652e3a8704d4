"""How long `paceline report` and `paceline plot` take over 2 000 runs, and how much memory.

python benchmarks/report.py [--runs FOLDER]

The runs are simulated first (40 settings, 50 seeds; a minute or two), or are those of a folder.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SWEEP = (
    *("problem=digits_softmax", "protocol=dpsgd,allreduce,async_ps,hardsync", "topology=ring"),
    *("network=single_switch,leaf_spine", "workers=4,8,16,32,64", "seed=range(0,50)", "until.updates=30"),
)
COMMANDS = (
    ("report", ()),
    ("plot", ("--x", "workers", "--y", "samples_per_second", "--by", "protocol", "--facets", "network")),
    ("plot", ("--y", "test_accuracy", "--x", "seconds", "--by", "protocol", "--facets", "network,workers")),
    ("plot", ("--y", "utilisation", "--by", "protocol", "--facets", "network,workers")),
)
ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=Path, help="a folder with runs")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as scratch:
        if runs is None:
            runs = Path(scratch) / "runs"
            subprocess.run(_sim("-m", *SWEEP, f"hydra.sweep.dir={runs}"), check=True, stdout=subprocess.DEVNULL)
        count = sum(1 for _ in runs.rglob("summary.json"))
        print(f"{count} runs; load {os.getloadavg()[0]:.1f}; the median of {ROUNDS}")
        print(f"| {'command':<84} | wall s | CPU s |  MB |")
        for verb, words in COMMANDS:
            taken = sorted(_timed(_sim(verb, str(runs), *words, "--output", f"{scratch}/out")) for _ in range(ROUNDS))
            wall, cpu, memory = taken[ROUNDS // 2]
            print(f"| {' '.join(('paceline', verb, 'runs', *words)):<84} | {wall:6.1f} | {cpu:5.1f} | {memory:3.0f} |")


def _sim(*words: str) -> list[str]:
    return [sys.executable, "-m", "sim", *words]


def _timed(command: list[str]) -> tuple[float, float, float]:
    """Wall-clock seconds, CPU seconds and peak memory (MB) of a process."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} ended with {status}")
    return time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e3


if __name__ == "__main__":
    main()
