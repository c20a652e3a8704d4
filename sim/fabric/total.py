"""A sum that many equal numbers do not make less exact."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray


def total(values: NDArray[np.float64], times: NDArray[np.integer]) -> float:
    """Return the sum of `values`, each taken so many `times`, rounded once: it depends on no order.

    Examples
    --------
    >>> total(np.array([0.1, 2.0]), np.array([10, 1]))
    3.0
    """
    different, which = np.unique(values, return_inverse=True)
    counts = np.bincount(which, weights=times)
    terms = (Fraction(value) * int(count) for value, count in zip(different.tolist(), counts.tolist(), strict=True))
    return float(sum(terms, Fraction()))
