"""What a small random network teaches, regression."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.problems import Samples
from sim.problems.data import teacher
from sim.problems.models.perceptron import Perceptron
from topologies.ranges import check


@dataclass
class Teacher(Perceptron):
    """Noisy answers of a fixed random network, regression (tanh, squared error, float32).

    A perceptron learns from one of its kind, the teacher. The teacher and its samples are part of the problem: they
    depend on `data_seed`, and not on the run's seed.

    Parameters
    ----------
    samples
        Size of the training set (samples), 1 to 1 000 000; 2000 others test.
    noise
        Standard deviation of what is added to every answer (no unit), 0 to 1e30; answers have about 0.7.
    data_seed
        Which teacher and samples, >= 0; the run's seed does not change them.
    hidden
        Widths of the student's hidden layers (units), each >= 1; []: a linear model.
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
