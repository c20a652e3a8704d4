"""What others do on the network meanwhile."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sim.fabric.background import Background as Traffic


@dataclass
class Background(ABC):
    """Traffic that is not the experiment's; it is never waited for."""

    def flow_rate(self, capacity: float) -> float:
        """How many random flows come in a second (1/s) where all hosts together can send so much (B/s)."""
        return 0.0

    @property
    def mean_flow_bytes(self) -> float:
        """Mean size of a random flow (B); 0 where there are none."""
        return 0.0

    @abstractmethod
    def traffic(self, generator: np.random.Generator) -> Traffic | None:
        """What the fabric is told; None where there is none.

        Parameters
        ----------
        generator
            The stream of random flows.
        """
