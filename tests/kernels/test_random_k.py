"""Random elements against NumPy, and how often each is chosen."""

import numpy as np
import pytest

from kernels.random_k import random_k
from kernels.sampling import shuffled

# 64-bit hashes wrap around; uncompiled, NumPy warns that they do.
pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered")


def kept(p, k, key, scale=1.0, ranges=None):
    low, high = np.array(ranges or [(0, len(p))]).T
    out = np.full_like(p, 7.0)
    random_k(p, out, low.copy(), high.copy(), k, scale, np.uint64(key))
    return out


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("k", [1, 5, 16, 17])
def test_the_first_k_of_a_random_order_are_kept(dtype, k):
    p = np.random.default_rng(k).standard_normal(17).astype(dtype)
    chosen = [shuffled(i, 17, np.uint64(3)) for i in range(k)]
    twin = np.zeros_like(p)
    twin[chosen] = dtype(17 / k) * p[chosen]
    np.testing.assert_array_equal(kept(p, k, 3, 17 / k), twin)
    assert np.count_nonzero(twin) == k


def test_every_element_is_as_likely_as_any_other():
    # Each of 10 elements is among 3 with probability 0.3: over 4000 keys its count has a standard deviation of 29.
    counts = sum(kept(np.ones(10), 3, key) for key in range(4000))
    assert abs(counts - 1200).max() < 5 * 29


def test_only_the_ranges_count_and_only_they_are_written():
    p = np.arange(1.0, 9.0)
    out = kept(p, 4, 0, ranges=[(1, 3), (5, 7)])
    assert out.tolist() == [7.0, 2.0, 3.0, 7.0, 7.0, 6.0, 7.0, 7.0]
