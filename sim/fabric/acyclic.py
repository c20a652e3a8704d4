"""Schedules whose nodes wait for each other are refused: they would never end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels.flows.order import run_through
from sim.fabric.schedule import Schedule
from topologies.field_error import FieldError


def check_acyclic(schedule: Schedule) -> None:
    """Look for a cycle among the dependencies of a schedule.

    Nodes that wait for each other from round to round are seen as one when others wait for them.

    Raises
    ------
    FieldError
        If there is one; the message lists its nodes.
    """
    size = len(schedule.source)
    stands_for = np.arange(size)
    for each in schedule.rounds:
        stands_for[each.first : each.last] = each.first
    before, after, again = schedule.within_rounds()
    along = np.argsort(before[~again], kind="stable")
    _refuse_a_cycle(before[~again][along], after[~again][along], size)
    node = np.repeat(stands_for, np.diff(schedule.offsets))
    _refuse_a_cycle(node, stands_for[schedule.successors], size)


def _refuse_a_cycle(node: NDArray[np.int64], dependant: NDArray[np.int64], size: int) -> None:
    """Look for a cycle among edges that are sorted by the node that is waited for."""
    offsets = np.concatenate(([0], np.cumsum(np.bincount(node, minlength=size))))
    pending = np.bincount(dependant, minlength=size)
    if run_through(dependant, offsets, pending, np.empty(size, np.int64)) < size:
        cycle = _cycle(dependant, node, pending > 0)
        shown = " -> ".join(str(number) for number in [*cycle[:8], *(["..."] if len(cycle) > 8 else []), cycle[0]])
        raise FieldError("successors", f"nodes wait for each other, {shown}; a schedule must have no cycle")


def _cycle(dependant: NDArray[np.int64], node: NDArray[np.int64], left: NDArray[np.bool_]) -> list[int]:
    """A cycle among the nodes that are `left`: each has a predecessor there, so that going back must come around."""
    within = left[dependant] & left[node]
    before = dict(zip(dependant[within].tolist(), node[within].tolist(), strict=True))
    here = next(iter(before))
    seen: dict[int, None] = {}
    while here not in seen:
        seen[here] = None
        here = before[here]
    walked = list(seen)
    return walked[walked.index(here) :][::-1]
