"""The UCI handwritten digits that come with scikit-learn: 1797 images of 8 x 8 pixels, ten classes."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.problems import Samples
from sim.problems.data.columns import standardise
from sim.problems.data.lock import locked

ROWS, COLUMNS = 8, 8
FEATURES = ROWS * COLUMNS
CLASSES = 10
#: Training samples: 1440 has many divisors, so that equal shards exist for most worker counts. The other 357 test.
TRAIN = 1_440
#: The split is part of the problem, not of a run: every seed trains and tests on the same samples.
SPLIT_SEED = 1797


@cache
def load() -> tuple[Samples, Samples]:
    """Training and test samples: standardised inputs, float32 ``[n, 64]``, and class numbers, float32 ``[n]``.

    The split is stratified by class. Mean and standard deviation are those of the training inputs, pixel by pixel; a
    pixel that never changes there stays 0. The arrays are read-only.
    """
    pixels, classes = _read()
    chosen, left = _split(classes)
    train, test = standardise(pixels[chosen], pixels[left])
    return locked(train, classes[chosen]), locked(test, classes[left])


def _read() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The file in scikit-learn's package, read without it: its import takes longer than a small run."""
    package = find_spec("sklearn")
    assert package is not None, "scikit-learn is a dependency"
    assert package.submodule_search_locations is not None, "scikit-learn is a package"
    table = np.loadtxt(Path(package.submodule_search_locations[0], "datasets", "data", "digits.csv.gz"), delimiter=",")
    return table[:, :FEATURES], table[:, FEATURES].astype(np.int64)


def _split(classes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the training and of the test samples: of every class the same share, to the nearest sample.

    What rounding leaves over goes to the classes with the largest remainders.
    """
    generator = np.random.default_rng(SPLIT_SEED)
    counts = np.bincount(classes)
    exact = counts * TRAIN / len(classes)
    quota = np.floor(exact).astype(np.int64)
    most_left = np.argsort(quota - exact, kind="stable")
    quota[most_left[: TRAIN - quota.sum()]] += 1
    order = generator.permutation(len(classes))
    rank = np.empty(len(classes), np.int64)
    for number, count in enumerate(counts):
        rank[order[classes[order] == number]] = np.arange(count)
    in_training = rank[order] < quota[classes[order]]
    return order[in_training], order[~in_training]
