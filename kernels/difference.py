"""The Hessian times a vector, as a central difference of full gradients: (G(x + h v) - G(x - h v)) / 2h, for any model.

What it has of higher derivatives falls as h^2, and what rounding makes of x and of the gradients grows as eps |x| / h:
h = (eps max(1, |x|))^(1/3) has little of either, for a v of length 1. In float32 that is 0.005 or more, and the product
is right to about 1e-3; in float64 to 1e-8. Where x + h v and x - h v lie on two sides of a kink, as of rectified units,
the difference has its jump, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import float32, float64, void
from numpy.typing import NDArray

from kernels.contract import PRODUCT
from kernels.full_gradient import full_gradient
from kernels.jit import kernel
from kernels.lbfgs import dot

#: From one to the next number, of 4 and of 8 bytes.
_SINGLE, _DOUBLE = 2.0**-23, 2.0**-52


@kernel([void(real[::1], float64, real[::1], real[::1]) for real in (float32, float64)])
def _move(x: NDArray[Any], step: float, v: NDArray[Any], out: NDArray[Any]) -> None:
    """Store x + step v."""
    for j in range(out.shape[0]):
        out[j] = x[j] + step * v[j]


@kernel(list(PRODUCT.values()))
def difference_product(
    gradient: Callable[..., None],
    x: NDArray[Any],
    v: NDArray[Any],
    out: NDArray[Any],
    point: NDArray[Any],
    behind: NDArray[Any],
    inputs: NDArray[Any],
    targets: NDArray[Any],
    layout: NDArray[np.int64],
    settings: NDArray[np.float64],
    index: NDArray[np.int64],
    scratch: NDArray[Any],
) -> None:
    """Store the Hessian times v (the product contract of `kernels.contract`), v of length 1."""
    epsilon = _SINGLE if x.itemsize == 4 else _DOUBLE
    step = (epsilon * max(1.0, math.sqrt(dot(x, x)))) ** (1 / 3)
    _move(x, step, v, point)
    full_gradient(gradient, point, out, inputs, targets, layout, settings, index, scratch)
    _move(x, -step, v, point)
    full_gradient(gradient, point, behind, inputs, targets, layout, settings, index, scratch)
    for j in range(out.shape[0]):
        out[j] = (float64(out[j]) - float64(behind[j])) / (2.0 * step)
