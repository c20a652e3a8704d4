"""Noise that workers add to a model before they take their gradient there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.connections.connection import Connected, Connection, Wiring
from sim.streams import draw_key, stream

if TYPE_CHECKING:
    from sim.tape.vector import Vector


class Noise:
    """The noise of one worker.

    Parameters
    ----------
    key
        A number that names its draws: 64 bits.
    """

    def __init__(self, key: int) -> None:
        self._key = key
        self._drawn = 0

    def around(self, x: Vector, deviation: float) -> Vector:
        """``x`` with fresh noise of a standard deviation in each parameter, ``x + N(0, deviation^2 I)``; takes no time.

        Parameters
        ----------
        x
            Where.
        deviation
            In the unit of the parameters, >= 0.
        """
        self._drawn += 1
        return x.tape.disturb(x, deviation, self._key, self._drawn - 1)


class WeightNoise(Connection):
    """A stream of noise for every worker; nothing is sent."""

    attribute = "noise"

    @property
    def messages(self) -> float:
        return 0.0

    def connect(self, wiring: Wiring) -> Connected:
        for worker in wiring.workers:
            worker.noise = Noise(draw_key(stream(wiring.seed, "weight_noise", worker.rank)))
        return Connected()
