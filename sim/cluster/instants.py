"""Runs in which a gradient takes no time: they end only if the messages that workers wait for do."""

from __future__ import annotations

from collections.abc import Iterator

import simpy

from sim.cluster.feasibility import INSTANT_REMEDY
from topologies.field_error import FieldError

#: So many gradients of one worker at one instant are no period of local steps any more.
MOST = 100_000


def moved_on(environment: simpy.Environment, rank: int, multipliers: Iterator[float]) -> Iterator[float]:
    """The multipliers of a worker whose gradients take no time, for as long as the clock moves on between them.

    Parameters
    ----------
    environment
        The clock.
    rank
        Number of the worker.
    multipliers
        The straggler law's draws (no unit).

    Raises
    ------
    FieldError
        At the gradient that is one too many: such a run would never end.
    """
    then, count = environment.now, 0
    for multiplier in multipliers:
        then, count = (then, count + 1) if environment.now == then else (environment.now, 0)
        if count > MOST:
            _refuse(f"worker {rank} has computed {MOST} gradients at {then:g} s without waiting for anything")
        yield multiplier


def check_moved(environment: simpy.Environment) -> None:
    """Refuse a run that is over before the clock has moved.

    Raises
    ------
    FieldError
        Which names the full key.
    """
    if environment.now == 0.0:
        _refuse("no worker has waited for a message before the run was over")


def _refuse(why: str) -> None:
    raise FieldError("workload.seconds", f"0 takes no time, and {why}; {INSTANT_REMEDY}", full=True)
