"""Clusters in which nobody who has died may do anything: whatever a dead incarnation has a hand in is an error."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

import sim.fabric.clock
from sim.cluster.mortal import MortalCluster
from sim.world.mortal import MortalWorker, MortalWorld
from sim.world.worker import Worker

#: Events and messages of a run, after which it hangs: the largest that the tests need take a twentieth.
MOST = 400_000
#: What a worker does, itself or by its protocol.
VERBS = ("gradient", "segmented_gradient", "compute", "gradient_unless", "spread_out", "occupy", "update", "moved")


class GhostError(AssertionError):
    """Somebody who is dead has done something."""


def watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the dead are watched, and no run goes on for ever."""
    _count(monkeypatch)
    _watch_messages(monkeypatch)
    _watch_steps(monkeypatch)
    for verb in VERBS:
        _watch_verb(monkeypatch, verb)
    own = Worker.x
    monkeypatch.setattr(MortalWorker, "x", property(own.fget, _alive_in(own.fset, "has taken a step")))


def _count(monkeypatch: pytest.MonkeyPatch) -> None:
    done, step, begin = [0], sim.fabric.clock._step, MortalCluster.__init__

    def begun(cluster: Any, *parts: Any, **options: Any) -> None:
        done[0] = 0
        begin(cluster, *parts, **options)

    def counted(environment: Any) -> None:
        done[0] += 1
        assert done[0] < MOST, f"the run hangs at {environment.now:g} s"
        step(environment)

    monkeypatch.setattr(MortalCluster, "__init__", begun)
    monkeypatch.setattr(sim.fabric.clock, "_step", counted)


def _watch_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    set_out = MortalWorld._set_out

    def watched(
        world: Any, source: Any, target: Any, nbytes: float, ranks: Any, deliver: Any, content: tuple[Any, ...]
    ) -> None:
        def delivered(*content: Any) -> None:
            for end, does in ((source, "comes from"), (target, "goes to")):
                if end.gone:
                    raise GhostError(f"a message {does} worker {end.rank}, which is dead")
            deliver(*content)

        set_out(world, source, target, nbytes, ranks, delivered, content)

    monkeypatch.setattr(MortalWorld, "_set_out", watched)


def _watch_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """No protocol goes on when its worker is dead."""
    steps = MortalCluster._steps

    def watched(cluster: Any, worker: Any) -> Generator[Any, Any, None]:
        return _followed(worker, steps(cluster, worker))

    monkeypatch.setattr(MortalCluster, "_steps", watched)


def _followed(worker: Any, steps: Generator[Any, Any, None]) -> Generator[Any, Any, None]:
    value = None
    while True:
        if worker.endpoint.gone:
            raise GhostError(f"worker {worker.rank} goes on, and is dead")
        try:
            event = steps.send(value)
        except StopIteration:
            return
        value = yield event


def _watch_verb(monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    monkeypatch.setattr(MortalWorker, verb, _alive_in(getattr(MortalWorker, verb), f"has used me.{verb}"))


def _alive_in(does: Any, said: str) -> Any:
    def watched(worker: Any, *parts: Any, **options: Any) -> Any:
        if worker.endpoint.gone:
            raise GhostError(f"worker {worker.rank} {said}, and is dead")
        return does(worker, *parts, **options)

    return watched
