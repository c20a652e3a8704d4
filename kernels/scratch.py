"""How the kernels divide their scratch, the flat array that they work in."""

from __future__ import annotations

from numba import float32, int64

from kernels.jit import kernel
from kernels.lanes import LANES
from kernels.matrix import Float32


@kernel(int64(int64))
def blocks(size: int) -> int:
    """Round up to a multiple of a vector's length."""
    return (size + LANES - 1) // LANES * LANES


@kernel(int64(float32[::1]))
def aligned(scratch: Float32) -> int:
    """The first element of the scratch that begins a cache line (64 bytes)."""
    return (-scratch.ctypes.data % 64) // 4
