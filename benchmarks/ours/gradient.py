"""paceline's kernels, called as the tape's executor calls them: compiled, without the GIL, a row per worker."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numba import float32, float64, int64, uint64, void

from kernels import mlp
from kernels.contract import GRADIENT_FUNCTION
from kernels.jit import kernel
from measure.agreement import error
from measure.models import BATCHES, CLASSES, CNN, MLP, WORKERS, Case
from measure.serve import Subject
from sim.tape.player import aligned


class Kernels(NamedTuple):
    """A model in the words of `kernels.contract`."""

    gradient: Callable[..., None]
    layout: np.ndarray
    scratch: int


def kernels_of(model: MLP | CNN, batch: int) -> Kernels:
    """The compiled gradient of a model."""
    if isinstance(model, CNN):
        from kernels import cnn

        blocks = [cnn.Convolution(filters) for filters in model.channels]
        layout = cnn.layout((model.side, model.side, 1), blocks, [CLASSES])
        return Kernels(cnn.gradient, layout, cnn.scratch_size(layout, batch))
    layout = np.array(model.widths)
    return Kernels(mlp.gradient, layout, mlp.scratch_size(layout, batch))


@kernel(
    void(
        GRADIENT_FUNCTION["float32"],
        float32[:, ::1],
        float32[:, ::1],
        int64[:, :, ::1],
        float32[:, ::1],
        float32[::1],
        int64[::1],
        float32[::1],
        int64,
        int64,
        int64,
        int64,
    )
)
def drive(
    gradient: Callable[..., None],
    x: Any,
    out: Any,
    batches: Any,
    inputs: Any,
    targets: Any,
    layout: Any,
    scratch: Any,
    first: int,
    last: int,
    begin: int,
    end: int,
) -> None:
    """Gradients of workers `first` to `last` - 1 on their mini-batches of the turns `begin` to `end` - 1.

    As in the executor, the parameters of the next gradient are known.
    """
    settings = np.zeros(1, float64)
    for turn in range(begin, end):
        for worker in range(first, last):
            index, ahead = batches[turn % BATCHES, worker], x[worker + 1 if worker + 1 < last else first]
            gradient(x[worker], out[worker], index, uint64(0), inputs, targets, layout, settings, scratch, ahead)


def prepare(*, threads: int, model: str, batch: int) -> Subject:
    """A case of `benchmarks/gradients.py`: every thread has an equal part of the workers."""
    case = Case.make(model, batch)
    gradient, layout, scratch = kernels_of(case.model, batch)
    workers, size = case.parameters.shape
    x, out = (aligned(workers, -(-size // 16) * 16, np.dtype(np.float32)) for _ in range(2))
    x[:, :size] = case.parameters
    data = (case.batches, case.inputs, case.labels.astype(np.float32), layout)
    parts = [(workers * thread // threads, workers * (thread + 1) // threads) for thread in range(threads)]
    own = [aligned(1, scratch, np.dtype(np.float32))[0] for _ in parts]
    pool = ThreadPoolExecutor(threads)
    done = 0

    def work(count: int) -> int:
        nonlocal done
        begin, done = done, done - (-count // WORKERS)

        def part(thread: int) -> None:
            drive(gradient, x, out, *data, own[thread], *parts[thread], begin, done)

        if threads == 1:
            part(0)
        else:
            list(pool.map(part, range(threads)))
        return (done - begin) * WORKERS

    def check() -> float:
        return error(case, out[:, :size], (done - 1) % BATCHES)

    return Subject(work, check)
