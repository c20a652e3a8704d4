"""A network of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.backgrounds import Background

if TYPE_CHECKING:
    from sim.fabric.background import Background as Traffic


@dataclass
class NoBackground(Background):
    """Nobody else uses the network."""

    def traffic(self, generator: np.random.Generator) -> Traffic | None:
        return None
