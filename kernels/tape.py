"""The tape's executor: plays recorded rows over a store of parameter vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import boolean, float32, float64, from_dtype, int64, types, uint64, void
from numpy.typing import NDArray

from kernels.combine import combine, spread
from kernels.contract import EVALUATE_FUNCTION, GRADIENT_FUNCTION
from kernels.hashing import mix
from kernels.jit import kernel
from kernels.sampling import draw

#: store[target] = gradient at store[source], worker `rank`, its `step`, `count` samples
GRADIENT = 0
#: store[target] = the linear combination of `count` operands from number `source` on
COMBINE = 1
#: measures[target, 0:4] = training loss and metric, test loss and metric at store[source]
EVALUATE = 2
#: measures[target, 4] = consensus distance of `count` operands from number `source` on
SPREAD = 3

#: One row of the tape.
ROW = np.dtype([(name, np.int64) for name in ("operation", "target", "source", "count", "rank", "step")], align=True)
#: Columns of the measures.
MEASURES = 5


class Window(NamedTuple):
    """A piece of the tape: its rows, and the operands (slots and coefficients) that they point to."""

    rows: NDArray[Any]
    slots: NDArray[np.int64]
    coefficients: NDArray[np.float64]


class Sampling(NamedTuple):
    """Where mini-batches come from: worker r draws from ``order[start[r]:stop[r]]``."""

    key: np.uint64
    order: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    replacement: bool


class Model(NamedTuple):
    """What the kernels of the contract work on, of the store's dtype (layout int64, settings float64)."""

    train_inputs: NDArray[Any]
    train_targets: NDArray[Any]
    test_inputs: NDArray[Any]
    test_targets: NDArray[Any]
    layout: NDArray[np.int64]
    settings: NDArray[np.float64]


def _signature(name: str) -> Any:
    named: Any = types.NamedTuple
    row: Any = from_dtype(ROW)
    real: Any = {"float32": float32, "float64": float64}[name]
    window = named((row[::1], int64[::1], float64[::1]), Window)
    sampling = named((uint64, int64[::1], int64[::1], int64[::1], boolean), Sampling)
    model = named((real[:, ::1], real[::1], real[:, ::1], real[::1], int64[::1], float64[::1]), Model)
    functions = (GRADIENT_FUNCTION[name], EVALUATE_FUNCTION[name])
    return void(*functions, window, sampling, model, real[:, ::1], int64[::1], real[::1], float64[:, ::1])


@kernel([_signature("float32"), _signature("float64")])
def play(
    gradient: Callable[..., None],
    evaluate: Callable[..., None],
    window: Window,
    sampling: Sampling,
    model: Model,
    store: NDArray[Any],
    index: NDArray[np.int64],
    scratch: NDArray[Any],
    measures: NDArray[np.float64],
) -> None:
    """Play the rows of one window in order.

    Parameters
    ----------
    gradient, evaluate
        Kernels of the contract in `kernels.contract`.
    window
        The piece of tape.
    sampling, model
        Where mini-batches come from, and what is learned.
    store
        Parameter vectors, one per slot, ``[slots, padded d]``.
    index
        Work space for the sample numbers of the largest mini-batch.
    scratch
        Work space of the gradient and evaluate kernels.
    measures
        Results of evaluations, ``[evaluations, 5]``.
    """
    rows = window.rows
    for i in range(rows.shape[0]):
        row = rows[i]
        target, source, count = row["target"], row["source"], row["count"]
        if row["operation"] == GRADIENT:
            rank, step = row["rank"], row["step"]
            batch = index[:count]
            if sampling.order.shape[0] > 0:
                draw(
                    batch,
                    sampling.key,
                    rank,
                    step,
                    sampling.order,
                    sampling.start[rank],
                    sampling.stop[rank],
                    sampling.replacement,
                )
            gradient(
                store[source],
                store[target],
                batch,
                mix(mix(sampling.key, np.uint64(rank)), np.uint64(step)),
                model.train_inputs,
                model.train_targets,
                model.layout,
                model.settings,
                scratch,
            )
        elif row["operation"] == COMBINE:
            combine(store, target, window.slots[source : source + count], window.coefficients[source : source + count])
        elif row["operation"] == EVALUATE:
            evaluate(
                store[source],
                model.train_inputs,
                model.train_targets,
                model.layout,
                model.settings,
                scratch,
                measures[target, 0:2],
            )
            evaluate(
                store[source],
                model.test_inputs,
                model.test_targets,
                model.layout,
                model.settings,
                scratch,
                measures[target, 2:4],
            )
        else:
            measures[target, 4] = spread(store, window.slots[source : source + count])
