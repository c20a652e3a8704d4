"""Rounds: nodes of a schedule that are done again and again, written once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topologies.field_error import FieldError


@dataclass(frozen=True, eq=False)
class Rounds:
    """Nodes that lie side by side in a schedule, and are done `count` times.

    There is no barrier between rounds: a node begins its next one when what it waits for is done, and may be rounds
    ahead of others. Nodes outside that one of these waits for are waited for before its first round; nodes outside that
    wait for one of these do so until its last round is done. So a ring over n ranks takes n nodes and a count.

    Parameters
    ----------
    first, last
        The nodes are ``first .. last - 1``.
    count
        How often each of them is done, >= 1.
    before, after : int64[k]
        Each node of `after` waits for its counterpart in `before`: in every round for the same round of it, or
    again : bool[k]
        where this is set, in every round but the first for the round before.

    Raises
    ------
    FieldError
        If there is no round, `before` or `after` names a node outside, or a node does not wait for itself.
    """

    first: int
    last: int
    count: int
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    again: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.count < 1:
            raise FieldError("count", f"must be >= 1, got {self.count}; give how often the nodes are done")
        if not len(self.before) == len(self.after) == len(self.again):
            raise FieldError("after", f"must have {len(self.before)} rows, as `before`, got {len(self.after)}")
        for name in ("before", "after"):
            column = getattr(self, name)
            if len(column) and not (self.first <= column.min() and column.max() < self.last):
                raise FieldError(
                    name, f"must lie in {self.first} .. {self.last - 1}, got {column.min()} .. {column.max()}"
                )
        itself = self.before[self.again & (self.before == self.after)]
        alone = np.setdiff1d(np.arange(self.first, self.last), itself)
        if len(alone):
            raise FieldError("before", f"node {alone[0]} must wait for its own round before")
