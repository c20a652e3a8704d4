"""Expressions evaluated in a process of its own: another host's instructions, or no compilation at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from numba.core.config import DISABLE_JIT

from kernels.lanes import FEATURES, FUSED

#: An x86 host with AVX2 and fused multiply-add, but without AVX-512.
AVX2 = {
    "NUMBA_CPU_NAME": "haswell",
    "NUMBA_CPU_FEATURES": "+avx,+avx2,+fma,+bmi,+bmi2,+f16c,+lzcnt,+movbe,+popcnt,+sse4.2",
}
#: Any 64-bit x86 host.
PLAIN_X86 = {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": "+sse2"}
#: Python and NumPy only.
UNCOMPILED = {"NUMBA_DISABLE_JIT": "1"}

compiled = pytest.mark.skipif(DISABLE_JIT, reason="about compiled code")
needs_avx2 = pytest.mark.skipif(not FUSED or "+avx2" not in FEATURES, reason="needs AVX2 and fused multiply-add")


def elsewhere(module, expression, **environment):
    """What an expression over a test module prints in a process of its own."""
    here = Path(__file__).parent
    return subprocess.run(
        [sys.executable, "-c", f"import {module}; print({module}.{expression})"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parents[1])]), **environment},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def misses(*modules):
    """Kernels of these modules that this process had to compile."""
    kernels = [value for module in modules for value in vars(module).values() if hasattr(value, "stats")]
    assert kernels
    return sorted(value.__name__ for value in kernels if value.stats.cache_misses)
