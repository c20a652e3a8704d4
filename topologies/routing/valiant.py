"""Through a random group of a dragonfly."""

from __future__ import annotations

from topologies.routing.draw import draw
from topologies.routing.minimal import Minimal


class Valiant(Minimal):
    """Valiant's routes on a dragonfly: minimally to a random third group, and from there minimally to the target's.

    Twice the global links of the minimal route, but no pattern of traffic is bad any more: where all hosts of a group
    send to one other group, minimal routes have one link for all of them [1]_, [2]_. The group is drawn from a hash of
    the pair: a pair keeps its route. Messages within a group stay there.

    References
    ----------
    .. [1] L. G. Valiant, "A scheme for fast parallel communication", SIAM Journal on Computing 11, 1982.
    .. [2] J. Kim, W. J. Dally, S. Scott and D. Abts, "Technology-driven, highly-scalable dragonfly topology", ISCA
       2008, section 4.1.
    """

    def legs(self, source: int, target: int) -> list[int]:
        """See `Minimal.legs`."""
        ends = {self.group[self.router(source)], self.group[self.router(target)]}
        others = [group for group in self.groups if group not in ends]
        direct = super().legs(source, target)
        if len(ends) == 1 or not others:
            return direct
        # Steps 0 and 1 draw the links out of the source's and of this group.
        return [others[draw(source, target, 2) % len(others)], *direct]
