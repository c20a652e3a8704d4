"""Handwritten digits, softmax regression."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.problems.digits_mlp import DigitsMLP


@dataclass
class DigitsSoftmax(DigitsMLP):
    """Handwritten digits, softmax regression: a convex problem (float32).

    Parameters
    ----------
    hidden
        Widths of the hidden layers (units), each >= 1; []: a convex problem.
    """

    hidden: list[int] = field(default_factory=list)
