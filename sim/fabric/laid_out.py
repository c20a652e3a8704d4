"""A schedule with every round laid out, for those who want to look at each send."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.fabric.schedule import Schedule


class LaidOut(NamedTuple):
    """A schedule whose nodes are all done once, that takes as long as another, to the last bit.

    Attributes
    ----------
    schedule
        Its nodes are those of the other, round by round where they have rounds.
    node, round : int64[n]
        Which node of the other each of its nodes is, and in which round.
    """

    schedule: Schedule
    node: NDArray[np.int64]
    round: NDArray[np.int64]


def laid_out(schedule: Schedule) -> LaidOut:
    """Lay out the rounds of `schedule`."""
    node, round_ = _order(schedule)
    times = schedule.times()
    begin = np.cumsum(times) - times  # of the numbers of each node, in `number`
    number = np.empty(len(node), np.int64)
    number[begin[node] + round_] = np.arange(len(node))
    before, after = _edges(schedule, begin, times, number)
    along = np.argsort(before, kind="stable")
    plain = Schedule(
        source=schedule.source[node],
        target=schedule.target[node],
        nbytes=schedule.nbytes[node],
        delay=schedule.delay[node],
        successors=after[along],
        offsets=np.concatenate(([0], np.cumsum(np.bincount(before, minlength=len(node))))),
        entry=number[begin[schedule.entry]],
        exit=number[begin[schedule.exit] + times[schedule.exit] - 1],
        through=schedule.through,
    )
    return LaidOut(plain, node, round_)


def _order(schedule: Schedule) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Nodes and their rounds, as they stand in what is laid out."""
    nodes, rounds, done = [], [], 0
    for each in schedule.rounds:
        nodes += [np.arange(done, each.first), np.tile(np.arange(each.first, each.last), each.count)]
        rounds += [np.zeros(each.first - done, np.int64), np.repeat(np.arange(each.count), each.last - each.first)]
        done = each.last
    rest = np.arange(done, len(schedule.source))
    return np.concatenate([*nodes, rest]), np.concatenate([*rounds, np.zeros(len(rest), np.int64)])


def _edges(
    schedule: Schedule, begin: NDArray[np.int64], times: NDArray[np.int64], number: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Who waits for whom; of each node first what is in its rounds."""
    before, after = [], []
    for each in schedule.rounds:
        round_ = np.arange(each.count)[:, np.newaxis]
        later = round_ + each.again
        there = later < each.count
        before.append(number[(begin[each.before] + round_)[there]])
        after.append(number[(begin[each.after] + later)[there]])
    rows = np.repeat(np.arange(len(times)), np.diff(schedule.offsets))
    before.append(number[begin[rows] + times[rows] - 1])
    after.append(number[begin[schedule.successors]])
    return np.concatenate(before), np.concatenate(after)
