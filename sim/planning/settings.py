"""With what candidates are judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sim.planning.knowledge import Knowledge
from sim.planning.pace import Feed
from sim.planning.samples import Samples

#: Called with what is being done, how much of it is done, and of how much.
Told = Callable[[str, int, int], None]


class Settings(NamedTuple):
    """With what candidates are judged.

    Attributes
    ----------
    known
        What is known.
    samples
        How many it takes.
    feed
        What an input pipeline delivers.
    draws
        How many possibilities there are of each.
    paths
        Number of paths of a card that are used at once, >= 1; None: nobody knows.
    """

    known: Knowledge
    samples: Samples
    feed: Feed
    draws: int
    paths: int | None
