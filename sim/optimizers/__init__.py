"""How a gradient changes the model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sim.vector import Vector
from topologies.ranges import check


class Stepper(ABC):
    """One optimizer at work on one model: it owns the state (a momentum, say).

    Models that are replicas share one stepper: a step is a function of immutable vectors, so the replica that takes
    the same step a second time is given the first one's result.
    """

    def __init__(self) -> None:
        self._inputs: tuple[Vector, Vector] | None = None
        self._output: Vector | None = None

    def step(self, x: Vector, gradient: Vector) -> Vector:
        """The model after one step from `x` along `gradient`."""
        if self._inputs is None or self._inputs[0] is not x or self._inputs[1] is not gradient:
            self._inputs, self._output = (x, gradient), self.advance(x, gradient)
        assert self._output is not None
        return self._output

    @abstractmethod
    def advance(self, x: Vector, gradient: Vector) -> Vector:
        """Compute the step and change the state."""


class StatefulStepper(Stepper):
    """Takes the steps of a rule of `kernels.steps`, with state that begins at zero.

    Parameters
    ----------
    rule
        Number of the rule.
    states
        How many vectors of state it has.
    coefficients
        The rule's, for step t = 1, 2, ...
    """

    def __init__(self, rule: int, states: int, coefficients: Callable[[int], Sequence[float]]) -> None:
        super().__init__()
        self._rule = rule
        self._count = states
        self._coefficients = coefficients
        self._states: list[Vector] = []
        self._steps = 0

    def advance(self, x: Vector, gradient: Vector) -> Vector:
        if not self._states:
            self._states = [0.0 * x + 0.0 * x] * self._count
        self._steps += 1
        result, self._states = x.tape.step(self._rule, x, gradient, self._states, self._coefficients(self._steps))
        return result


@dataclass
class Optimizer(ABC):
    """The rule and its coefficients.

    Parameters
    ----------
    lr
        Learning rate, > 0.
    """

    lr: float = 0.05

    def __post_init__(self) -> None:
        check("lr", self.lr, above=0.0)

    @abstractmethod
    def stepper(self) -> Stepper:
        """A new optimizer state for one model."""
