"""The incast on SimGrid's C++ (`simgrid_incast.cpp`), where it is installed: compiled, and run as a process."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from measure.flows import Outcome

SOURCE = Path(__file__).with_suffix(".cpp")
#: How SimGrid updates flows: its default first.
MODES = ("Lazy", "Full")


class Reading(NamedTuple):
    """CPU seconds of a simulation, without building the network, and what came of it."""

    seconds: float
    outcome: Outcome


def build(folder: Path) -> Path | None:
    """Compile it into a folder; None where there is no SimGrid to compile it with, or no compiler."""
    compiler = shutil.which("c++")
    program = folder / SOURCE.stem
    if compiler is None:
        return None
    command = [compiler, "-O2", "-std=c++17", "-o", program, SOURCE, "-lsimgrid"]
    return program if subprocess.run(command, capture_output=True, check=False).returncode == 0 else None


def version(program: Path) -> str:
    """Of SimGrid."""
    return _answer(program)


def run(program: Path, senders: int, messages: int, mode: str) -> Reading:
    """Run it once, in one of `MODES`."""
    flows, seconds, end, total = _answer(program, str(senders), str(messages), mode).split()
    return Reading(float(seconds), Outcome(int(flows), float(end), float(total)))


def _answer(program: Path, *words: str) -> str:
    told = subprocess.run([program, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    return told.stdout.strip()
