"""Random flows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.backgrounds import Background
from topologies.ranges import check, check_share

if TYPE_CHECKING:
    from sim.fabric.background import Background as Traffic


@dataclass
class Random(Background):
    """Random flows between random hosts.

    They come in a Poisson process and have exponential sizes.

    Parameters
    ----------
    utilisation
        Share of what all hosts together can send (0 to below 1). The flows take it on average.
    mean_bytes
        Mean size of a flow (B), > 0.
    """

    utilisation: float = 0.3
    mean_bytes: float = 1e6

    def __post_init__(self) -> None:
        check_share("utilisation", self.utilisation)
        check("mean_bytes", self.mean_bytes, "give the mean size in B", above=0.0)

    def flow_rate(self, capacity: float) -> float:
        return self.utilisation * capacity / self.mean_bytes

    @property
    def mean_flow_bytes(self) -> float:
        return self.mean_bytes

    def traffic(self, generator: np.random.Generator) -> Traffic | None:
        from sim.fabric.background import Background as Traffic

        return Traffic(utilisation=self.utilisation, mean_bytes=self.mean_bytes, generator=generator)
