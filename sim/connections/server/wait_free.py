"""A gradient that is sent to a server piece by piece while it is computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import simpy

from sim.tape.vector import Vector
from sim.world.attempt import Attempt

if TYPE_CHECKING:
    from sim.connections.server.departures import Departure, Piece
    from sim.world.endpoint import Endpoint
    from sim.world.world import World

#: What becomes of a shard's part of a gradient that has arrived: whom it is given to, and what they are given.
Handing = tuple[Callable[..., object], tuple[object, ...]]


class WaitFree:
    """A worker's way of sending gradients that are being computed (Zhang et al. 2017, section 3.1).

    A shard is handed a gradient when the last piece of its part has arrived, so that it learns as from a whole one.

    Parameters
    ----------
    world
        What everybody in the run shares.
    rank, endpoint
        Which worker, and where it lives.
    targets
        Where each shard's part of a gradient goes to.
    departures
        When what of a gradient sets out, the last one when it is complete.
    """

    def __init__(
        self,
        world: World,
        rank: int,
        endpoint: Endpoint,
        targets: Sequence[Endpoint],
        departures: Sequence[Departure],
    ) -> None:
        self._environment = world.environment
        self._timeline = world.timeline
        self._hindered = world.traffic is not None
        self._send = world.send_beside
        self._rank = rank
        self._endpoint = endpoint
        self._targets = targets
        self._departures = departures
        self._encoding = departures[-1].encoding

    def set_out(self, computing: simpy.Timeout | Attempt, hand: Callable[[Vector, int], Handing]) -> None:
        """Send a gradient while it is computed; ``hand(gradient, shard)`` says what a shard that has it all is told."""
        seconds = computing.seconds if isinstance(computing, Attempt) else computing._delay
        at_the_end = []
        for departure in self._departures:
            if departure.encoding == 0.0 and departure.share * seconds >= seconds:  # also where that is rounded, or 0
                at_the_end.append(partial(self._depart, departure.pieces, computing, hand))
            elif departure.share == 1.0 and self._hindered:  # when that is, nobody knows yet
                at_the_end.append(partial(self._encode, departure, computing, hand))
            else:
                ready = self._environment.timeout(departure.share * seconds + departure.encoding)
                ready.callbacks.append(partial(self._depart, departure.pieces, computing, hand))
        computing.callbacks += [self._computed, *at_the_end]

    def _encode(
        self,
        departure: Departure,
        computing: simpy.Timeout | Attempt,
        hand: Callable[[Vector, int], Handing],
        event: simpy.Event,
    ) -> None:
        encoded = self._environment.timeout(departure.encoding)
        encoded.callbacks.append(partial(self._depart, departure.pieces, computing, hand))

    def _computed(self, computing: simpy.Event) -> None:
        """The gradient is complete; what remains to be compressed takes the worker's time before it waits."""
        if computing.value is None:
            return
        if self._encoding > 0.0:
            self._environment.timeout(self._encoding).callbacks.append(self._encoded)
        else:
            self._timeline.wait(self._rank)

    def _encoded(self, event: simpy.Event) -> None:
        self._timeline.wait(self._rank)

    def _depart(
        self,
        pieces: Sequence[Piece],
        computing: simpy.Timeout | Attempt,
        hand: Callable[[Vector, int], Handing],
        event: simpy.Event,
    ) -> None:
        """Pieces are ready, unless the gradient has been abandoned before."""
        gradient = computing.take() if isinstance(computing, Attempt) else computing.value
        if gradient is None:
            return
        for piece in pieces:
            deliver, content = hand(gradient, piece.shard) if piece.last else (_nothing, ())
            target = self._targets[piece.shard]
            self._send(self._endpoint, target, piece.nbytes, (self._rank,), deliver, *content)


def _nothing() -> None:
    """What a shard does with a piece of its part: it waits for the last one."""
