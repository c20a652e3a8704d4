"""The hyperbolic tangent."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from numba.core.config import DISABLE_JIT

from kernels.tanh import tanh_row


def _row(z, row):
    tanh_row(z, row)


row_of = _row if DISABLE_JIT else numba.njit(_row)


def tanh(values):
    z = np.array([values], dtype=np.float32)
    row_of(z, 0)
    return z[0]


def test_tanh_is_accurate_to_two_units_in_the_last_place():
    # Both sides of the change of formula at 5/8, tiny numbers and large ones.
    x = np.concatenate([sign * np.geomspace(1e-30, 100, 20_001) for sign in (1, -1)]).astype(np.float32)
    exact = np.tanh(x.astype(np.float64))
    assert np.abs((tanh(x) - exact) / np.spacing(np.abs(exact).astype(np.float32))).max() <= 2


@pytest.mark.parametrize(("x", "value"), [(0.0, 0.0), (1000.0, 1.0), (-1000.0, -1.0), (np.inf, 1.0), (-np.inf, -1.0)])
def test_tanh_of_zero_and_of_infinity_is_exact(x, value):
    assert tanh([x])[0] == value


def test_tanh_keeps_what_is_not_a_number_visible():
    assert np.isnan(tanh([np.nan])[0])


@pytest.mark.parametrize("columns", [1, 15, 16, 17, 40])
def test_only_the_row_is_changed(columns):
    z = np.ones((3, columns + 2), dtype=np.float32)
    row_of(z[:, 1:-1], 1)
    np.testing.assert_array_equal(z[1, 1:-1], np.tanh(np.float32(1)) * np.ones(columns), strict=False)
    z[1, 1:-1] = 1
    assert (z == 1).all()
