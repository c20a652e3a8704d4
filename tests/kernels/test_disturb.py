"""Disturbed points against NumPy, and the law of what is added."""

import numpy as np
import pytest

from kernels.disturb import disturb

# 64-bit hashes wrap around; uncompiled, NumPy warns that they do.
pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered")

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def disturbed(x, deviation, key, padding=3):
    padded = np.concatenate([x, np.full(padding, 9.0, x.dtype)])
    out = np.full_like(padded, 7.0)
    disturb(padded, out, len(x), deviation, np.uint64(key))
    np.testing.assert_array_equal(out[len(x) :], padded[len(x) :])
    return out[: len(x)]


def hashed(key, counters):
    """SplitMix64's finalizer of ``key + (counter + 1) * golden`` (Steele, Lea and Flood 2014)."""
    z = key + (counters + np.uint64(1)) * GOLDEN
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def twin(size, key):
    """The noise of unit deviation: Box and Muller's pairs of the uniforms ``(hash / 2^11 + 1) / 2^53``."""
    stream = hashed(np.array([key], np.uint64), np.zeros(1, np.uint64))
    uniform = ((hashed(stream, np.arange(size + 1, dtype=np.uint64)) >> np.uint64(11)) + np.uint64(1)) / 2.0**53
    radius, angle = np.sqrt(-2 * np.log(uniform[0:-1:2])), 2 * np.pi * uniform[1::2]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).ravel()[:size]


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-6), (np.float64, 1e-13)])
@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_it_is_the_point_and_box_and_mullers_noise(dtype, tolerance, size):
    x = np.random.default_rng(size).standard_normal(size).astype(dtype)
    pairs = size + size % 2
    expected = x + 0.25 * twin(pairs, 12345)[:size]
    np.testing.assert_allclose(disturbed(x, 0.25, 12345), expected, rtol=0, atol=4 * tolerance)


def test_no_noise_leaves_the_point():
    x = np.random.default_rng(0).standard_normal(9)
    np.testing.assert_array_equal(disturbed(x, 0.0, 5), x)


def test_noise_has_mean_zero_and_its_variance_and_is_another_for_every_key():
    # Of n = 20 000 standard normals the mean has a standard deviation of 1 / sqrt(n) = 0.0071, the variance one of
    # sqrt(2 / n) = 0.01, the mean of fourth powers one of sqrt(96 / n) = 0.069, the correlation of two one of 0.0071.
    size = 20_000
    draws = np.stack([disturbed(np.zeros(size), 2.0, key) / 2.0 for key in (1, 2, 2**63 + 7)])
    assert abs(draws.mean(axis=1)).max() < 5 * 0.0071
    assert abs(draws.var(axis=1) - 1.0).max() < 5 * 0.01
    assert abs((draws**4).mean(axis=1) - 3.0).max() < 5 * 0.069
    apart = np.corrcoef(draws) - np.eye(3)
    assert abs(apart).max() < 5 * 0.0071
    shifted = np.corrcoef(draws[0, 1:], draws[0, :-1])[0, 1]  # nor with its neighbour
    assert abs(shifted) < 5 * 0.0071
