"""What workers send to a shard, and how a shard's side of a protocol receives it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any, TypeVar

from sim.tape.vector import Vector
from sim.world.endpoint import Endpoint

#: What a shard sends: its part of the model, and the version of that.
Versioned = tuple[Vector, int]

Received = TypeVar("Received")

#: A shard's side of a protocol: it is sent every push that has been served, and what other shards tell.
Serving = Generator[None, Any, Received]


class Push:
    """A gradient on its way through a shard, the version it was taken at, and who is to be answered, if anybody.

    What is pushed need not be a gradient: `vector` is its other name.
    """

    __slots__ = ("answer", "gradient", "rank", "source", "version")

    def __init__(
        self, rank: int, source: Endpoint, gradient: Vector, version: int, answer: Callable[[Versioned], object] | None
    ) -> None:
        self.rank = rank
        self.source = source
        self.gradient = gradient
        self.version = version
        self.answer = answer

    @property
    def vector(self) -> Vector:
        """What was pushed."""
        return self.gradient


def by_rank(pushes: Iterable[Push]) -> list[Push]:
    """Pushes in the order of the workers' ranks, so that sums do not depend on who came first."""
    return sorted(pushes, key=lambda push: push.rank)


def living(pushes: Iterable[Push]) -> list[Push]:
    """Those whose senders have not died since."""
    return [push for push in pushes if not push.source.gone]


def collected(count: int) -> Serving[list[Push]]:
    """The next `count` pushes of the living, by rank: ``pushes = yield from collected(count)``."""
    pushes: list[Push] = []
    while len(pushes) < count:
        pushes.append((yield))
        if len(pushes) == count:
            pushes = living(pushes)
    return by_rank(pushes)
