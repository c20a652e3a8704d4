"""What the tape is played on: where mini-batches come from, what is learned, the store, and work space."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import boolean, float32, float64, int64, uint64
from numpy.typing import NDArray

from kernels.tape.named import named


class Sampling(NamedTuple):
    """Where mini-batches come from: worker r draws from ``order[start[r]:stop[r]]``; an empty order: from nothing."""

    key: np.uint64
    order: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    replacement: bool


class Model(NamedTuple):
    """What the kernels of the contract work on, of the store's dtype (layout int64, settings float64).

    Gradients are taken on the `train` samples; evaluations measure the `measured` ones of them, and the `test` samples;
    the workers' own models are measured on the `own` samples.
    """

    train_inputs: NDArray[Any]
    train_targets: NDArray[Any]
    measured_inputs: NDArray[Any]
    measured_targets: NDArray[Any]
    test_inputs: NDArray[Any]
    test_targets: NDArray[Any]
    own_inputs: NDArray[Any]
    own_targets: NDArray[Any]
    layout: NDArray[np.int64]
    settings: NDArray[np.float64]


class Regions(NamedTuple):
    """Parts of a parameter row: region r is ``low[k]:high[k]`` for k in ``offsets[r]:offsets[r + 1]``.

    Region 0 is the whole row with its padding, the last one the row without it.
    """

    offsets: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]


class Deck(NamedTuple):
    """What the rows of a thread are played on.

    Parameters
    ----------
    sampling, model, regions
        Where mini-batches come from, what is learned, and the parts that parameters are kept in.
    store
        Parameter vectors, one per slot, ``[slots, padded d]``.
    batch
        The thread's work space for the sample numbers of the largest mini-batch, and at its end the BUCKETS of
        `kernels.top_k`.
    scratch
        The thread's work space of the gradient and evaluate kernels, and at its end what `kernels.full_gradient` needs.
    measures
        Results of evaluations, ``[evaluations, MEASURES]`` (see `kernels.tape.measures`).
    operations
        Addresses of the seldom operations, by number (see `kernels.tape.seldom`).
    """

    sampling: Sampling
    model: Model
    regions: Regions
    store: NDArray[Any]
    batch: NDArray[np.int64]
    scratch: NDArray[Any]
    measures: NDArray[np.float64]
    operations: NDArray[np.int64]


def _deck(real: Any) -> Any:
    sampling = named(Sampling, uint64, int64[::1], int64[::1], int64[::1], boolean)
    samples = (real[:, ::1], real[::1])
    model = named(Model, *samples, *samples, *samples, *samples, int64[::1], float64[::1])
    regions = named(Regions, *[int64[::1]] * 3)
    return named(Deck, sampling, model, regions, real[:, ::1], int64[::1], real[::1], float64[:, ::1], int64[::1])


#: The type of a deck, by element type of the parameters.
DECK = {"float32": _deck(float32), "float64": _deck(float64)}
