"""Fashion-MNIST, multi-layer perceptron."""

from __future__ import annotations

from dataclasses import dataclass

from sim.problems.data import idx
from sim.problems.idx_mlp import IdxMLP


@dataclass
class FashionMLP(IdxMLP):
    """28 x 28 images of clothes with a ReLU perceptron 784-256-128-10; the folder is that of Debian's package.

    References
    ----------
    Xiao, Rasul, Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms" (2017).
    """

    folder: str = idx.FASHION_MNIST
