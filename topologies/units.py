"""The units that network options are written in, turned into SI."""

from __future__ import annotations


def bytes_per_second(gbps: float) -> float:
    """Turn a line rate in Gb/s (10^9 bit/s) into B/s.

    Examples
    --------
    >>> bytes_per_second(10.0)
    1250000000.0
    """
    return gbps * 1e9 / 8


def seconds(microseconds: float) -> float:
    """Turn microseconds into seconds; divides, because 1e6 is exact in binary and 1e-6 is not.

    Examples
    --------
    >>> seconds(5.0)
    5e-06
    """
    return microseconds / 1e6
