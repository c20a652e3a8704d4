"""Progression of diabetes, regression."""

from __future__ import annotations

from dataclasses import dataclass

from sim.problems import Samples
from sim.problems.data import diabetes
from sim.problems.models.perceptron import Perceptron


@dataclass
class Diabetes(Perceptron):
    """Progression of diabetes from ten features, regression (squared error, float32).

    Features and targets are standardised: an RMSE of 1 is that of always predicting the mean.
    """

    metric = "rmse"
    features = diabetes.FEATURES
    outputs = 1
    samples = diabetes.TRAIN

    def load(self) -> tuple[Samples, Samples]:
        return diabetes.load()
