"""How alike the errors of a model are at points of one table."""

from __future__ import annotations

import numpy as np

from sim.calibration.numbers import Counts, Numbers

#: What share of an error's variance belongs to a table, and by which factor of machines it has changed by 63 %.
SHARED, REACH = 0.7, 64.0


def kinship(nodes: Numbers, others: Numbers) -> Numbers:
    """Correlation of the errors of some measurements and of others in the same table (shape (nodes, others)).

    What a model leaves out (a switch, a library's choice) is much the same at 8 machines and at 12, and another thing
    at 2: the discrepancy of a computer model is a Gaussian process (Kennedy and O'Hagan 2001), here over the logarithm
    of the machines; the rest is every point's own.

    Parameters
    ----------
    nodes, others
        How many machines there are (shapes (nodes,), (others,)).
    """
    apart = np.abs(np.subtract.outer(np.log(nodes), np.log(others))) / np.log(REACH)
    alike: Numbers = SHARED * np.exp(-apart)
    return alike


def covariance(nodes: Numbers) -> Numbers:
    """The same of points with themselves, each of which has a part of its own, too (shape (nodes, nodes)).

    Parameters
    ----------
    nodes
        How many machines there are (shape (nodes,)).
    """
    return kinship(nodes, nodes) + (1.0 - SHARED) * np.eye(len(nodes))


def whitener(table: Counts, nodes: Numbers) -> Numbers:
    """What makes errors at all points independent of each other: a matrix W, so that W e has unit covariance.

    Parameters
    ----------
    table
        Number of each point's table (shape (rows,)); tables have nothing to do with each other.
    nodes
        How many machines there are (shape (rows,)).
    """
    together = np.where(np.equal.outer(table, table), covariance(nodes), 0.0)
    return np.asarray(np.linalg.inv(np.linalg.cholesky(together)) if len(table) else together, np.float64)


def carried(nodes: Numbers, given: Numbers) -> tuple[Numbers, Numbers]:
    """What errors at given points say of those at others: the shares that are carried over, and what stays open.

    Parameters
    ----------
    nodes
        How many machines there are where errors are asked for (shape (rows,)).
    given
        The same where they are known (shape (given,)).

    Returns
    -------
    NDArray
        Share of each known error (shape (rows, given)).
    NDArray
        A root of the covariance that is left, in units of the noise's variance (shape (rows, rows)).
    """
    shares = kinship(nodes, given) @ np.linalg.inv(covariance(given))
    left = covariance(nodes) - shares @ kinship(given, nodes)
    return shares, np.asarray(np.linalg.cholesky(left), np.float64)
