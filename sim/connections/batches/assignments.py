"""A worker's connection to the coordinator: the portions it is to compute."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

import simpy

from sim.tape.vector import Vector

if TYPE_CHECKING:
    from sim.connections.batches.coordinator import Coordinator
    from sim.connections.batches.portions import Portion
    from sim.world.worker import Worker
    from sim.world.world import World


class Assignments:
    """One worker's side of its messages with the coordinator, which are commands and reports of 0 B.

    A command says whether the gradient that the worker has reported counts, and what to compute next: a portion, or
    nothing at the end of a full batch. One that arrives while the worker computes calls that off.

    Parameters
    ----------
    world
        What everybody in the run shares.
    worker
        Whose side.
    coordinator
        The other side.
    """

    def __init__(self, world: World, worker: Worker, coordinator: Coordinator) -> None:
        self._environment = world.environment
        self._world = world
        self._timeline = world.timeline
        self._recorder = world.recorder
        self._worker = worker
        self._coordinator = coordinator
        self._commands: deque[tuple[bool, Portion | None]] = deque()
        self._event: simpy.Event | None = None  # what the worker waits for
        self._first = True  # it is the first portion of a full batch, not a gradient
        self._computing = False
        self._gradient: Vector | None = None

    @property
    def gone(self) -> bool:
        """The worker has failed."""
        return self._worker.endpoint.gone

    # -- what the worker does

    def portion(self) -> simpy.Event:
        """Wait for a full batch to begin; brings its first portion, None where it has ended before there was one."""
        return self._wait(first=True)

    def gradient(self, x: Vector, portion: Portion) -> simpy.Event:
        """Compute the gradient at `x` over a portion, report it and wait for the next command.

        Brings the gradient, None where another worker was first, and the next portion, None at the end of the full
        batch.
        """
        event = self._wait(first=False)
        if not event.triggered:
            self._computing = True
            g = x.tape.portion(x, portion.number, portion.batch, portion.samples)
            computed = self._worker.compute(portion.seconds, g)
            computed.callbacks.append(partial(self._report, event, x, portion))
        return event

    # -- what the coordinator does

    def command(self, counts: bool, portion: Portion | None) -> None:
        """Tell the worker whether what it has reported counts, and what to compute next."""
        here, worker = self._coordinator.endpoint, self._worker
        self._world.send_beside(here, worker.endpoint, 0.0, (worker.rank,), self._receive, counts, portion)

    # -- what happens in between

    def _wait(self, *, first: bool) -> simpy.Event:
        event = self._event = self._environment.event()
        self._first = first
        if self._commands:
            self._proceed()
        return event

    def _report(self, event: simpy.Event, x: Vector, portion: Portion, computed: simpy.Event) -> None:
        """The worker has computed a portion, if it has not been called off."""
        if self._event is not event:
            return
        self._computing = False
        self._gradient = computed.value
        self._recorder.computed_portion(portion.samples)
        if self._recorder.latest is not None:
            self._recorder.latest.computed(self._worker.rank, x, computed)
        rank = self._worker.rank
        self._world.send(
            self._worker.endpoint, self._coordinator.endpoint, 0.0, rank, self._coordinator.finished, rank, portion
        )

    def _receive(self, counts: bool, portion: Portion | None) -> None:
        """A command has arrived at the worker."""
        if self._computing:
            self._computing = False
            self._timeline.wait(self._worker.rank)
        self._commands.append((counts, portion))
        if self._event is not None:
            self._proceed()

    def _proceed(self) -> None:
        counts, portion = self._commands.popleft()
        event, self._event = self._event, None
        gradient, self._gradient = self._gradient, None
        assert event is not None, "the worker waits"
        event.succeed(portion if self._first else (gradient if counts else None, portion))
