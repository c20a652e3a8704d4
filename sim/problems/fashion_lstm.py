"""Fashion-MNIST, recurrent network."""

from __future__ import annotations

from dataclasses import dataclass

from sim.problems.data import idx
from sim.problems.idx_lstm import IdxLSTM


@dataclass
class FashionLSTM(IdxLSTM):
    """Fashion-MNIST, long short-term memory that reads an image row by row (softmax cross-entropy, float32).

    28 rows of 28 pixels.

    Parameters
    ----------
    folder
        Folder of four idx files, plain or .gz; here Debian's package puts them.

    References
    ----------
    Xiao, Rasul, Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms" (2017).
    """

    folder: str = idx.FASHION_MNIST
