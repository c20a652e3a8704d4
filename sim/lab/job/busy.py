"""How busy the machine is, whoever is at work on it."""

from __future__ import annotations


class Busy:
    """Looks at the machine's cores, from when it is made on."""

    def __init__(self) -> None:
        self._before = self._ticks()

    def share(self) -> float:
        """The share of its cores that has been taken since then (0 to 1)."""
        busy, whole = (now - then for now, then in zip(self._ticks(), self._before, strict=True))
        return busy / whole if whole > 0 else 0.0

    @staticmethod
    def _ticks() -> tuple[int, int]:
        """Time that cores have been busy, and all of it (ticks)."""
        with open("/proc/stat") as file:
            ticks = [int(word) for word in file.readline().split()[1:9]]
        return sum(ticks) - ticks[3] - ticks[4], sum(ticks)  # but for what is idle, and idle while a disk is busy
