"""What a small random network teaches, regression."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.problems import Samples
from sim.problems.data import teacher
from sim.problems.models.perceptron import Perceptron
from topologies.ranges import check


@dataclass
class Teacher(Perceptron):
    """A tanh perceptron learns from noisy answers of a fixed random network of its kind.

    The teacher and its samples are part of the problem: they depend on `data_seed`, and not on the run's seed.

    Parameters
    ----------
    samples
        Size of the training set, 1 to 1 000 000; another 2000 samples test.
    noise
        Standard deviation of what is added to every answer, 0 to 1e30; the answers themselves have about 0.7.
    data_seed
        Which teacher, >= 0.
    """

    metric = "rmse"
    activation = "tanh"
    features = teacher.FEATURES
    outputs = 1

    samples: int = 1_000
    noise: float = 0.1
    data_seed: int = 0
    hidden: list[int] = field(default_factory=lambda: [24])

    def __post_init__(self) -> None:
        super().__post_init__()
        check("samples", self.samples, at_least=1, at_most=1_000_000)
        check("noise", self.noise, at_least=0.0)
        check("noise", self.noise, at_most=1e30)  # single precision ends at 3e38
        check("data_seed", self.data_seed, at_least=0)

    def load(self) -> tuple[Samples, Samples]:
        return teacher.load(self.samples, self.noise, self.data_seed)
