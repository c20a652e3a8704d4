"""Handwritten digits, softmax regression."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.problems.digits_mlp import DigitsMLP


@dataclass
class DigitsSoftmax(DigitsMLP):
    """8 x 8 handwritten digits with softmax regression (no hidden layer): a convex problem, float32."""

    hidden: list[int] = field(default_factory=list)
