"""The k elements of largest magnitude, found by radix selection: no sorting, no copy, the same work for any numbers."""

from __future__ import annotations

import numpy as np
from numba import float32, float64, int64, uint64, void
from numpy.typing import NDArray

from kernels.jit import kernel

#: Bits that a pass looks at: the exponent of a float64 is its first pass.
DIGIT = 11
#: Counters that `top_k` needs.
BUCKETS = 1 << DIGIT

_LAST = np.uint64(BUCKETS - 1)
_ZERO = np.uint64(0)


@kernel([uint64(real) for real in (float32, float64)])
def magnitude_bits(x: float) -> np.uint64:
    """A number that is the larger, the larger |x| is: the bits of |x| as float64; those of NaN above all."""
    bits: np.uint64 = np.float64(abs(x)).view(np.uint64)
    return bits


@kernel([void(real[::1], real[::1], int64[::1], int64[::1], int64, int64[::1]) for real in (float32, float64)])
def top_k(
    p: NDArray[np.float32],
    out: NDArray[np.float32],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    k: int,
    counts: NDArray[np.int64],
) -> None:
    """Keep the `k` elements of largest magnitude and make the others zero; of equal ones the first are kept.

    Parameters
    ----------
    p, out
        The vector and what becomes of it ``[d]``; other elements than the following are left alone.
    low, high
        Which elements: from ``low[i]`` to ``high[i]`` for every i, at least k in all.
    k
        How many are kept, >= 1.
    counts
        Work space of BUCKETS numbers.
    """
    # Pass by pass: how many numbers that begin with the digits known so far have which next digit; `wanted` of them are
    # to be kept. When that is all of them, further digits do not matter.
    known, mask, wanted, shift = _ZERO, _ZERO, k, 63 - DIGIT
    while True:
        place = np.uint64(shift)
        counts[:BUCKETS] = 0
        for part in range(low.shape[0]):
            for j in range(low[part], high[part]):
                bits = magnitude_bits(p[j])
                if bits & mask == known:
                    counts[np.int64((bits >> place) & _LAST)] += 1
        digit = BUCKETS - 1
        while counts[digit] < wanted:
            wanted -= counts[digit]
            digit -= 1
        known |= np.uint64(digit) << place
        mask |= _LAST << place
        if counts[digit] == wanted or shift == 0:
            break
        shift = max(shift - DIGIT, 0)
    for part in range(low.shape[0]):
        for j in range(low[part], high[part]):
            bits = magnitude_bits(p[j]) & mask
            if bits > known:
                out[j] = p[j]
            elif bits == known and wanted > 0:
                out[j] = p[j]
                wanted -= 1
            else:
                out[j] = 0
