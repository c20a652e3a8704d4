"""What the figures depend on besides the code: CPU, load, versions, settings."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from measure.contender import UNSET

PACKAGES = ("paceline", "numpy", "numba", "simpy", "torch", "jax")
#: Processes that already run on a machine that is not ours alone.
BUSY = 0.5


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def _vectors() -> str:
    """The widest vector instructions that kernels are compiled for."""
    from kernels.lanes import FEATURES, FUSED

    widest = next((name for name in ("avx512f", "avx2", "avx") if f"+{name}" in FEATURES), "narrow vectors")
    return widest + ("" if FUSED else " without fused multiply-add")


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"


def describe() -> str:
    """The surroundings, a line each; a last one where others are using the machine."""
    usable, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    found = ", ".join(f"{name}={os.environ.get(name, '(not set)')}" for name in UNSET)
    lines = [
        f"{_cpu()}, {_vectors()}; {usable} cores usable, load {load:.1f} at the start",
        f"Python {platform.python_version()}, " + ", ".join(_version(package) for package in PACKAGES),
        f"Found {found}; unset for every contender.",
    ]
    if load > BUSY:
        lines.append("The machine is busy: believe the ratios on one core, nothing on two.")
    return "\n".join(lines)
