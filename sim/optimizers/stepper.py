"""An optimizer at work on a model: it takes the steps and owns the state."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from copy import copy

from sim.lr_schedules.learning_rate import LearningRate
from sim.tape.steps import Form, StepLog
from sim.tape.vector import Vector


class Stepper(ABC):
    """One optimizer at work on one model: it owns the state (a momentum, say).

    Models that are replicas share one stepper: a step is a function of immutable vectors, so the replica that takes
    the same step a second time is given the first one's result. Of one that has been split off for one model nothing
    of a step is kept: its vectors' memory is used again while it is still in the cache.

    The learning rate stands outside the state (a velocity adds up gradients, not steps), so that one which changes
    needs no correction of the momentum (Goyal et al. 2017, section 3, remark 2).

    Parameters
    ----------
    rate
        The learning rate of every step.

    Attributes
    ----------
    form
        What its steps look like; None: that is not known, and a run with them is recorded for no other.
    """

    form: Form | None = None

    def __init__(self, rate: LearningRate) -> None:
        self._rate = rate
        self._leg = self._origin = -1
        self._constant = rate.constant
        self._updates = self._gradients = 0
        self._replicas = True  # there may be some
        self._inputs: tuple[Vector, Vector] | None = None
        self._output: Vector | None = None

    def step(self, x: Vector, gradient: Vector, gradients: int | None = None, modulation: float = 1.0) -> Vector:
        """The model after one step from `x` along `gradient`.

        Parameters
        ----------
        x, gradient
            The model and the direction.
        gradients
            How many gradients the step is made of, >= 1; by default one of every worker, for models that advance
            together.
        modulation
            Factor of the learning rate of this step.
        """
        if not self._replicas:
            return self.take(x, gradient, self._rate.workers if gradients is None else gradients, modulation)
        if self._inputs is None or self._inputs[0] is not x or self._inputs[1] is not gradient:
            self._output = self.take(x, gradient, self._rate.workers if gradients is None else gradients, modulation)
            self._inputs = (x, gradient)
        assert self._output is not None
        return self._output

    def take(self, x: Vector, gradient: Vector, gradients: int, modulation: float) -> Vector:
        """As `step`, of a model that has no replicas: nobody else takes this step, and nothing of it is kept."""
        lr = self._constant
        if lr is None:
            lr = self._rate.at(self._updates, self._gradients)
            self._updates += 1
            self._gradients += gradients
        log = x.tape.log
        if log is not None:
            return log.step(self, x, gradient, gradients, (lr, modulation))
        return self.advance(x, gradient, lr * modulation)

    def split_off(self) -> Stepper:
        """Another one, which goes on from the state of this one, for one model by itself."""
        if self._leg >= 0:
            self._leg, self._origin = -1, self._leg
        other = copy(self)
        other._replicas, other._inputs, other._output = False, None, None
        return other

    def renewed(self) -> Stepper:
        """Another one without the state of this one, which has been lost: but its learning rate goes on."""
        other = self.split_off()
        other._leg = other._origin = -1
        other.forget()
        return other

    def forget(self) -> None:  # noqa: B027  # plain SGD has none
        """Lose the state."""

    def leg_in(self, log: StepLog) -> int:
        """The number of its present leg in a log of steps (see `sim.tape.steps`)."""
        if self._leg < 0:
            self._leg = log.begin_leg(self._origin)
        return self._leg

    @abstractmethod
    def advance(self, x: Vector, gradient: Vector, lr: float) -> Vector:
        """Compute the step with a learning rate, and change the state."""


class StatefulStepper(Stepper):
    """Takes the steps of a rule of `kernels.steps`, with state that begins at zero.

    Parameters
    ----------
    rate
        The learning rate of every step.
    rule
        Number of the rule.
    states
        How many vectors of state it has.
    coefficients
        The rule's but the first, which is the learning rate: for step t = 1, 2, ...
    """

    def __init__(
        self, rate: LearningRate, rule: int, states: int, coefficients: Callable[[int], Sequence[float]]
    ) -> None:
        super().__init__(rate)
        self.form = Form(rule, states, coefficients)
        self._rule = rule
        self._count = states
        self._coefficients = coefficients
        self._states: list[Vector] = []
        self._steps = 0

    def advance(self, x: Vector, gradient: Vector, lr: float) -> Vector:
        if not self._states:
            self._states = [0.0 * x + 0.0 * x] * self._count
        self._steps += 1
        coefficients = [lr, *self._coefficients(self._steps)]
        result, self._states = x.tape.step(self._rule, x, gradient, self._states, coefficients)
        return result

    def forget(self) -> None:
        self._states, self._steps = [], 0
