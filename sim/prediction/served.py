"""A step whose gradients are averaged by a server."""

from __future__ import annotations

import math
from heapq import heapreplace
from typing import TYPE_CHECKING, NamedTuple

from sim.collectives import NoClosedFormError
from sim.prediction.sharing import Load, seconds_in, share_evenly
from sim.prediction.timeline import Stretch
from sim.server import Arrangement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.collectives.operations.route import Route
    from sim.connections.server.connect import ParameterServer
    from sim.experiment import Experiment


class _Piece(NamedTuple):
    """What a worker sends a shard: when it sets out (s), which shard, and its size (B)."""

    instant: float
    shard: int
    nbytes: float


class Served:
    """A step of workers that push to every shard and wait for all answers, all of them alike.

    Every worker sends the same, at the same instants. So of the flows to a shard each has an N-th of its link, of those
    that a worker has under way each an equal share of the worker's; and so back. Shards on hosts of their own thus are
    channels that share a link evenly (`share_evenly`); on the workers' hosts they are while all shards are of one size
    and all pushes set out together.

    Parameters
    ----------
    experiment
        What is simulated.
    server
        The plan of its server.
    seconds
        What a gradient takes (s).
    route
        The way from a worker to a shard.

    Raises
    ------
    NoClosedFormError
        If what goes to a shard meets what comes from another.
    """

    def __init__(self, experiment: Experiment, server: ParameterServer, seconds: float, route: Route) -> None:
        self._config = experiment.server
        self._server = server
        self._seconds = seconds
        self._route = route
        self._workers = experiment.workers
        self._sizes = [server.nbytes * part.share for part in server.parts]
        self._senders = experiment.workers - 1 if self._config.colocated else experiment.workers
        self._latency = route.latency if self._senders else 0.0
        self._check()

    def _check(self) -> None:
        config = self._config
        if config.arrangement is not Arrangement.flat:
            raise _none("arrangement", f"{config.arrangement} has sums on their way", "use flat")
        if config.local_sum:
            raise _none("local_sum", "has sums inside machines", "give false")
        if not config.colocated or self._workers == 1:
            return
        if len(self._sizes) > self._workers:
            raise _none("shards", f"{len(self._sizes)} share the hosts of {self._workers} workers", "give no more")
        if max(self._sizes) - min(self._sizes) > 1e-9 * max(self._sizes):
            raise _none("colocated", "answers of small shards meet pushes to large ones", "use server.sharding=even")
        if self._server.sends_early and len(self._sizes) > 1:
            raise _none("colocated", "answers of early shards meet pushes to late ones", "use transport.overlap=false")

    def stretch(self, interference: float = 0.0) -> Stretch:
        """What a step takes; `interference` is what a second of traffic under the gradient costs it (no unit)."""
        early = [piece for piece in self._pieces(math.inf) if piece.instant < math.inf]
        hindered = interference * self._in_flight(early, self._seconds) if interference > 0.0 else 0.0
        computing = self._seconds + hindered + self._server.encoding
        pushes = self._pieces(computing)
        arrived, own = self._carried(pushes), {piece.shard: piece.instant - self._ahead() for piece in pushes}
        served = [self._served(shard, arrived[shard], own[shard]) for shard in range(len(self._sizes))]
        answers = [_Piece(served[shard], shard, size) for shard, size in enumerate(self._sizes)]
        back = self._carried(answers)
        end = max(back)
        busy, hidden = (
            self._in_flight(pushes, until) + self._in_flight(answers, until) for until in (math.inf, computing)
        )
        last = back.index(end)
        return Stretch(end, computing, hindered, busy, hidden, applying=served[last] - arrived[last])

    def _pieces(self, complete: float) -> list[_Piece]:
        """What a worker sends; the last when the gradient is complete and compressed."""
        if not self._server.departures:
            return [_Piece(complete, shard, nbytes) for shard, nbytes in enumerate(self._server.push_nbytes)]
        found = []
        for when in self._server.departures:
            instant = complete if when.share == 1.0 else when.share * self._seconds + when.encoding
            found += [_Piece(instant, piece.shard, piece.nbytes) for piece in when.pieces]
        return found

    def _busy(self, pieces: Sequence[_Piece]) -> list[tuple[int, float, float]]:
        """When channels have something to carry: which, from when to when (s)."""
        latency, route = self._latency, self._route
        if self._senders == 0 or route.seconds_per_byte() == 0.0:
            return [(shard, instant + latency, instant + latency) for instant, shard, _ in pieces]
        loads = [Load(instant + latency, shard, nbytes) for instant, shard, nbytes in pieces]
        return [*share_evenly(loads, lambda busy: 1.0 / route.seconds_per_byte(self._beside(busy)))]

    def _beside(self, busy: int) -> int:
        """How many messages share the narrowest link, of so many channels at work: those of a worker, or of a shard.

        On the workers' hosts all channels are, and one of a worker's is its own: no more than the others' to a shard.
        """
        return self._senders if self._config.colocated else max(busy, self._senders)

    def _carried(self, pieces: Sequence[_Piece]) -> list[float]:
        """When each shard's last piece has arrived (s)."""
        ends = [0.0] * len(self._sizes)
        for shard, _, end in self._busy(pieces):
            ends[shard] = max(ends[shard], end)
        return ends

    def _in_flight(self, pieces: Sequence[_Piece], until: float) -> float:
        """How long anything is on its way before an instant (s)."""
        spans = [(piece.instant, piece.instant + self._latency) for piece in pieces]
        return seconds_in([*spans, *((begin, end) for _, begin, end in self._busy(pieces))], until)

    def _ahead(self) -> float:
        """How long before the others the worker that houses the only shard has its answer (s)."""
        alone = self._config.colocated and self._senders > 0 and len(self._sizes) == 1
        return self._route.seconds(self._sizes[0], self._senders) if alone else 0.0

    def _served(self, shard: int, arrived: float, own: float) -> float:
        """When a shard's cores have been through all pushes, of which that of a worker beside it comes at `own` (s)."""
        seconds, cores = self._server.serving_seconds()[shard], self._config.cores
        if seconds == 0.0:
            return arrived
        if not self._config.colocated:
            return arrived + math.ceil(self._workers / cores) * seconds
        free = [*[arrived] * (cores - 1), max(arrived, own + seconds)]
        for _ in range(self._workers - 1):
            heapreplace(free, free[0] + seconds)
        return max(free)


def _none(field: str, said: str, remedy: str) -> NoClosedFormError:
    return NoClosedFormError(f"server.{field}", f"{said}; {remedy}, or simulate it", full=True)
