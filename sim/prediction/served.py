"""A step whose gradients are averaged by a server."""

from __future__ import annotations

import math
from heapq import heapreplace
from typing import TYPE_CHECKING, NamedTuple

from sim.collectives.operations.form import NoClosedFormError
from sim.prediction.sharing import Busy, Load, seconds_in, share_evenly
from sim.prediction.timeline import Stretch
from sim.server import Arrangement

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sim.collectives.operations.route import Route
    from sim.connections.server.connect import ParameterServer
    from sim.experiment import Experiment


class _Piece(NamedTuple):
    """What a worker sends a shard: when it sets out (s), which shard, and its size (B)."""

    instant: float
    shard: int
    nbytes: float


class _Passed(NamedTuple):
    """What becomes of a shard's part of a gradient: when it has arrived, is served and answered, and is on its way (s).

    It is infinitely late answered where some of the gradient is still to come.
    """

    arrived: float
    served: float
    answered: float
    spans: list[tuple[float, float]]


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
        self._serving = server.serving_seconds()
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
        if not all(map(_alike, (self._sizes, self._server.push_nbytes, self._serving))):
            raise _none("colocated", "answers of small shards meet pushes to large ones", "use false")
        if self._server.sends_early and len(self._sizes) > 1:
            raise _none("colocated", "answers of early shards meet pushes to late ones", "use false")

    def stretch(self, interference: float = 0.0) -> Stretch:
        """What a step takes; `interference` is what a second of traffic under the gradient costs it (no unit)."""
        hindered = interference * self._in_flight(self._early(), self._seconds) if interference > 0.0 else 0.0
        computing = self._seconds + hindered + self._server.encoding
        course = self._course(self._pieces(computing), hindered=hindered)
        last = max(course, key=lambda passed: passed.answered)
        busy, hidden = (self._in_flight(course, until) for until in (math.inf, computing))
        applying = last.served - last.arrived
        return Stretch(last.answered, computing, hindered, busy, hidden, 2.0 * self._latency, applying)

    def _early(self) -> list[_Passed]:
        """What is on its way before the gradient is complete."""
        pieces = self._pieces(math.inf)
        late = {piece.shard for piece in pieces if piece.instant == math.inf}
        return self._course([piece for piece in pieces if piece.instant < math.inf], late)

    def _course(self, pieces: Sequence[_Piece], late: Collection[int] = (), hindered: float = 0.0) -> list[_Passed]:
        """What becomes of pieces, by shard; those of which more is to come do not answer.

        A worker that houses the only shard has nothing on its way, and is not `hindered` (s).
        """
        pushed = self._busy(pieces)
        arrived = {busy.channel: busy.end for busy in pushed}
        own = {piece.shard: piece.instant - hindered - self._ahead() for piece in pieces}
        served = {shard: self._served(shard, arrived[shard], own[shard]) for shard in own}
        answers = [_Piece(served[shard], shard, self._sizes[shard]) for shard in own if shard not in late]
        answering = self._busy(answers)
        answered = {busy.channel: busy.end for busy in answering}
        spans: dict[int, list[tuple[float, float]]] = {shard: [] for shard in own}
        for instant, shard, _ in (*pieces, *answers):
            spans[shard].append((instant, instant + self._latency))
        for busy in (*pushed, *answering):
            spans[busy.channel].append((busy.begin, busy.end))
        return [_Passed(arrived[shard], served[shard], answered.get(shard, math.inf), spans[shard]) for shard in own]

    def _pieces(self, complete: float) -> list[_Piece]:
        """What a worker sends; the last when the gradient is complete and compressed."""
        if not self._server.departures:
            return [_Piece(complete, shard, nbytes) for shard, nbytes in enumerate(self._server.push_nbytes)]
        found = []
        for when in self._server.departures:
            instant = complete if when.share == 1.0 else when.share * self._seconds + when.encoding
            found += [_Piece(instant, piece.shard, piece.nbytes) for piece in when.pieces]
        return found

    def _busy(self, pieces: Sequence[_Piece]) -> list[Busy]:
        """When channels have something to carry, in the order of the ends."""
        latency, route = self._latency, self._route
        if self._senders == 0 or route.seconds_per_byte() == 0.0:
            return [Busy(shard, instant + latency, instant + latency) for instant, shard, _ in pieces]
        loads = [Load(instant + latency, shard, nbytes) for instant, shard, nbytes in pieces]
        return share_evenly(loads, lambda busy: 1.0 / route.seconds_per_byte(self._beside(busy)))

    def _beside(self, busy: int) -> int:
        """How many messages share the narrowest link, of so many channels at work: those of a worker, or of a shard.

        On the workers' hosts all channels are, and one of a worker's is its own: no more than the others' to a shard.
        """
        return self._senders if self._config.colocated else max(busy, self._senders)

    @staticmethod
    def _in_flight(course: Sequence[_Passed], until: float) -> float:
        """How long anything is on its way before an instant (s)."""
        return seconds_in([span for passed in course for span in passed.spans], until)

    def _ahead(self) -> float:
        """How long before the others the worker that houses the only shard has its answer (s)."""
        alone = self._config.colocated and self._senders > 0 and len(self._sizes) == 1
        return self._route.seconds(self._sizes[0], self._senders) if alone else 0.0

    def _served(self, shard: int, arrived: float, own: float) -> float:
        """When a shard's cores have been through all pushes, of which that of a worker beside it comes at `own` (s)."""
        seconds, cores = self._serving[shard], self._config.cores
        if seconds == 0.0:
            return arrived
        if not self._config.colocated:
            return arrived + math.ceil(self._workers / cores) * seconds
        free = [*[arrived] * (cores - 1), max(arrived, own + seconds)]
        for _ in range(self._workers - 1):
            heapreplace(free, free[0] + seconds)
        return max(free)


def _alike(sizes: Sequence[float]) -> bool:
    return math.isclose(min(sizes), max(sizes), rel_tol=1e-9)


def _none(field: str, said: str, remedy: str) -> NoClosedFormError:
    return NoClosedFormError(f"server.{field}", f"{said}; {remedy}, or simulate it", full=True)
