"""The signatures that every model's kernels share, so that one compiled executor serves them all."""

from __future__ import annotations

from numba import float32, float64, int64, types, uint64, void

#: gradient(x, out, index, key, inputs, targets, layout, settings, scratch, ahead), by element type of the parameters.
#: `ahead` are the parameters of the next gradient, which may be fetched into the cache meanwhile; it depends on them in
#: no other way.
GRADIENT = {
    name: void(
        *(real[::1], real[::1], int64[::1], uint64),
        *(real[:, ::1], real[::1], int64[::1], float64[::1], real[::1], real[::1]),
    )
    for name, real in (("float32", float32), ("float64", float64))
}

#: evaluate(x, inputs, targets, layout, settings, scratch, measures), by element type of the parameters.
EVALUATE = {
    name: void(real[::1], real[:, ::1], real[::1], int64[::1], float64[::1], real[::1], float64[::1])
    for name, real in (("float32", float32), ("float64", float64))
}

#: The same as types of first-class functions, for the signatures of kernels that receive them.
GRADIENT_FUNCTION = {name: types.FunctionType(signature) for name, signature in GRADIENT.items()}
EVALUATE_FUNCTION = {name: types.FunctionType(signature) for name, signature in EVALUATE.items()}

#: product(gradient, x, v, out, point, behind, inputs, targets, layout, settings, index, scratch), by element type of
#: the parameters: stores in `out` the Hessian at x, over all samples, times v. `point` and `behind` are work space as
#: long as x; the others as in `kernels.full_gradient`.
PRODUCT = {
    name: void(
        GRADIENT_FUNCTION[name],
        *[real[::1]] * 5,
        *(real[:, ::1], real[::1], int64[::1], float64[::1], int64[::1], real[::1]),
    )
    for name, real in (("float32", float32), ("float64", float64))
}
