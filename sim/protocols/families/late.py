"""What becomes of a gradient that comes too late."""

from __future__ import annotations

from enum import StrEnum


class Late(StrEnum):
    """What a worker does with a gradient that is not needed any more."""

    abandon = "abandon"
    finish = "finish"
