"""The gradients that the workers have computed last, for telemetry."""

from __future__ import annotations

import simpy

from sim.tape.vector import Gradient, Vector


class LatestGradients:
    """Keeps every worker's latest gradient g_j and the point x_j that it was taken at."""

    def __init__(self) -> None:
        self._latest: dict[int, tuple[Vector, Vector]] = {}

    def computed(self, rank: int, x: Vector, event: simpy.Event) -> None:
        """Worker `rank` has finished a gradient, the value of `event`, taken at `x`."""
        g = event.value
        assert g is not None, "a gradient that has been computed is there"
        self._latest[rank] = (x, g)

    def pairs(self) -> list[tuple[Vector, Vector]]:
        """The (x_j, g_j) of all workers that have finished one, by rank.

        A gradient that nobody has needed yet is taken once more: to have it written on the tape now would change how
        it is added up later (several small ones at one point become one mini-batch).
        """
        return [(x, _another(x, g)) for _, (x, g) in sorted(self._latest.items())]


def _another(x: Vector, g: Vector) -> Vector:
    if isinstance(g, Gradient) and g.slot < 0:
        return x.gradient(g.rank, g.step, g.batch)
    return g
