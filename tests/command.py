"""What the fixture `paceline` is and returns, and a run that is over soon."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Outcome(NamedTuple):
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str


Command = Callable[..., Outcome]

QUICK = ("problem=quadratic", "workers=2", "until.updates=4")
