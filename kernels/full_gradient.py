"""The gradient over all samples, a mini-batch at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import float32, float64, int64, uint64, void
from numpy.typing import NDArray

from kernels.contract import GRADIENT_FUNCTION
from kernels.jit import kernel


def _signature(name: str, real: Any) -> Any:
    samples = (real[:, ::1], real[::1])
    arrays = (real[::1], real[::1], *samples, int64[::1], float64[::1], int64[::1], real[::1])
    return void(GRADIENT_FUNCTION[name], *arrays)


@kernel([_signature("float32", float32), _signature("float64", float64)])
def full_gradient(
    gradient: Callable[..., None],
    x: NDArray[Any],
    out: NDArray[Any],
    inputs: NDArray[Any],
    targets: NDArray[Any],
    layout: NDArray[np.int64],
    settings: NDArray[np.float64],
    index: NDArray[np.int64],
    scratch: NDArray[Any],
) -> None:
    """Store the gradient over all samples; of a problem without samples, its gradient.

    Parameters
    ----------
    gradient
        Kernel of the contract in `kernels.contract`.
    x, out
        Where the gradient is taken, and what receives it, ``[padded d]``.
    inputs, targets
        The samples ``[n, features]`` and ``[n]``.
    layout, settings
        Of the gradient kernel; settings with which it adds no noise of its own.
    index
        Work space for the sample numbers of a mini-batch: as long as the largest that `scratch` is made for.
    scratch
        Work space of the gradient kernel, and at its end ``[padded d]`` zeros for the gradient of a mini-batch, of
        which the kernel does not write the padding.
    """
    samples = max(1, targets.shape[0])
    part = scratch[scratch.shape[0] - out.shape[0] :]
    out[:] = 0.0
    for begin in range(0, samples, index.shape[0]):
        batch = index[: min(index.shape[0], samples - begin)]
        for i in range(batch.shape[0]):
            batch[i] = begin + i
        gradient(x, part, batch, uint64(0), inputs, targets, layout, settings, scratch, x)
        share = out.dtype.type(batch.shape[0] / samples)
        for j in range(out.shape[0]):
            out[j] += share * part[j]
