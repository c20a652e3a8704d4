"""Stochastic rounding against NumPy and against Lemma 3.1 of Alistarh et al. 2017."""

import numpy as np
import pytest

from kernels.hashing import mix
from kernels.quantise import quantise

# 64-bit hashes wrap around; uncompiled, NumPy warns that they do.
pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered")


def rounded(p, levels, key, bucket=0, ranges=None):
    low, high = np.array(ranges or [(0, len(p))]).T
    out = np.full_like(p, 7.0)
    quantise(p, out, low.copy(), high.copy(), levels, bucket, np.uint64(key))
    return out


def twin(p, levels, key):
    """Rounded up where a uniform number is below the fraction of a level that is left."""
    uniform = np.array([int(mix(np.uint64(key), np.uint64(j))) >> 11 for j in range(len(p))]) / 2**53
    norm = np.linalg.norm(p.astype(np.float64))
    level = abs(p.astype(np.float64)) / norm * levels
    return np.sign(p) * (norm / levels) * (np.floor(level) + (uniform < level % 1.0))


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-6), (np.float64, 1e-13)])
@pytest.mark.parametrize("levels", [1, 2, 7, 1000])
def test_rounding_equals_its_twin(dtype, tolerance, levels):
    p = np.random.default_rng(levels).standard_normal(300).astype(dtype)
    np.testing.assert_allclose(rounded(p, levels, 5), twin(p, levels, 5), rtol=tolerance)


@pytest.mark.parametrize("levels", [1, 3])
def test_the_mean_is_the_vector_and_the_variance_is_bounded(levels):
    # Lemma 3.1: E Q(v) = v, E|Q(v) - v|^2 <= min(d / s^2, sqrt(d) / s) |v|^2.
    p = np.random.default_rng(0).standard_normal(20)
    draws = np.array([rounded(p, levels, key) for key in range(4000)])
    deviation = draws.std(axis=0)
    assert (abs(draws.mean(axis=0) - p) <= 5 * deviation / np.sqrt(4000) + 1e-12).all()
    bound = min(20 / levels**2, np.sqrt(20) / levels) * (p @ p)
    assert 0 < ((draws - p) ** 2).sum(axis=1).mean() < bound


def test_a_bucket_has_a_norm_of_its_own_and_ends_with_its_range():
    # One level: what is not 0 is the norm of its bucket; of a bucket of one element, that element.
    p = np.array([3.0, 4.0, 5.0, 100.0, 8.0, 6.0])
    out = rounded(p, 1, 1, bucket=2, ranges=[(0, 3), (4, 6)])
    assert set(out[[0, 1]]) <= {0.0, 5.0}
    assert (out[2], out[3]) == (5.0, 7.0)
    assert set(out[[4, 5]]) <= {0.0, 10.0}


def test_without_buckets_all_ranges_share_a_norm():
    out = rounded(np.array([3.0, 100.0, 4.0]), 1, 0, ranges=[(0, 1), (2, 3)])
    assert set(out[[0, 2]]) <= {0.0, 5.0}
    assert out[1] == 7.0


def test_nothing_stays_nothing_and_what_is_not_a_number_shows():
    assert rounded(np.zeros(4), 3, 0).tolist() == [0.0] * 4
    assert np.isnan(rounded(np.array([1.0, np.nan]), 3, 0)).all()
