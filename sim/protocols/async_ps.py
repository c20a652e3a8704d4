"""Asynchronous SGD with a parameter server."""

from __future__ import annotations

from dataclasses import dataclass

from sim.protocols import Protocol, Steps
from sim.server import ParameterServer, Push
from sim.worker import Worker


@dataclass
class AsyncPS(Protocol):
    """Downpour SGD (Dean et al. 2012, section 4.1) with n_push = n_fetch = 1: every gradient is applied as it comes."""

    uses_server = True

    def worker(self, me: Worker) -> Steps:
        x, version = yield me.pull()
        while True:
            g = yield me.gradient(x)
            x, version = yield me.push_pull(g, version)

    def receive(self, server: ParameterServer, push: Push) -> None:
        server.apply([push])
        server.reply(push)
