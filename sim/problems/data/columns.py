"""Features made fit for learning: columns of a table are standardised."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def standardise(
    train: NDArray[np.float64], test: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Shift and scale each column so that it has mean 0 and standard deviation 1 over the training rows.

    Parameters
    ----------
    train, test : float64 [n, columns] or [n]
        The features or targets of the training set, and those of the test set.

    Returns
    -------
    train, test : float32, of the same shapes
        A column that never changes in `train` is 0 there.
    """
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    scale = np.where(deviation > 0, deviation, 1.0)
    return ((train - mean) / scale).astype(np.float32), ((test - mean) / scale).astype(np.float32)
