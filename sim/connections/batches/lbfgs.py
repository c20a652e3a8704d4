"""Steps in the direction of L-BFGS."""

from __future__ import annotations

from sim.lr_schedules.learning_rate import LearningRate
from sim.tape.vector import Vector


class LBFGS:
    """L-BFGS without a line search: x <- x - lr H g (Nocedal and Wright 2006, Algorithm 7.5; see `kernels.lbfgs`).

    Parameters
    ----------
    history
        Most pairs (s, y) that H is made of, >= 1.
    rate
        The learning rate, which is the length of the step.
    samples, batch
        Samples of a step and of a mini-batch: a schedule of the learning rate counts mini-batches.
    """

    def __init__(self, history: int, rate: LearningRate, *, samples: int, batch: int) -> None:
        self._history = history
        self._rate = rate
        self._samples = samples
        self._batch = batch
        self._steps = 0
        self._last: tuple[Vector, ...] = ()
        self._pairs: list[tuple[Vector, Vector]] = []

    @property
    def sums(self) -> int:
        """Sums over all parameters that the next step needs, one after the other.

        |g|_1 at first. Then s.y and y.y of the new pair at once, and two for each pair in the two-loop recursion. What
        the curvature condition drops is counted: whoever plans the messages does not know the numbers.
        """
        return 1 + 2 * min(self._steps, self._history)

    def lr(self, steps: int) -> float:
        """The learning rate of the step after so many."""
        return self._rate.at(steps, -(-steps * self._samples // self._batch))

    def step(self, x: Vector, gradient: Vector) -> Vector:
        """The model after one step from `x`, where the gradient is `gradient`."""
        lr = self.lr(self._steps)
        result, self._pairs = x.tape.lbfgs(x, gradient, self._last, self._pairs, history=self._history, lr=lr)
        self._last = (x, gradient)
        self._steps += 1
        return result
