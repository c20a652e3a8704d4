"""Synchronous SGD with backup workers."""

from __future__ import annotations

from dataclasses import dataclass

from sim.protocols import Steps
from sim.protocols.families.late import Late
from sim.protocols.families.served import RoundProtocol
from sim.world.worker import Worker
from topologies.ranges import check


@dataclass
class BackupSync(RoundProtocol):
    """Parameter server, synchronous: an update does not wait for the slowest few (backup workers).

    Chen et al. 2016, section 3.1: of N + b gradients, b of them from backup workers, the first N are enough. The
    gradients of the b slowest are dropped by the tag of their step. With backups = 0 none is dropped.

    Parameters
    ----------
    backups
        Workers that an update does not wait for, 0 to workers - 1. It is b.
    late
        What late workers do: abandon (the new model interrupts them) or finish (what will be dropped). Where they
        abandon, the new parameters reach a worker while it computes, and it begins anew with them, so that an update
        takes E X_{N:N+b}, as the paper reckons it. Where they finish, a worker takes the newest parameters after that,
        as in the paper's algorithms 3 and 4; who was late is late again, so that an update takes longer.
    """

    backups: int = 0
    late: Late = Late.abandon

    def may_lack(self, workers: int) -> int:
        return self.backups

    def __post_init__(self) -> None:
        check("backups", self.backups, at_least=0)

    def check_workers(self, workers: int) -> None:
        check("backups", self.backups, "an update needs one worker at least", at_most=workers - 1)

    def worker(self, me: Worker) -> Steps:
        return super().worker(me) if self.late is Late.abandon else self.finisher(me)

    def finisher(self, me: Worker) -> Steps:
        """A worker that finishes every gradient."""
        x, versions = yield me.server.pull()
        while True:
            yield me.server.push_wait_free(me.gradient(x), versions)
            x, versions = yield me.server.newer(versions)

    def has_barrier(self, workers: int) -> bool:
        return self.backups == 0

    def needed(self, workers: int) -> int:
        return workers - self.backups
