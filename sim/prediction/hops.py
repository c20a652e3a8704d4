"""Rings of ranks over any wires: how long the slowest hop of a step takes."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from sim.collectives.operations.form import NoClosedFormError

if TYPE_CHECKING:
    from sim.fabric.wires import Wires
    from sim.transports import Transport


class Hops:
    """All hops of one step of rings that turn side by side, each to the right neighbour.

    Where a hop always takes the same time d, a ring of n - 1 steps takes n - 1 times the longest d: every path through
    its steps, from hop to hop or staying at one, has as many. A hop takes no longer than with an even share of every
    link on its way; and no less, if it is the longest and all who share its narrowest link are as long.

    Parameters
    ----------
    wires
        What the hops lead over.
    transport
        What it makes of them.
    rings
        The hosts of each ring, in its order.
    """

    def __init__(self, wires: Wires, transport: Transport, rings: Iterable[Sequence[int]]) -> None:
        ways = [wires.way(*hop) for ring in rings if len(ring) > 1 for hop in pairwise([*ring, ring[0]])]
        self._latency = [way.latency if way.inside else way.latency + transport.overhead_seconds for way in ways]
        self._users: defaultdict[int, list[int]] = defaultdict(list)
        for number, way in enumerate(ways):
            for resource in way.resources:
                self._users[resource].append(number)
        self._narrowest: list[int | None] = []
        self._seconds_per_byte: list[float] = []
        for way in ways:
            shares = [(len(self._users[each]) / self._payload(wires, transport, each), each) for each in way.resources]
            shared, narrowest = max(shares, default=(0.0, None))
            capped = 0.0 if way.inside else 1.0 / transport.flow_cap
            self._narrowest.append(narrowest if shared >= capped else None)
            self._seconds_per_byte.append(max(shared, capped))

    @staticmethod
    def _payload(wires: Wires, transport: Transport, resource: int) -> float:
        inside, cards = bool(wires.inside[resource]), int(wires.cards[resource])
        return transport.payload(float(wires.capacity[resource]), inside=inside, cards=cards)

    @property
    def latency(self) -> float:
        """How long a step takes that carries nothing (s)."""
        return max(self._latency, default=0.0)

    def seconds(self, nbytes: float, *, alike: bool = False) -> float:
        """How long a step takes in which each hop carries so many bytes (s).

        Parameters
        ----------
        nbytes
            Size of what a hop carries (B).
        alike
            Whether all hops have to be as long as the longest: then all hosts are through at one instant.

        Raises
        ------
        NoClosedFormError
            If hops of different lengths share the narrowest link of the longest, or are not alike.
        """
        taken = [a + nbytes * b for a, b in zip(self._latency, self._seconds_per_byte, strict=True)]
        longest = max(taken, default=0.0)
        narrowest = self._narrowest[taken.index(longest)] if taken else None
        meeting = [taken[number] for number in self._users[narrowest]] if narrowest is not None else []
        if not math.isclose(min(taken if alike else meeting, default=longest), longest, rel_tol=1e-9):
            said = "hops of different lengths meet; use network=single_switch, or simulate it"
            raise NoClosedFormError("network", said, full=True)
        return longest
