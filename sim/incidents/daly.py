"""How often to write a checkpoint, and what failures cost then.

References
----------
.. [1] J. W. Young, "A first order approximation to the optimum checkpoint interval", CACM 17, 1974.
.. [2] J. T. Daly, "A higher order estimate of the optimum checkpoint interval for restart dumps", Future Generation
   Computer Systems 22, 2006, equations 20 and 37.
"""

from __future__ import annotations

import math

#: Newton's steps; each doubles the digits.
STEPS = 60


def young(write: float, between: float) -> float:
    """Young's interval (s): ``sqrt(2 d M)`` [1]_.

    Parameters
    ----------
    write
        What a checkpoint takes, d (s), >= 0.
    between
        Mean time between failures, M (s), > 0.
    """
    return math.sqrt(2.0 * write * between)


def daly(write: float, between: float) -> float:
    """Daly's higher-order interval (s), working time from one checkpoint to the next [2]_.

    ``sqrt(2 d M) (1 + sqrt(d / 2 M) / 3 + d / (18 M)) - d`` for d < 2 M, else M.

    Parameters
    ----------
    write
        What a checkpoint takes, d (s), >= 0.
    between
        Mean time between failures, M (s), > 0.

    Examples
    --------
    >>> round(daly(10.0, 3600.0), 2)
    261.7
    """
    if write >= 2.0 * between:
        return between
    ratio = write / (2.0 * between)
    return young(write, between) * (1.0 + math.sqrt(ratio) / 3.0 + ratio / 9.0) - write


def optimum(write: float, between: float) -> float:
    """The interval (s) at which `expected` is least: with ``u = tau / M``, ``u e^(u + d / M) = e^(u + d / M) - 1``.

    Parameters
    ----------
    write, between
        See `daly`.
    """
    if write <= 0.0:
        return 0.0
    d = write / between
    u = min(1.0 - 1e-12, max(1e-12, daly(write, between) / between))
    for _ in range(STEPS):
        value = (1.0 - u) * math.exp(u + d) - 1.0  # falls from e^d - 1 at 0 to -1 at 1
        u = min(1.0 - 1e-15, max(1e-15, u + value / (u * math.exp(u + d))))
    return u * between


def expected(every: float, write: float, between: float, restart: float) -> float:
    """Seconds that a second of work takes on average: ``M e^(R/M) (e^((tau + d)/M) - 1) / tau`` [2]_.

    Parameters
    ----------
    every
        Working time from one checkpoint to the next, tau (s), > 0.
    write
        What a checkpoint takes, d (s), >= 0.
    between
        Mean time between failures, M (s), > 0; of exponential ones.
    restart
        From a failure until work goes on, R (s), >= 0.
    """
    return between * math.exp(restart / between) * math.expm1((every + write) / between) / every
