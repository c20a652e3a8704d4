"""Gradients that have been added up on their way to a shard: how large a message is, and what of it has to be read."""

from __future__ import annotations


def relayed_bytes(count: int, push_nbytes: float, nbytes: float) -> float:
    """Size of what stands for so many gradients (B): few compressed ones are smaller than their sum."""
    return min(count * push_nbytes, nbytes)


def messages_to_read(count: int, push_nbytes: float, nbytes: float) -> int:
    """How many of so many gradients still have to be decoded where that arrives: none of a sum."""
    return count if count == 1 or count * push_nbytes < nbytes else 0
