"""A constant load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.backgrounds import Background
from topologies.ranges import check_share

if TYPE_CHECKING:
    from sim.fabric.background import Background as Traffic


@dataclass
class Constant(Background):
    """The same share of every link is taken all the time.

    Parameters
    ----------
    load
        Share of every link's capacity that is taken (0 to below 1).
    """

    load: float = 0.3

    def __post_init__(self) -> None:
        check_share("load", self.load)

    def traffic(self, generator: np.random.Generator) -> Traffic | None:
        from sim.fabric.background import Background as Traffic

        return Traffic(load=self.load)
