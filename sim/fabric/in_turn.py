"""One schedule after the other."""

from __future__ import annotations

import numpy as np

from sim.fabric.schedule import Schedule


def in_turn(first: Schedule, second: Schedule) -> Schedule:
    """Make the schedule in which each rank enters `second` when it leaves `first`.

    Raises
    ------
    ValueError
        If the two do not have the same number of ranks.
    """
    if first.ranks != second.ranks:
        raise ValueError(f"second: must have the {first.ranks} ranks of the first, got {second.ranks}")
    size = len(first.source)
    before = np.concatenate([_predecessors(first), first.exit, size + _predecessors(second)])
    after = np.concatenate([first.successors, size + second.entry, size + second.successors])
    along = np.argsort(before, kind="stable")
    count = np.bincount(before, minlength=size + len(second.source))
    return Schedule(
        source=np.concatenate([first.source, second.source]),
        target=np.concatenate([first.target, second.target]),
        nbytes=np.concatenate([first.nbytes, second.nbytes]),
        delay=np.concatenate([first.delay, second.delay]),
        successors=after[along],
        offsets=np.concatenate([[0], np.cumsum(count)]),
        entry=first.entry,
        exit=size + second.exit,
    )


def _predecessors(schedule: Schedule) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The node that each of the successors depends on."""
    return np.repeat(np.arange(len(schedule.source)), np.diff(schedule.offsets))
