"""Contenders that differentiate: work through all workers in turn, and their error against float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from measure import backpropagation
from measure.models import BATCHES, WORKERS, Case
from measure.serve import Subject


def subject(case: Case, one: Callable[[int, int], Any], gradients: Callable[[], Any]) -> Subject:
    """Of a contender that takes one gradient at a time.

    Parameters
    ----------
    case
        What is computed.
    one
        Takes worker `worker`'s gradient on its mini-batch number `turn`.
    gradients
        The gradients last taken, float32 [WORKERS, d], of every worker.
    """

    def everybody(turn: int) -> None:
        for worker in range(WORKERS):
            one(worker, turn)

    return subject_of_all(case, everybody, gradients)


def subject_of_all(case: Case, everybody: Callable[[int], Any], gradients: Callable[[], Any]) -> Subject:
    """Of a contender that takes all workers' gradients, on their mini-batches number `turn`, in one call."""
    done = 0

    def work(count: int) -> int:
        nonlocal done
        calls = -(-count // WORKERS)
        for turn in range(done, done + calls):
            everybody(turn % BATCHES)
        done += calls
        return calls * WORKERS

    def check() -> float:
        return error(case, np.asarray(gradients()), (done - 1) % BATCHES)

    return Subject(work, check)


def error(case: Case, found: NDArray[np.float32], turn: int) -> float:
    """Largest error of a gradient, as a share of its largest element in float64, over the workers that are comparable.

    That is all but those where float32 cannot tell which way a ReLU or a maximum goes; at least a quarter of all.
    """
    true, layers = backpropagation.gradients(case, np.float64)
    inputs = case.inputs.astype(np.float64)
    comparable = []
    for worker, index in enumerate(case.batches[turn]):
        backpropagation.compute(case, inputs, index, layers[worker])
        comparable.append(not backpropagation.undecided(case, inputs, index, layers[worker][0]))
    if 4 * sum(comparable) < WORKERS:
        raise ValueError(f"{sum(comparable)} of {WORKERS} workers are comparable; take other mini-batches")
    return float((np.abs(found - true).max(1) / np.abs(true).max(1))[comparable].max())
