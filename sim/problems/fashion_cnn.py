"""Fashion-MNIST, convolutional network."""

from __future__ import annotations

from dataclasses import dataclass

from sim.problems.data import idx
from sim.problems.idx_cnn import IdxCNN


@dataclass
class FashionCNN(IdxCNN):
    """28 x 28 images of clothes with a convolutional network; the folder is that of Debian's package.

    References
    ----------
    Xiao, Rasul, Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms" (2017).
    """

    folder: str = idx.FASHION_MNIST
