"""What compressions that send some of the elements have in common."""

from __future__ import annotations

from dataclasses import dataclass

from sim.compressors.lossy import Lossy
from sim.problems.part import Part
from topologies.ranges import check


@dataclass
class Sparsification(Lossy):
    """Some elements are sent, the others are not.

    Parameters
    ----------
    share
        Share of the elements that is sent (above 0, to 1); at least one is. It is k / d: of d elements k = round(share
        d) are sent.
    error_feedback
        What is not sent is added to the next gradient.
    """

    share: float = 0.01
    error_feedback: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check("share", self.share, "give the share of the elements that is sent", above=0.0, at_most=1.0)

    @property
    def states(self) -> int:
        return int(self.error_feedback and self.share < 1.0)

    def worked_on(self, nbytes: float, part: Part) -> float:
        return nbytes if self.share < 1.0 else 0.0

    def kept(self, elements: float) -> int:
        """k of that many elements; of a message whose bytes are no whole number of elements, rounded too."""
        return min(max(1, round(self.share * elements)), round(elements))
