"""A lock that takes no time and needs no event of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable


class Lock:
    """One at a time holds it; the others queue, first come, first served."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], object]] = deque()
        self._held = self._granting = False

    def acquire(self, then: Callable[[], object]) -> None:
        """Go on with `then` when it is granted, at once where nobody holds it; that ends with `release`."""
        self._waiting.append(then)
        self._grant()

    def release(self) -> None:
        """The present holder is done."""
        self._held = False
        self._grant()

    def _grant(self) -> None:
        if self._granting:  # a holder that is done at once leaves the next to the loop below: a long queue is not deep
            return
        self._granting = True
        while self._waiting and not self._held:
            self._held = True
            self._waiting.popleft()()
        self._granting = False
