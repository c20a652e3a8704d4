"""Asynchronous SGD with a parameter server."""

from __future__ import annotations

from dataclasses import dataclass

from sim.protocols import ServerProtocol
from sim.server import Push, Shard


@dataclass
class AsyncPS(ServerProtocol):
    """Downpour SGD (Dean et al. 2012, section 4.1) with n_push = n_fetch = 1: every gradient is applied as it comes."""

    def receive(self, server: Shard, push: Push) -> None:
        server.apply([push])
        server.reply(push)
