"""The tape: what is to be computed, written by SimPy's processes before anybody computes it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.tape.evaluation import Evaluation
from sim.tape.reel import Reel
from sim.tape.steps import StepLog
from sim.tape.vector import Vector


class Tape(ABC):
    """Takes down operations on deferred vectors. It is a context: at its end everything has been computed.

    Attributes
    ----------
    free
        Slots that no vector has: a vector gives its own back when its last handle dies.
    measured
        Number of samples that an evaluation measures; 0 where nothing is learned.
    vector_bytes
        Memory of one vector (B).
    loss_scale
        A loss that the problem knows to be no sign of divergence, >= 0 (`sim.problems.task.Task`).
    log
        Takes down the steps of optimizers; None where nobody asks for them.
    """

    free: list[int]
    measured: int
    vector_bytes: int
    loss_scale: float
    log: StepLog | None = None

    @abstractmethod
    def __enter__(self) -> Self:
        """Begin."""

    @abstractmethod
    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        """Compute what is left; after an exception, only end."""

    @abstractmethod
    def initial(self) -> Vector:
        """The starting parameters; to be asked for before anything is recorded."""

    @abstractmethod
    def constant(self, numbers: ArrayLike) -> Vector:
        """The vector of some numbers, one or ``[d]``; to be asked for before anything is recorded."""

    @abstractmethod
    def gradient(self, x: Vector, rank: int, step: int, batch: int) -> Vector:
        """Gradient at `x` on the mini-batch of `batch` samples that worker `rank` meets at `step`."""

    @abstractmethod
    def portion(self, x: Vector, number: int, step: int, samples: int) -> Vector:
        """Gradient at `x` over portion `number` of the training set, as large as it is, for the batch `step`."""

    @abstractmethod
    def union(self, gradients: Sequence[Vector]) -> Vector:
        """The gradient over the union of portions at one point; of unions, that of all their portions."""

    @abstractmethod
    def mean(self, vectors: Sequence[Vector]) -> Vector:
        """The mean, added in the order given; of small mini-batches at one point, the gradient of their union."""

    @abstractmethod
    def combine(self, vectors: Sequence[Vector], coefficients: Sequence[float]) -> Vector:
        """``sum_k coefficients[k] * vectors[k]``, added in the order given, in the precision of the store.

        Of parts (see `Vector.part`), all of the same region, it is that part.
        """

    @abstractmethod
    def mixture(self, vectors: Sequence[Vector], coefficients: Sequence[float]) -> Vector:
        """`combine` of whole vectors, for somebody who may add one more term to it (see `sim.tape.vector.Mixture`)."""

    @abstractmethod
    def add_scaled(self, x: Vector, coefficient: float, other: Vector) -> Vector:
        """``x + coefficient * other``: `combine` of two, for the step that every asynchronous update takes."""

    @abstractmethod
    def join(self, parts: Sequence[Vector]) -> Vector:
        """The vector made of parts, one of each region in order."""

    @abstractmethod
    def step(
        self, rule: int, x: Vector, gradient: Vector, states: Sequence[Vector], coefficients: Sequence[float]
    ) -> tuple[Vector, list[Vector]]:
        """The model and the state after an optimizer's step by a rule of `kernels.steps`, in a single pass.

        Parameters
        ----------
        rule
            Number of the rule.
        x, gradient, states
            What the rule reads; parts of one region, or whole.
        coefficients
            Numbers that the rule asks for.
        """

    @abstractmethod
    def lbfgs(
        self,
        x: Vector,
        gradient: Vector,
        last: Sequence[Vector],
        pairs: Sequence[tuple[Vector, Vector]],
        *,
        history: int,
        lr: float,
    ) -> tuple[Vector, list[tuple[Vector, Vector]]]:
        """The model after a step of L-BFGS (see `kernels.lbfgs`), and the pairs for the next step.

        Parameters
        ----------
        x, gradient
            Where the step begins.
        last
            The model and gradient of the step before; nothing at the first.
        pairs
            What the step before brought. Pairs may change places in them: they are for the next step only.
        history
            Number of pairs at the most, >= 1.
        lr
            Length of the step (no unit), > 0.
        """

    @abstractmethod
    def compress(
        self,
        rule: int,
        gradient: Vector,
        states: Sequence[Vector],
        coefficients: Sequence[float],
        key: int,
        number: int,
    ) -> tuple[Vector, list[Vector]]:
        """What a receiver makes of a gradient that is compressed by a rule of `kernels.compress`, and the new states.

        Parameters
        ----------
        rule
            Number of the rule.
        gradient, states
            What the rule reads; parts of one region, or whole.
        coefficients
            Numbers that the rule asks for.
        key, number
            Name the random choices: the 64 bits of the sender's key, and which of its messages this is.
        """

    @abstractmethod
    def slot_of(self, vector: Vector) -> int:
        """The slot of a vector; a gradient that has none yet is recorded now."""

    @abstractmethod
    def evaluate(
        self,
        x: Vector,
        replicas: Sequence[Vector] = (),
        latest: Sequence[tuple[Vector, Vector]] = (),
        centre: Vector | None = None,
    ) -> Evaluation:
        """Loss and metric of `x` on the training and test samples; consensus distance of `replicas` (0 for none).

        That is their distance from `centre`, or from `x` where there is none. Where they are farther apart than it is
        long, training loss and metric of the one farthest from it, too.
        Of the pairs `latest`, points and gradients taken there, the moments (see `kernels.moments`; nan for none).
        """

    @abstractmethod
    def evaluate_own(self, evaluation: Evaluation, models: Sequence[Vector]) -> None:
        """Add the mean and the largest training loss of the workers' own models; known when the tape has ended."""

    @abstractmethod
    def measures(self, row: int) -> NDArray[np.float64]:
        """Row `row` of the measures, once played."""

    def watched(self, row: int) -> NDArray[np.float64]:
        """The same, asked by who asks it of every run on this clock and lets it go on unless it has diverged."""
        return self.measures(row)

    def reel(self) -> Reel | None:
        """What has been recorded, where that is kept for other runs."""
        return None

    @abstractmethod
    def value(self, x: Vector) -> NDArray[Any]:
        """The numbers of `x`, ``[d]``; waits for the executor."""

    @abstractmethod
    def release(self) -> None:
        """Give the vectors' memory back: their numbers are not asked for any more."""
