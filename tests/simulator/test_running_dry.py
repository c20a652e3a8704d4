"""A run in which nothing is left to happen is an error of the simulator, and says what every worker does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import simpy
from experiments import simulated

from sim.protocols import Protocol, Steps

if TYPE_CHECKING:
    from sim.world.worker import Worker


@dataclass
class Forgetful(Protocol):
    """After three steps every worker waits for what nobody will ever send."""

    def worker(self, me: Worker) -> Steps:
        for _ in range(3):
            yield me.gradient(me.x)
        yield simpy.Event(me._environment)


def test_the_clock_and_the_state_of_every_worker_are_named() -> None:
    with pytest.raises(RuntimeError, match="nothing is left to happen, and the run is not over") as refused:
        simulated(Forgetful(), workers=3, problem="quadratic", until="updates=10")
    said = str(refused.value)
    assert "9 gradients" in said
    for rank in range(3):
        assert f"worker {rank} " in said
