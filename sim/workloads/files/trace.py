"""A model as a trace of one gradient has it: what was computed, and what was all-reduced after it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from sim.workloads.files import Found
from sim.workloads.table import Row, Table
from sim.workloads.tabulated import PASSES


class Step(NamedTuple):
    """What was done between two all-reduces, and the one behind it.

    Attributes
    ----------
    name
        Of the all-reduce.
    elements
        Number of elements that it carries, as numbers of 4 B.
    cost
        What was computed before it (FLOP or s), >= 0.
    """

    name: str
    elements: int
    cost: float


def from_trace(steps: Sequence[Step], rest: float, *, measured: bool, what: str) -> Found:
    """Make a table of what was all-reduced: the first is the last tensor of the model.

    A third of the costs is the forward pass, which comes before the first all-reduce, and what is left before each is
    its part of the backward pass.

    Parameters
    ----------
    steps
        In the order of execution.
    rest
        What was computed after the last all-reduce (FLOP or s), >= 0: the optimizer, which takes part in the whole.
    measured
        Whether costs are times (s); else they are arithmetic (FLOP).
    what
        What the file is called in messages.

    Raises
    ------
    ValueError
        If nothing is all-reduced.
    """
    steps = [step for step in steps if step.elements > 0]
    if not steps:
        raise ValueError(f"has no all-reduce of gradients, expected {what} of a data-parallel step")
    total = math.fsum([*(step.cost for step in steps), rest])
    backward = [step.cost for step in steps]
    backward[0] = max(0.0, backward[0] - total / PASSES)
    shares = sum(backward)
    each = total / PASSES / shares if shares else 0.0
    names = [f"{number}.{step.name}" for number, step in enumerate(steps)]
    rows = [Row(name, (step.elements,), cost * each) for name, step, cost in zip(names, steps, backward, strict=True)]
    kind = "compute times" if measured else "arithmetic" if total else "no costs"
    remark = f"{len(rows)} all-reduces are the tensors, from the last to the first; with {kind}"
    table = Table(tuple(rows[::-1]), seconds=total if measured else None)
    return Found(table, arithmetic=total > 0.0, of_a_gradient=True, remark=remark)
