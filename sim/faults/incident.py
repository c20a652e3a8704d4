"""Something that happens to a cluster at an instant."""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple


class Kind(Enum):
    """What happens.

    `lost` and `back`: workers fail and return; `leave` and `join`: the same of those who say so; `shard_lost` and
    `shard_back`: the same of the server's; `pace`: how many times as long workers compute; `link`: which share of its
    capacity a link has.
    """

    lost = "lost"
    back = "back"
    leave = "leave"
    join = "join"
    shard_lost = "shard_lost"
    shard_back = "shard_back"
    pace = "pace"
    link = "link"


class Incident(NamedTuple):
    """Something that happens.

    Attributes
    ----------
    at
        When (s).
    kind
        What.
    who
        Ranks of the workers, numbers of the shards, or the two nodes of the link.
    value
        Seconds (s) until who is lost is back, infinite if that is never; factor of the compute times; share of the
        capacity.
    """

    at: float
    kind: Kind
    who: tuple[Any, ...]
    value: float = 0.0
