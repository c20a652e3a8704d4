"""Selection of the largest elements against NumPy's sorting."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.top_k import BUCKETS, top_k

COUNTS = np.empty(BUCKETS, np.int64)


def kept(p, k, ranges=None):
    low, high = np.array(ranges or [(0, len(p))]).T
    out = np.full_like(p, 7.0)
    top_k(p, out, low.copy(), high.copy(), k, COUNTS)
    return out


def twin(p, k):
    """A stable sort by falling magnitude: of equal elements the first come first."""
    out = np.zeros_like(p)
    first = np.argsort(-abs(p), kind="stable")[:k]
    out[first] = p[first]
    return out


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("k", [1, 2, 10, 499, 999, 1000])
def test_the_largest_are_kept_and_the_others_are_zero(dtype, k):
    p = np.random.default_rng(k).standard_normal(1000).astype(dtype)
    np.testing.assert_array_equal(kept(p, k), twin(p, k))


@given(st.lists(st.sampled_from([0.0, -0.0, 1.0, -1.0, 1.0 + 2**-20, 1e-40, 3.0]), min_size=1, max_size=30), st.data())
@settings(deadline=None, max_examples=200)
def test_of_equal_elements_the_first_are_kept(numbers, data):
    p = np.array(numbers, np.float32)
    k = data.draw(st.integers(1, len(p)))
    np.testing.assert_array_equal(kept(p, k), twin(p, k))


def test_numbers_that_differ_in_their_last_bit_are_told_apart():
    p = np.array([1.0, np.nextafter(1.0, 2.0), 1.0])
    assert kept(p, 1).tolist() == [0.0, np.nextafter(1.0, 2.0), 0.0]
    p = np.array([0.0, 5e-324, 0.0])
    assert kept(p, 1).tolist() == [0.0, 5e-324, 0.0]


def test_only_the_ranges_count_and_only_they_are_written():
    p = np.array([9.0, 1.0, -3.0, 9.0, 2.0, -2.0, 9.0])
    assert kept(p, 2, [(1, 3), (4, 6)]).tolist() == [7.0, 0.0, -3.0, 7.0, 2.0, 0.0, 7.0]


def test_what_is_not_a_number_is_larger_than_any():
    out = kept(np.array([1.0, np.nan, np.inf, 2.0]), 2)
    assert np.isnan(out[1])
    assert out[[0, 2, 3]].tolist() == [0.0, np.inf, 0.0]
