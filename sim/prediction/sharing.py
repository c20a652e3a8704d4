"""Channels that share a link evenly: when each has carried what it is given."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from typing import NamedTuple


class Load(NamedTuple):
    """Bytes that come to a channel.

    Attributes
    ----------
    instant
        When (s).
    channel
        Number of the channel.
    nbytes
        How many (B).
    """

    instant: float
    channel: int
    nbytes: float


class Busy(NamedTuple):
    """A channel has bytes to carry, from `begin` to `end` (s)."""

    channel: int
    begin: float
    end: float


def share_evenly(loads: Iterable[Load], rate: Callable[[int], float]) -> list[Busy]:
    """Let channels carry what comes to them, all that have something at one rate.

    With k of them at work, each has carried ``V`` bytes by a common virtual time that passes at ``rate(k)``; one that
    is given b bytes at V is through at V + b, later if more comes before (processor sharing).

    Parameters
    ----------
    loads
        What comes, to each channel in the order of its bytes.
    rate
        What each of so many channels gets (B/s).

    Returns
    -------
    list of Busy
        In the order of their ends.

    Examples
    --------
    >>> share_evenly([Load(0.0, 0, 4.0), Load(1.0, 1, 1.0)], lambda channels: 2.0 / channels)
    [Busy(channel=1, begin=1.0, end=2.0), Busy(channel=0, begin=0.0, end=2.5)]
    """
    coming = sorted(loads)
    since: dict[int, float] = {}
    goal: dict[int, float] = {}
    due: list[tuple[float, int]] = []
    found, now, carried, number = [], 0.0, 0.0, 0
    while number < len(coming) or since:
        while due and (due[0][1] not in goal or goal[due[0][1]] != due[0][0]):
            heappop(due)  # more has come since
        each = rate(len(since)) if since else 0.0
        through = now + (due[0][0] - carried) / each if since else math.inf
        if number < len(coming) and coming[number].instant < through:
            instant, channel, nbytes = coming[number]
            number += 1
            carried += (instant - now) * each if since else 0.0
            now = instant
            since.setdefault(channel, now)
            goal[channel] = goal.get(channel, carried) + nbytes
            heappush(due, (goal[channel], channel))
        else:
            carried, now = due[0][0], max(now, through)
            channel = heappop(due)[1]
            found.append(Busy(channel, since.pop(channel), now))
            del goal[channel]
    return found


def seconds_in(spans: Iterable[tuple[float, float]], until: float = math.inf) -> float:
    """How long at least one of some spans (begin, end) lasts before an instant (s)."""
    total, reached = 0.0, 0.0
    for begin, end in sorted(spans):
        begin, end = max(begin, reached), min(end, until)
        if end > begin:
            total += end - begin
            reached = end
    return total
