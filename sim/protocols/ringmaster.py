"""Asynchronous SGD without gradients that are too stale."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from sim.connections.server.push import Serving
from sim.connections.server.shard import Shard
from sim.protocols import Steps
from sim.protocols.families.answering import AnsweringProtocol
from sim.protocols.families.late import Late
from sim.world.worker import Worker
from topologies.ranges import check


@dataclass
class Ringmaster(AnsweringProtocol):
    """Parameter server, asynchronous: gradients as stale as a threshold are not applied (Ringmaster ASGD).

    Maranjyan, Tyurin and Richtarik 2025: Downpour SGD in which gradients count whose staleness is below R, so that what
    slow workers send does not spoil what fast ones have learned. Algorithm 4 lets them finish; by algorithm 5 the
    server sends a newer model to workers whose gradients have become so stale, and they begin anew when it reaches
    them. With speeds that are unequal, and may change, no method is faster, but by a constant, if R = max(1,
    ceil(sigma^2 / eps)): of a gradient's variance sigma^2 and the |grad f|^2 that is looked for, eps.

    Parameters
    ----------
    threshold
        The staleness from which on a gradient is dropped, >= 1 (R); None: workers.
    late
        What a worker does with a gradient that has become so stale: finish (algorithm 4) or abandon (algorithm 5).
    """

    threshold: int | None = None
    late: Late = Late.finish

    def __post_init__(self) -> None:
        check("threshold", self.threshold, at_least=1)

    @property
    def answers_at_once(self) -> bool:
        return self.late is Late.finish

    def needed(self, workers: int) -> int:
        return 1

    def too_stale(self, workers: int) -> int:
        return workers if self.threshold is None else self.threshold

    def worker(self, me: Worker) -> Steps:
        return super().worker(me) if self.late is Late.finish else self.abandoner(me)

    def abandoner(self, me: Worker) -> Steps:
        """A worker that begins anew when its gradient would be dropped."""
        x, versions = yield me.server.pull()
        while True:
            outdated = me.server.ahead(versions, self.too_stale(me.workers))
            computing = me.gradient_unless(outdated, x)
            pushed = me.server.push_wait_free(computing, versions)
            if (yield computing) is None:
                x, versions = yield outdated
            else:
                yield pushed
                x, versions = yield me.server.ahead(versions, 1)

    def server(self, me: Shard) -> Serving[None]:
        return super().server(me) if self.late is Late.finish else self.interrupter(me)

    def interrupter(self, me: Shard) -> Serving[None]:
        """A shard that sends a newer model to workers whose gradients would be dropped.

        It goes by the version that a worker has or is being sent: what it pushes at an older one is not answered again.
        """
        too_stale = self.too_stale(me.workers)
        sent = me.pulled  # where each worker begins; in the order of versions, since who is sent one becomes the last
        while True:
            push = yield
            due = {push.rank} if sent[push.rank] == push.version else set()
            if me.version - push.version < too_stale:
                me.apply([push])
                due.update(takewhile(lambda rank: me.version - sent[rank] >= too_stale, sent))
            for rank in sorted(due):
                del sent[rank]
                sent[rank] = me.version
            me.broadcast(due)
