"""What has still to arrive of each round, where some are rounds ahead of others."""

from __future__ import annotations


class Outstanding:
    """Counts the messages of each round that are expected and have not arrived; one may arrive before that."""

    def __init__(self) -> None:
        self._missing: dict[int, int] = {}  # round -> messages; none of a round that is complete

    def expect(self, number: int, count: int) -> None:
        """So many messages of round `number` have to arrive."""
        missing = self._missing.get(number, 0) + count
        if missing:
            self._missing[number] = missing
        else:
            self._missing.pop(number, None)

    def arrive(self, number: int) -> bool:
        """A message of round `number` has arrived; whether it is the last one that was expected of that round."""
        left = self._missing.get(number, 0) - 1
        if left:
            self._missing[number] = left
            return False
        del self._missing[number]
        return True

    def complete_through(self, number: int) -> bool:
        """Nothing is missing of round `number` and those before it, which have all been expected."""
        return not self._missing or min(self._missing) > number
