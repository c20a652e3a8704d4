"""The tape of a run that learns nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kernels.tape.measures import MEASURES
from sim.tape.evaluation import Evaluation
from sim.tape.tape import Tape
from sim.tape.vector import Vector


class SilentTape(Tape):
    """The tape of a run that learns nothing: every vector is the same one, and no row is written."""

    def __init__(self) -> None:
        self.free = []
        self.measured = 0
        self.vector_bytes = 0
        self.loss_scale = 0.0
        self._only = Vector(self, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        pass

    def initial(self) -> Vector:
        return self._only

    def constant(self, numbers: ArrayLike) -> Vector:
        return self._only

    def gradient(self, x: Vector, rank: int, step: int, batch: int) -> Vector:
        return x

    def portion(self, x: Vector, number: int, step: int, samples: int) -> Vector:
        return x

    def union(self, gradients: Sequence[Vector]) -> Vector:
        return self._only

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
        return self._only, []

    def combine(self, vectors: Sequence[Vector], coefficients: Sequence[float]) -> Vector:
        return self._only

    def mixture(self, vectors: Sequence[Vector], coefficients: Sequence[float]) -> Vector:
        return self._only

    def add_scaled(self, x: Vector, coefficient: float, other: Vector) -> Vector:
        return self._only

    def join(self, parts: Sequence[Vector]) -> Vector:
        return self._only

    def mean(self, vectors: Sequence[Vector]) -> Vector:
        return self._only

    def step(
        self, rule: int, x: Vector, gradient: Vector, states: Sequence[Vector], coefficients: Sequence[float]
    ) -> tuple[Vector, list[Vector]]:
        return self._only, list(states)

    def compress(
        self,
        rule: int,
        gradient: Vector,
        states: Sequence[Vector],
        coefficients: Sequence[float],
        key: int,
        number: int,
    ) -> tuple[Vector, list[Vector]]:
        return self._only, list(states)

    def slot_of(self, vector: Vector) -> int:
        return 0

    def evaluate(
        self,
        x: Vector,
        replicas: Sequence[Vector] = (),
        latest: Sequence[tuple[Vector, Vector]] = (),
        centre: Vector | None = None,
    ) -> Evaluation:
        return Evaluation(self, 0)

    def evaluate_own(self, evaluation: Evaluation, models: Sequence[Vector]) -> None:
        pass

    def measures(self, row: int) -> NDArray[np.float64]:
        return np.full(MEASURES, np.nan)

    def value(self, x: Vector) -> NDArray[Any]:
        return np.empty(0)

    def release(self) -> None:
        pass
