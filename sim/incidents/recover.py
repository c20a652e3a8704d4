"""What a group of workers goes on from."""

from __future__ import annotations

from enum import StrEnum


class Recover(StrEnum):
    """What a group of workers goes on from that has lost one: what the survivors have, or the last checkpoint."""

    survivors = "survivors"
    checkpoint = "checkpoint"
