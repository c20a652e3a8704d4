"""Signs and the mean magnitude against NumPy."""

import numpy as np
import pytest

from kernels.sign import mean_magnitude, sign

LOW, HIGH = np.array([1, 4]), np.array([3, 6])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("zero", [0.0, 1.0])
def test_signs_have_one_size_and_zero_has_the_one_that_is_asked_for(dtype, zero):
    p = np.array([9.0, -0.5, 0.0, 9.0, 3.0, -0.0, 9.0], dtype)
    out = np.full_like(p, 7.0)
    sign(p, out, LOW, HIGH, 2.5, zero)
    assert out.tolist() == [7.0, -2.5, 2.5 * zero, 7.0, 2.5, 2.5 * zero, 7.0]


def test_what_is_not_a_number_shows():
    out = np.zeros(2)
    sign(np.array([np.nan, 1.0]), out, np.array([0]), np.array([2]), 1.0, 1.0)
    assert np.isnan(out[0])
    assert out[1] == 1.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_mean_magnitude_is_over_all_ranges(dtype):
    p = np.random.default_rng(0).standard_normal(7).astype(dtype)
    expected = np.abs(p[[1, 2, 4, 5]].astype(np.float64)).mean()
    assert mean_magnitude(p, LOW, HIGH) == pytest.approx(expected, rel=1e-15)
    assert mean_magnitude(p, LOW[:0], HIGH[:0]) == 0.0
