"""A run at one of its evaluations."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sim.tape.evaluation import Evaluation
    from sim.tape.vector import Vector


class Snapshot(NamedTuple):
    """A run at one of its evaluations: when that was, and of what."""

    seconds: float
    updates: int
    samples: int
    applied: int  # gradients that the model is made of; of a server, pushes
    together: int | None  # of those, in the latest update of the server; None before the first, or without a server
    bytes_sent: float  # B
    mean_staleness: float | None
    evaluation: Evaluation
    model: Vector | None
