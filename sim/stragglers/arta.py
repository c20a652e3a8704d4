"""Correlated draws of any distribution: autoregressive to anything (ARTA; Cario and Nelson 1996).

A stationary autoregressive sequence of standard normal numbers, z' = phi z + (1 - phi^2)^(1/2) e, is turned into the
distribution asked for number by number. What comes out has exactly that distribution, and its lag-1 correlation is a
rising function of phi, whose inverse is here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

#: Points of the quadrature along each axis.
POINTS = 200
#: How far it goes (standard deviations).
FAR = 9.0
#: Halvings of the interval in which phi lies, and the digits that are kept of it: others are those of the host.
HALVINGS, DIGITS = 40, 10


def normal_scores(generator: np.random.Generator, phi: float, block: int) -> Iterator[NDArray[np.float64]]:
    """The endless sequence of correlated standard normal numbers, in blocks, float64 ``[block]`` (no unit).

    Parameters
    ----------
    generator
        What they are drawn from.
    phi
        Correlation of successive ones, 0 to below 1 (no unit).
    block
        How many there are in a block.
    """
    if phi == 0.0:
        while True:
            yield generator.standard_normal(block)
    fresh, last = math.sqrt(1.0 - phi**2), float(generator.standard_normal())
    while True:
        innovations = (fresh * generator.standard_normal(block)).tolist()
        path = list(accumulate(innovations, lambda z, innovation: phi * z + innovation, initial=last))
        last = path[-1]
        yield np.array(path[1:])


def lognormal_phi(cv: float, correlation: float) -> float:
    """The correlation of scores whose log-normal numbers have a correlation, in closed form (no unit).

    Parameters
    ----------
    cv
        Coefficient of variation of the numbers, >= 0 (no unit).
    correlation
        Their lag-1 correlation, 0 to below 1 (no unit).
    """
    # With s^2 = log(1 + cv^2), E exp(s z + s z' - s^2) = exp(s^2 phi): the correlation is (exp(s^2 phi) - 1) / cv^2.
    variance = cv**2
    return math.log1p(correlation * variance) / math.log1p(variance) if math.log1p(variance) > 0.0 else correlation


def exponentials(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The exponential of each number, float64 of the same shape ``[count]`` (no unit).

    One by one, because NumPy's differ in the last bit between hosts with and without AVX-512.

    Parameters
    ----------
    values
        float64 ``[count]`` (no unit).
    """
    return np.array([math.exp(value) for value in values.tolist()])


def pareto(scores: NDArray[np.float64], shape: float) -> NDArray[np.float64]:
    """Pareto numbers of mean 1, one for each score, float64 of the same shape (no unit).

    Parameters
    ----------
    scores
        Standard normal numbers.
    shape
        Exponent of the tail, > 1 (no unit).
    """
    from scipy.special import log_ndtr

    # A share q of standard normal numbers is above the score, and q of Pareto numbers above m q^(-1/shape).
    return (1.0 - 1.0 / shape) * exponentials(-log_ndtr(-scores) / shape)


@lru_cache(maxsize=64)
def pareto_phi(shape: float, correlation: float) -> float:
    """The correlation of scores whose Pareto numbers have a correlation (no unit), to ten digits on every host.

    Parameters
    ----------
    shape
        Exponent of the tail, > 2 (no unit).
    correlation
        Their lag-1 correlation, 0 to below 1 (no unit).
    """
    if correlation == 0.0:
        return 0.0
    low, high = correlation, 1.0  # no turned sequence is more correlated than its scores (Lancaster 1957)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _pareto_correlation(shape, middle) < correlation else (low, middle)
    return min(round(low, DIGITS), 1.0 - 10.0**-DIGITS)


def _pareto_correlation(shape: float, phi: float) -> float:
    """The correlation of Pareto numbers whose scores have the correlation phi, by quadrature."""
    from scipy.special import log_ndtr

    # z, z' = a u +- b v of independent u and v, a^2 = (1 + phi) / 2 and b^2 = (1 - phi) / 2. The tail of the product
    # falls as exp(-u^2 / 2 + z^2 / (2 shape) + z'^2 / (2 shape)), along u the more slowly the closer the shape is to 2.
    a, b = math.sqrt((1.0 + phi) / 2), math.sqrt((1.0 - phi) / 2)
    u = np.linspace(-FAR, FAR / math.sqrt(1.0 - 2 * a**2 / shape), POINTS)
    v = np.linspace(-FAR, FAR, POINTS) / math.sqrt(1.0 - 2 * b**2 / shape)
    along, across = a * u[:, None], b * v
    logs = -(log_ndtr(-along - across) + log_ndtr(across - along)) / shape - (u[:, None] ** 2 + v**2) / 2
    cell = float(u[1] - u[0]) * float(v[1] - v[0]) / (2 * math.pi)
    product = (1.0 - 1.0 / shape) ** 2 * float(np.exp(logs).sum()) * cell
    return (product - 1.0) * shape * (shape - 2.0)
