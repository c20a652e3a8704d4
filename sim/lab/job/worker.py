"""A worker whose gradients are computed when they begin, and complete when the device model says."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

import simpy

from sim.lab.job.clock import WallClock
from sim.lab.job.diary import Diary
from sim.lab.job.tape import tape_of
from sim.tape.vector import Vector
from sim.world.worker import Worker


class RealWorker(Worker):
    """The simulator's worker on the wall's clock.

    Parameters
    ----------
    clock
        The wall's.
    diary
        Where its times are noted.
    **options
        See `Worker`.
    """

    def __init__(self, clock: WallClock, diary: Diary, **options: Any) -> None:
        super().__init__(**options)
        self._clock = clock
        self._diary = diary

    def gradient(self, x: Vector) -> simpy.Timeout:
        """As `Worker.gradient`: what is left of its time when it has been computed is slept."""
        clock, diary = self._clock, self._diary
        began = clock.now
        done = super().gradient(x)
        due = began + done._delay
        tape_of(x).slot_of(cast(Vector, done._value))
        diary.began.append(began)
        diary.asked.append(done._delay)
        diary.busy.append(clock.wall - began)
        assert done.callbacks is not None, "it is not over before it has begun"
        done.callbacks.insert(0, partial(self._complete, due))
        return done

    def _complete(self, due: float, done: simpy.Event) -> None:
        self._diary.late.append(self._clock.now - due)
