"""NumPy: one gradient at a time."""

from __future__ import annotations

import numpy as np

from measure.agreement import subject
from measure.backpropagation import compute, gradients
from measure.models import Case
from measure.serve import Subject


def prepare(*, threads: int, model: str, batch: int) -> Subject:
    """A case of `benchmarks/gradients.py`; OpenBLAS takes its threads from the environment."""
    case = Case.make(model, batch)
    out, layers = gradients(case, np.float32)

    def one(worker: int, turn: int) -> None:
        compute(case, case.inputs, case.batches[turn, worker], layers[worker])

    return subject(case, one, lambda: out)
