"""When Python looks for garbage: objects that only refer to each other.

Starting makes a million objects that stay, and a simulation keeps thousands of messages and events under way but ties
none of them into a cycle (a test sees to that). To go through them again and again finds nothing, and with a thousand
workers it takes a good part of the clock's time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: So many objects more than before are worth a look (Python's own 700 are a few messages).
WORTH_A_LOOK = 100_000


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for garbage seldom in the block."""
    before = gc.get_threshold()
    gc.set_threshold(WORTH_A_LOOK, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
