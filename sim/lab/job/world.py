"""What everybody in a process stands on: the wall's clock, and a diary in place of a network and its accounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from sim.measuring.timeline import Timeline
from sim.world.endpoint import Endpoint
from sim.world.world import World

if TYPE_CHECKING:
    from sim.fabric.fabric import Fabric
    from sim.lab.job.clock import WallClock
    from sim.lab.job.diary import Diary
    from sim.measuring.recorder import Recorder


class _Elsewhere:
    """Where the simulator has its network: here messages are sent by those who stand for somebody in another process.

    Attributes
    ----------
    ideal
        Messages take time.
    """

    ideal = False

    def send(self, source: int, target: int, nbytes: float, delivered: Callable[[], object]) -> None:
        """Nobody asks for it."""
        raise AssertionError("a world of real wires has no simulated ones")


class RealWorld(World):
    """A world in which whoever is sent something is in this process, and sends it on if he stands for somebody else.

    Parameters
    ----------
    clock
        The wall's.
    diary
        What is measured.
    workers
        How many workers there are.
    """

    def __init__(self, clock: WallClock, diary: Diary, workers: int) -> None:
        timeline = Timeline(clock, workers, keep_spans=False)
        super().__init__(clock, cast("Fabric", _Elsewhere()), timeline, cast("Recorder", diary))

    def send(
        self,
        source: Endpoint,
        target: Endpoint,
        nbytes: float,
        waiting: int | None,
        deliver: Callable[..., object],
        *content: object,
    ) -> None:
        """As `World.send`; the one who is told sends it over the wires, and knows its size."""
        deliver(*content)

    def send_beside(
        self,
        source: Endpoint,
        target: Endpoint,
        nbytes: float,
        ranks: Sequence[int],
        deliver: Callable[..., object],
        *content: object,
    ) -> None:
        """The same."""
        deliver(*content)
