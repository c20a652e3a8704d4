"""The optimizers' steps, each in a single pass over the parameters.

Every rule reads the model x, the gradient g and the state, and writes the new model and the new state; the update
equations stand beside each. Arithmetic is in the precision of the store, in the order written.
"""

from __future__ import annotations

import math

import numpy as np
from numba import float32, float64, int64, void
from numpy.typing import NDArray

from kernels.jit import kernel

#: v' = m v + g; x' = x - lr v' (Polyak 1964); coefficients lr, m; state v
MOMENTUM = 0
#: v' = m v + g; x' = x - lr (g + m v') (Sutskever et al. 2013, in the form of PyTorch); coefficients lr, m; state v
NESTEROV = 1
#: s' = s + g^2; x' = x - lr g / (sqrt(s') + eps) (Duchi, Hazan and Singer 2011); coefficients lr, eps; state s
ADAGRAD = 2
#: m' = b1 m + (1 - b1) g; v' = b2 v + (1 - b2) g^2; x' = (1 - lr w) x - lr (m' c1) / (sqrt(v' c2) + eps)
#: (Kingma and Ba 2015; w is the decoupled weight decay of Loshchilov and Hutter 2019; c1 = 1 / (1 - b1^t) and
#: c2 = 1 / (1 - b2^t) correct the bias); coefficients lr, b1, b2, eps, c1, c2, w; states m, v
ADAM = 3


@kernel([void(real[:, ::1], int64, int64, int64[::1], float64[::1], int64, int64) for real in (float32, float64)])
def take_step(
    store: NDArray[np.float32],
    rule: int,
    target: int,
    slots: NDArray[np.int64],
    coefficients: NDArray[np.float64],
    low: int,
    high: int,
) -> None:
    """Take one optimizer step on the parameters from low to high.

    Parameters
    ----------
    store
        Parameter vectors ``[slots, padded d]``.
    rule
        Number of one of the rules above.
    target
        Slot of the new model.
    slots
        Slots of the model, the gradient, the states, then the new states.
    coefficients
        Numbers that the rule asks for.
    low, high
        Which parameters.
    """
    real = store.dtype.type
    # Slices from 0 on: a loop that could meet a negative index is not vectorised.
    x, g, out = store[slots[0], low:high], store[slots[1], low:high], store[target, low:high]
    lr = real(coefficients[0])
    if rule in (MOMENTUM, NESTEROV):
        keep, velocity, new_velocity = real(coefficients[1]), store[slots[2], low:high], store[slots[3], low:high]
        if rule == MOMENTUM:
            for j in range(out.shape[0]):
                v = keep * velocity[j] + g[j]
                new_velocity[j] = v
                out[j] = x[j] - lr * v
        else:
            for j in range(out.shape[0]):
                v = keep * velocity[j] + g[j]
                new_velocity[j] = v
                out[j] = x[j] - lr * (g[j] + keep * v)
    elif rule == ADAGRAD:
        eps, squares, new_squares = real(coefficients[1]), store[slots[2], low:high], store[slots[3], low:high]
        for j in range(out.shape[0]):
            s = squares[j] + g[j] * g[j]
            new_squares[j] = s
            out[j] = x[j] - lr * g[j] / (math.sqrt(s) + eps)
    else:
        b1, b2, eps = real(coefficients[1]), real(coefficients[2]), real(coefficients[3])
        c1, c2, shrink = real(coefficients[4]), real(coefficients[5]), real(1.0) - lr * real(coefficients[6])
        # In float32, 1 - 0.999999 would be off by more than 1 %, and with it the first steps.
        fresh1, fresh2 = real(1.0 - coefficients[1]), real(1.0 - coefficients[2])
        first, second, new_first, new_second = (
            store[slots[2], low:high],
            store[slots[3], low:high],
            store[slots[4], low:high],
            store[slots[5], low:high],
        )
        for j in range(out.shape[0]):
            m = b1 * first[j] + fresh1 * g[j]
            v = b2 * second[j] + fresh2 * (g[j] * g[j])
            new_first[j] = m
            new_second[j] = v
            out[j] = shrink * x[j] - lr * (m * c1) / (math.sqrt(v * c2) + eps)
