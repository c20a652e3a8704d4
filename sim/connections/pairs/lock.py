"""Taking turns, in no time and without an event of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable


class Turns:
    """One at a time has its turn; the others queue, first come, first served."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], object]] = deque()
        self._taken = self._granting = False

    def take(self, then: Callable[[], object]) -> None:
        """Go on with `then` when it is its turn, at once where nobody has one; it ends with `leave`."""
        self._waiting.append(then)
        self._grant()

    def leave(self) -> None:
        """The present turn is over."""
        self._taken = False
        self._grant()

    def _grant(self) -> None:
        if self._granting:  # a turn that is over at once leaves the next to the loop below: a long queue is not deep
            return
        self._granting = True
        while self._waiting and not self._taken:
            self._taken = True
            self._waiting.popleft()()
        self._granting = False
