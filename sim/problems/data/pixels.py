"""Pixels made fit for learning: bytes become standardised numbers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

#: Images that are converted at a time, so that work space stays small.
BLOCK = 1_024


def standardise(train: NDArray[np.uint8], test: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Shift and scale each channel so that it has mean 0 and standard deviation 1 over all training pixels.

    One mean and deviation per channel, not per pixel: a pixel at the border that is dark in all training images but a
    few would be scaled up by the hundred. They come from counts of the 256 values, so no rounding depends on an order.

    Parameters
    ----------
    train, test : uint8 [n, channels, pixels]
        A plane per channel.

    Returns
    -------
    train, test : float32 [n, pixels * channels]
        The channels of a pixel lie side by side (NHWC). A channel that never changes in `train` is 0 there.
    """
    tables = _tables(train)
    return _look_up(train, tables), _look_up(test, tables)


def _tables(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What each value of each channel becomes, ``[channels, 256]``."""
    counts = np.zeros((pixels.shape[1], 256), np.int64)
    for first, last in _blocks(len(pixels)):
        for channel, count in enumerate(counts):
            count += np.bincount(pixels[first:last, channel].ravel(), minlength=256)
    values, total = np.arange(256), counts.sum(axis=1, keepdims=True)
    mean = (counts * values).sum(axis=1, keepdims=True) / total
    variance = (counts * (values - mean) ** 2).sum(axis=1, keepdims=True) / total
    tables: NDArray[np.float32] = ((values - mean) / np.sqrt(np.where(variance > 0, variance, 1.0))).astype(np.float32)
    return tables


def _look_up(pixels: NDArray[np.uint8], tables: NDArray[np.float32]) -> NDArray[np.float32]:
    samples, channels, size = pixels.shape
    result = np.empty((samples, size, channels), np.float32)
    for first, last in _blocks(samples):
        for channel, table in enumerate(tables):
            result[first:last, :, channel] = table[pixels[first:last, channel]]
    return result.reshape(samples, size * channels)


def _blocks(samples: int) -> list[tuple[int, int]]:
    return list(pairwise([*range(0, samples, BLOCK), samples]))
