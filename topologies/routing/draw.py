"""Numbers by which routes are drawn: hashes of the two hosts, and so no generator's."""

from __future__ import annotations

_MASK = (1 << 64) - 1


def splitmix64(x: int) -> int:
    """Mix 64 bits: the output function of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).

    Examples
    --------
    >>> hex(splitmix64(0))
    '0xe220a8397b1dcdaf'
    """
    x = (x + 0x9E3779B97F4A7C15) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)


def draw(source: int, target: int, step: int) -> int:
    """A number in ``[0, 2**64)`` for one choice on the way of a pair of hosts: the same in every process.

    Parameters
    ----------
    source, target
        The two hosts.
    step
        Which of its choices, so that one does not follow from another.
    """
    return splitmix64(splitmix64(splitmix64(source) ^ target) ^ step)
