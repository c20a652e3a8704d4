"""The diabetes data that come with scikit-learn: 442 patients, ten features, progression of the disease after a year.

Efron, Hastie, Johnstone, Tibshirani, "Least angle regression" (Annals of Statistics 2004).
"""

from __future__ import annotations

from functools import cache

import numpy as np

from sim.problems import Samples
from sim.problems.data.columns import standardise
from sim.problems.data.lock import locked

FEATURES = 10
#: Training samples: 360 has many divisors, so that equal shards exist for most worker counts. The other 82 test.
TRAIN = 360
#: The split is part of the problem, not of a run: every seed trains and tests on the same samples.
SPLIT_SEED = 442


@cache
def load() -> tuple[Samples, Samples]:
    """Training and test samples: inputs, float32 ``[n, 10]``, and targets, float32 ``[n]``, all standardised.

    Mean and standard deviation are those of the training samples, for targets too: an error of 1 is one standard
    deviation of the progression. The arrays are read-only.
    """
    from sklearn.datasets import load_diabetes
    from sklearn.model_selection import train_test_split

    features, progression = load_diabetes(return_X_y=True, scaled=False)
    chosen, left = train_test_split(
        np.arange(len(progression)), train_size=TRAIN, random_state=SPLIT_SEED, shuffle=True
    )
    inputs = standardise(features[chosen], features[left])
    targets = standardise(progression[chosen], progression[left])
    return locked(inputs[0], targets[0]), locked(inputs[1], targets[1])
