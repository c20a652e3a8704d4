"""What is evaluated of a run: whose model, and what is measured of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.measuring.latest_gradients import LatestGradients
from sim.record import Of, Record
from sim.tape.vector import Vector, join, mean

if TYPE_CHECKING:
    from sim.tape.evaluation import Evaluation
    from sim.tape.tape import Tape


class Evaluator:
    """Knows whose model is evaluated, and has it measured.

    Parameters
    ----------
    tape
        Where evaluations are recorded.
    record
        What is asked for.

    Attributes
    ----------
    latest : LatestGradients or None
        The workers' latest gradients, where those are measured.
    """

    def __init__(self, tape: Tape, record: Record) -> None:
        self._tape = tape
        self._record = record
        self.latest = LatestGradients() if record.gradients else None

    def model(self, shared: Sequence[Vector], models: Sequence[Vector]) -> Vector:
        """The model that is evaluated.

        Parameters
        ----------
        shared
            The parts of the shared model, or of a centre; none where there is none.
        models
            The workers' own models, by rank; none where they have none.
        """
        if models and self._record.of is Of.worker:
            return models[0]
        return _centre(shared, models)

    def evaluate(self, x: Vector, shared: Sequence[Vector], models: Sequence[Vector]) -> Evaluation:
        """Measure the model `x`, and how far the workers' models are from the shared one, or from their mean.

        Parameters
        ----------
        x
            What `model` has said.
        shared, models
            As there.
        """
        apart = any(model is not x for model in models)  # a model that all share is no distance from itself
        centre = _centre(shared, models) if apart and self._record.of is Of.worker else None
        latest = () if self.latest is None else self.latest.pairs()
        curvature = self._record.curvature
        return self._tape.evaluate(x, models if apart else (), latest, centre, curvature=curvature)


def _centre(shared: Sequence[Vector], models: Sequence[Vector]) -> Vector:
    """The shared model or centre; where there is none, the mean of the workers' models."""
    return join(shared) if shared else mean(models)
