"""Models as files have them: tables of layers, headers of weights, graphs, and traces of what was executed."""

from __future__ import annotations

from typing import NamedTuple

from sim.workloads.table import Table


class Found(NamedTuple):
    """What a file says of a model.

    Attributes
    ----------
    table
        Its tensors; of a trace with the costs of one whole gradient.
    arithmetic
        Whether the file says what the tensors cost to compute.
    of_a_gradient
        Whether those costs are of one gradient of some mini-batch (a trace), and not of one sample.
    remark
        How it was understood; empty where nothing had to be.
    """

    table: Table
    arithmetic: bool
    of_a_gradient: bool = False
    remark: str = ""
