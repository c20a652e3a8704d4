"""A mailbox with one queue per sender, emptied by rounds: one item of every sender at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Mailbox(Generic[Item]):
    """Items wait in the order of their sender; a round is complete when every sender has one waiting.

    Parameters
    ----------
    senders
        Everybody who sends here.
    """

    def __init__(self, senders: Iterable[int]) -> None:
        self._queues: dict[int, deque[Item]] = {sender: deque() for sender in senders}
        self._missing = len(self._queues)

    def put(self, sender: int, item: Item) -> None:
        """Add an item of a sender."""
        waiting = self._queues[sender]
        if not waiting:
            self._missing -= 1
        waiting.append(item)

    @property
    def complete(self) -> bool:
        """Every sender has an item waiting."""
        return self._missing == 0

    def take(self) -> dict[int, Item]:
        """Remove the oldest item of every sender, by sender; only when complete."""
        items = {}
        for sender, waiting in self._queues.items():
            items[sender] = waiting.popleft()
            if not waiting:
                self._missing += 1
        return items
