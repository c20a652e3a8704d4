"""Whom a server sends to: a worker, or an aggregator with workers behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sim.connections.server.push import Versioned
    from sim.world.endpoint import Endpoint


class Answer(NamedTuple):
    """A model on its way to one worker."""

    rank: int
    deliver: Callable[[], object]


class Receiver(NamedTuple):
    """Somebody that models are sent to."""

    endpoint: Endpoint
    ranks: Sequence[int]  # of the workers that wait for what is sent there
    hear: Callable[[Versioned], object]  # called with a model for everybody that has arrived
    take: Callable[[Sequence[Answer]], object]  # called with answers for some of those workers


def deliver(answers: Sequence[Answer]) -> None:
    """Hand over answers that have reached their worker."""
    for answer in answers:
        answer.deliver()
