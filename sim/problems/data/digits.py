"""The UCI handwritten digits that come with scikit-learn: 1797 images of 8 x 8 pixels, ten classes."""

from __future__ import annotations

from functools import cache

import numpy as np

from sim.problems import Samples

FEATURES = 64
CLASSES = 10
#: Training samples: 1440 has many divisors, so that equal shards exist for most worker counts. The other 357 test.
TRAIN = 1_440
#: The split is part of the problem, not of a run: every seed trains and tests on the same samples.
SPLIT_SEED = 1797


@cache
def load() -> tuple[Samples, Samples]:
    """Training and test samples: standardised inputs, float32 ``[n, 64]``, and class numbers, float32 ``[n]``.

    The split is stratified by class. Mean and standard deviation are those of the training inputs; a pixel that never
    changes there stays 0.
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    pixels, classes = load_digits(return_X_y=True)
    chosen, left = train_test_split(
        np.arange(len(classes)), train_size=TRAIN, stratify=classes, random_state=SPLIT_SEED, shuffle=True
    )
    mean, deviation = pixels[chosen].mean(axis=0), pixels[chosen].std(axis=0)
    inputs = ((pixels - mean) / np.where(deviation > 0, deviation, 1.0)).astype(np.float32)
    targets = classes.astype(np.float32)
    return Samples(inputs[chosen], targets[chosen]), Samples(inputs[left], targets[left])
