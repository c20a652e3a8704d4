"""Schedules whose nodes wait for each other are refused: they would never end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels.flows.order import run_through
from sim.fabric.schedule import Schedule
from topologies.field_error import FieldError


def check_acyclic(schedule: Schedule) -> None:
    """Look for a cycle among the dependencies of a schedule.

    Raises
    ------
    FieldError
        If there is one; the message lists its nodes.
    """
    size = len(schedule.source)
    successors = np.ascontiguousarray(schedule.successors, np.int64)
    offsets = np.ascontiguousarray(schedule.offsets, np.int64)
    pending = np.bincount(successors, minlength=size)
    if run_through(successors, offsets, pending, np.empty(size, np.int64)) < size:
        cycle = _cycle(successors, np.repeat(np.arange(size), np.diff(offsets)), pending > 0)
        shown = " -> ".join(str(node) for node in [*cycle[:8], *(["..."] if len(cycle) > 8 else []), cycle[0]])
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
