"""Central: everybody sends to one rank, which adds and sends back; the pattern of a parameter server."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.collectives.operations.draft import Draft, Numbers
from sim.collectives.operations.form import Formed
from sim.collectives.operations.operation import Kind, Operation
from sim.collectives.operations.route import Terms


@dataclass
class Central(Formed):
    """Everybody to one rank and back: the incast and outcast of a parameter server.

    Everybody sends its vector to rank 0, which adds and sends the sum to everybody.

    A synchronous parameter server that one of the workers houses. Alone on one switch, with routes of latency a (s) and
    inverse bandwidth b (s/B), and c (s/B) to add a byte, the all-reduce takes
    ``2 a + 2 (ranks - 1) nbytes b + (ranks - 1) nbytes c``: everything passes through the link of one host [1]_. The
    broadcast alone takes ``a + (ranks - 1) nbytes b``. Rank 0 adds when it has received everything.

    References
    ----------
    .. [1] P. Patarasuk and X. Yuan, "Bandwidth optimal all-reduce algorithms for clusters of workstations", JPDC 2009.
    """

    def all_reduce(self, ranks: int, nbytes: float) -> Operation:
        """In, then out."""
        draft = Draft(ranks, nbytes, 1)
        others = np.arange(1, ranks, dtype=np.int32)
        sends = draft.sends(others, 0, 0, 1, adds=True)
        total = draft.delays((ranks - 1) * nbytes * self.reduce_seconds_per_byte)
        draft.order(draft.entries()[others], sends)
        draft.order(sends, total)
        draft.order(draft.entries()[0], total)
        return _hand_out(draft, "all_reduce", total)

    def broadcast(self, ranks: int, nbytes: float) -> Operation:
        """Out only."""
        draft = Draft(ranks, nbytes, 1)
        return _hand_out(draft, "broadcast", draft.entries()[0])

    def terms(self, kind: Kind, ranks: int) -> Terms | None:
        forms = {
            "all_reduce": Terms(2, 2, ranks - 1, beside=ranks - 1),
            "broadcast": Terms(1, 1, beside=ranks - 1),
        }
        return forms.get(kind)


def _hand_out(draft: Draft, kind: Kind, ready: Numbers) -> Operation:
    """Let rank 0 send to everybody at once when it is ready; a rank leaves when it has entered and it has arrived."""
    others = np.arange(1, draft.ranks, dtype=np.int32)
    sends = draft.sends(0, others, 0, 1, adds=False)
    draft.order(ready, sends)
    root = np.zeros(len(sends) + 1, np.int32)
    leave = np.concatenate((draft.entries()[others], sends, sends, [ready]))
    return draft.operation(kind, leave, np.concatenate((others, others, root)), ports=max(draft.ranks - 1, 1))
