"""Where the processes of a job live."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Place(Protocol):
    """Gives every host of an experiment's network an address, and takes processes there."""

    def address(self, host: int) -> str:
        """Address (IPv4) at which a process on a host listens, and from which it speaks."""

    def enter(self, host: int) -> Callable[[], None]:
        """What a process calls, before anything else, to be on a host."""


class Loopback:
    """This machine, as it is: every host has the same address, and wires are as fast as memory."""

    def address(self, host: int) -> str:
        """That of all."""
        return "127.0.0.1"

    def enter(self, host: int) -> Callable[[], None]:
        """Nothing has to be done."""
        return lambda: None
