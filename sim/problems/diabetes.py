"""Progression of diabetes, regression."""

from __future__ import annotations

from dataclasses import dataclass

from sim.problems import Samples
from sim.problems.data import diabetes
from sim.problems.models.perceptron import Perceptron


@dataclass
class Diabetes(Perceptron):
    """Linear regression, or a ReLU perceptron, from ten features of a patient to the progression of the disease.

    Features and targets are standardised: an RMSE of 1 is that of always predicting the mean.
    """

    metric = "rmse"
    features = diabetes.FEATURES
    outputs = 1
    samples = diabetes.TRAIN

    def load(self) -> tuple[Samples, Samples]:
        return diabetes.load()
