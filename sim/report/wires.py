"""What the links of a run say of its speed: the busiest one, and how much of what workers sent hid under computing."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sim.results.busiest import busiest
from sim.results.rows import Link, Summary


class Wires(NamedTuple):
    """What the links of a run come to.

    Attributes
    ----------
    busiest
        The most utilised link.
    hidden
        What of the workers' virtual time they at least both computed and communicated, 0 to 1; None: it is not known.
    """

    busiest: Link
    hidden: float | None


def wires(summary: Summary, links: Sequence[Link]) -> Wires | None:
    """What the links of a run come to; None of a run without any.

    A link that carried a share u of what its line rate could was at work for at least that share of the time. What of
    it a worker that has a host for itself did not spend communicating, it computed: while it waits, no message of its
    own is under way. Over all workers, at least mean(u) - communicate_fraction of their time was hidden. Where hosts
    are linked to each other, as in a torus, their links carry what others send, too, and it is not known.
    """
    if not links:
        return None
    at_work: dict[str, list[float]] = defaultdict(list)
    for link in links:
        for name, kind in ((link.source, link.source_kind), (link.target, link.target_kind)):
            if kind == "worker":
                at_work[name].append(link.utilisation)
    hidden = None
    switched = all("switch" in (link.source_kind, link.target_kind) for link in links)
    if switched and len(at_work) == summary.workers and summary.communicate_fraction is not None:
        share = math.fsum(max(each) for each in at_work.values()) / len(at_work)
        hidden = max(0.0, share - summary.communicate_fraction)
    return Wires(busiest(links)[0], hidden)
