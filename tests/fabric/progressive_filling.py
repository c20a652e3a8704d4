"""Max-min fairness and a fluid network in NumPy, written from the definition: every rate anew at every event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray


def max_min_rates(uses: NDArray[np.bool_], capacity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Raise all rates together; a flow stops when a link on its way is full.

    Parameters
    ----------
    uses : bool[links, flows]
        Which flow uses which link; each flow uses at least one.
    capacity : float64[links]
        B/s.

    Returns
    -------
    float64[flows]
        B/s.
    """
    rates = np.zeros(uses.shape[1])
    rising = np.ones(uses.shape[1], bool)
    while rising.any():
        crowd = (uses & rising).sum(axis=1)
        room = capacity - uses @ rates
        rise = np.full(len(capacity), np.inf)
        rise[crowd > 0] = room[crowd > 0] / crowd[crowd > 0]
        rates[rising] += max(rise.min(), 0.0)
        full = rise <= rise.min() + 1e-12 * capacity
        rising &= ~uses[full].any(axis=0)
    return rates


#: What happens to the network: given the arrays uses, capacity, left and active it changes them.
Change: TypeAlias = Callable[[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]], object]


def completions(
    uses: NDArray[np.bool_],
    capacity: NDArray[np.float64],
    nbytes: NDArray[np.float64],
    active: NDArray[np.float64],
    changes: Sequence[tuple[float, Change]] = (),
) -> NDArray[np.float64]:
    """Completion of flows (s) that become active at `active` (s), by stepping from one event to the next.

    At the instant of each of the `changes`, in order, all flows have been served at the rates until then. A flow that
    becomes active never is never complete.
    """
    uses, capacity, active = uses.copy(), capacity.copy(), active.copy()
    left, done = nbytes.copy(), np.full(len(nbytes), np.inf)
    now, coming = 0.0, list(changes)
    while (np.isinf(done) & np.isfinite(active)).any():
        served = np.flatnonzero((active <= now) & np.isinf(done))
        rates = max_min_rates(uses[:, served], capacity)
        ends = now + left[served] / rates
        later = active[active > now]
        then = min(ends.min(initial=np.inf), later.min(initial=np.inf), coming[0][0] if coming else np.inf)
        left[served] -= rates * (then - now)
        done[served[ends <= then * (1 + 1e-14)]] = then
        now = then
        while coming and coming[0][0] <= now:
            coming.pop(0)[1](uses, capacity, left, active)
    return done
