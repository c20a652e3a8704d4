"""Fashion-MNIST, multi-layer perceptron."""

from __future__ import annotations

from dataclasses import dataclass

from sim.problems.data import idx
from sim.problems.idx_mlp import IdxMLP


@dataclass
class FashionMLP(IdxMLP):
    """Fashion-MNIST, multi-layer perceptron (ReLU, softmax cross-entropy, float32).

    28 x 28 images of clothes; the layers are 784-256-128-10.

    Parameters
    ----------
    folder
        Folder of four idx files, plain or .gz; here Debian's package puts them.

    References
    ----------
    Xiao, Rasul, Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms" (2017).
    """

    folder: str = idx.FASHION_MNIST
