"""Asynchronous SGD with a parameter server."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from sim.connections.server.push import Serving
from sim.connections.server.shard import Shard
from sim.protocols import Steps
from sim.protocols.families.keeping import Keeps, Kept
from sim.protocols.families.served import ServerProtocol
from sim.world.worker import Worker
from topologies.field_error import FieldError
from topologies.ranges import check


@dataclass
class AsyncPS(ServerProtocol, Keeps):
    """Parameter server, asynchronous: every gradient is applied as it comes (Downpour SGD).

    Dean et al. 2012, section 4.1: what a worker pushes is applied as it comes. Between two fetches a worker takes steps
    of its own, by the optimizer's rule with a state of its own. What has accrued is as stale as its first gradient. A
    push is waited for where a fetch follows it: its answer is the model after that push. Else it travels beside what
    follows, and the next push waits until the server has added it up. Where every push is answered (n_push = n_fetch),
    its last gradient is sent while it is computed, if the transport overlaps that.

    Parameters
    ----------
    n_push
        Gradients that a worker adds up for one push, >= 1.
    n_fetch
        Gradients that a worker takes, with local steps between them, from one fetch to the next, >= 1.
    warm_start
        Updates that worker 0 makes alone before the others begin, >= 0. Only then are these given a model; if there are
        several shards, it is the updates of each.
    serial
        What if: every gradient is taken at the model that it changes, on the mini-batch that it had, at the same
        instant. The same samples in the same order without staleness; of a server of one shard.
    """

    n_push: int = 1
    n_fetch: int = 1
    warm_start: int = 0
    serial: bool = False

    asynchronous = True

    def __post_init__(self) -> None:
        check("n_push", self.n_push, at_least=1)
        check("n_fetch", self.n_fetch, at_least=1)
        check("warm_start", self.warm_start, at_least=0)
        if self.serial and not self.n_push == self.n_fetch == 1:
            raise FieldError("serial", "takes one gradient anew, got a push of several; use n_push=1 and n_fetch=1")

    @property
    def gradients_per_push(self) -> int:
        return self.n_push

    @property
    def overlaps(self) -> bool:  # type: ignore[override]  # whether every push is answered depends on the fields
        return self.n_push == self.n_fetch

    @property
    def answers_at_once(self) -> bool:
        return self.n_push == self.n_fetch == 1 and self.warm_start == 0

    @property
    def takes_anew(self) -> bool:
        return self.serial

    def kept(self, workers: int, *, overlap: bool) -> Kept:
        on_its_way = self.n_push > 1 or self.n_fetch > 1  # or added up, while the next gradient is computed
        return Kept(optimizer=0.0, copies=float(on_its_way))

    def worker(self, me: Worker) -> Steps:
        return super().worker(me) if self.answers_at_once else self.now_and_then(me)

    def now_and_then(self, me: Worker) -> Steps:
        """The client's main procedure in the appendix."""
        alone = me.rank == 0 or self.warm_start == 0
        x, versions = yield me.server.pull(0 if alone else self.warm_start)
        if not alone:
            yield me.spread_out()  # one version has set them all going
        accrued, oldest = None, versions
        for step in count(1):
            computing = me.gradient(x)
            g = computing.value
            assert g is not None, "nobody abandons it"
            accrued = g if accrued is None else accrued + g
            push, fetch = step % self.n_push == 0, step % self.n_fetch == 0
            if push and self.overlaps:
                x, versions = yield me.server.push_pull_wait_free(computing, oldest, accrued)
            else:
                yield computing
                if push:
                    yield me.server.sent()
                if push and fetch:
                    x, versions = yield me.server.push_pull(accrued, oldest)
                elif fetch:
                    x, versions = yield me.server.pull()
                else:
                    x = me.update(x, g)
                    if push:
                        me.server.hand_over(accrued, oldest)
            if push:
                accrued, oldest = None, versions

    def server(self, me: Shard) -> Serving[None]:
        while True:
            push = yield
            if self.serial:
                push.gradient, push.version = push.gradient.taken_at(me.x), me.version
            me.apply([push])
            me.reply(push)
