"""The tape: what is to be computed, written by SimPy's processes and played by a compiled executor beside them."""

from __future__ import annotations

import queue
import struct
import threading
from array import array
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from kernels import tape as executor
from sim.partitions import Shards
from sim.problems import Task
from sim.vector import Vector

#: Rows of one window: enough that handing it over costs nothing, few enough that the executor starts early.
WINDOW = 4096
#: Windows that may wait for the executor before the recording side waits for it.
WAITING = 4
#: Store rows are padded to whole cache lines and begin on one (bytes).
CACHE_LINE = 64

_ROW = struct.Struct("6q")


def aligned(rows: int, columns: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Zeros ``[rows, columns]`` whose first element begins a cache line."""
    size = rows * columns * dtype.itemsize
    buffer = np.zeros(size + CACHE_LINE, np.uint8)
    begin = -buffer.ctypes.data % CACHE_LINE
    return buffer[begin : begin + size].view(dtype).reshape(rows, columns)


class Evaluation:
    """Measures of a model, known when the tape has been played that far."""

    def __init__(self, tape: Tape, row: int) -> None:
        self._tape = tape
        self._row = row

    def measures(self) -> NDArray[np.float64]:
        """Training loss and metric, test loss and metric, consensus distance; waits for the executor."""
        return self._tape.measures(self._row)


class Tape:
    """Records operations on deferred vectors and has them played in order, window by window.

    The result does not depend on when a window is played or how long it is: rows are played in the order in which they
    were recorded, and a slot is used again only by a row recorded after its last reader.

    Parameters
    ----------
    task
        What is learned.
    shards
        Which samples each worker draws from; None where the task has no samples.
    key
        The stream of mini-batches and gradient noise.
    replacement
        Whether mini-batches are drawn with replacement.
    batch
        The largest mini-batch that will be asked for (samples).
    slots
        Parameter rows to begin with; the store grows when more are alive.
    window
        Rows handed to the executor at a time.
    background
        Play in a thread of its own (True) or when the tape is flushed (False).
    """

    def __init__(
        self,
        task: Task,
        shards: Shards | None,
        key: np.uint64,
        *,
        replacement: bool,
        batch: int,
        slots: int,
        window: int = WINDOW,
        background: bool = True,
    ) -> None:
        self._task = task
        dtype = task.initial.dtype
        lane = CACHE_LINE // dtype.itemsize
        self._store = aligned(slots, -(-len(task.initial) // lane) * lane, dtype)
        self.free = list(range(slots - 1, -1, -1))
        empty = np.empty(0, np.int64)
        order, start, stop = shards or (empty, empty, empty)
        self._sampling = executor.Sampling(key, order, start, stop, replacement)
        self._model = executor.Model(*task.train, *task.test, task.layout, task.settings)
        self._index = np.empty(batch, np.int64)
        self._scratch = aligned(1, task.scratch_size(batch), dtype)[0]
        self._measures: NDArray[np.float64] = np.full((64, executor.MEASURES), np.nan)
        self._evaluations = 0
        self._known = 0
        self._window = window
        self._begin_window()
        self._windows: queue.Queue[tuple[executor.Window, int] | None] = queue.Queue(WAITING)
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._play_windows, name="tape", daemon=True) if background else None
        if self._thread is not None:
            self._thread.start()

    def initial(self) -> Vector:
        """The starting parameters of the task."""
        self._drain()
        vector = self._new()
        self._store[vector.slot, : len(self._task.initial)] = self._task.initial
        return vector

    def gradient(self, x: Vector, rank: int, step: int, batch: int) -> Vector:
        """Gradient at `x` on the mini-batch of `batch` samples that worker `rank` meets at `step`."""
        result = self._new()
        self._record(executor.GRADIENT, result.slot, x.slot, batch, rank, step)
        return result

    def combine(self, vectors: Sequence[Vector], coefficients: Sequence[float]) -> Vector:
        """``sum_k coefficients[k] * vectors[k]``, added in the order given, in the precision of the store."""
        result = self._new()
        self._record_over(executor.COMBINE, result.slot, vectors, coefficients)
        return result

    def evaluate(self, x: Vector, replicas: Sequence[Vector] = ()) -> Evaluation:
        """Loss and metric of `x` on the training and test samples; consensus distance of `replicas` (0 for none)."""
        row = self._evaluations
        if row == len(self._measures):
            self._drain()
            self._measures = np.concatenate([self._measures, np.full_like(self._measures, np.nan)])
        self._evaluations += 1
        self._measures[row, 4] = 0.0
        self._record(executor.EVALUATE, row, x.slot, 0, 0, 0)
        if replicas:
            self._record_over(executor.SPREAD, row, replicas, (1.0,) * len(replicas))
        return Evaluation(self, row)

    def measures(self, row: int) -> NDArray[np.float64]:
        """Row `row` of the measures, once played."""
        if row >= self._known:
            self._drain()
        measures: NDArray[np.float64] = self._measures[row]
        return measures

    def value(self, x: Vector) -> NDArray[Any]:
        """The numbers of `x`, ``[d]``; waits for the executor."""
        self._drain()
        return self._store[x.slot, : len(self._task.initial)].copy()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        """Play what is left and end the executor's thread; after an exception, only end it."""
        if kind is None:
            self._flush()
        if self._thread is not None:
            self._windows.put(None)
            self._thread.join()
        if kind is None:
            self._check()

    def _new(self) -> Vector:
        if not self.free:
            self._grow()
        return Vector(self, self.free.pop())

    def _grow(self) -> None:
        """Double the store; its rows may move only while nobody plays."""
        self._drain()
        old = self._store
        self._store = aligned(2 * len(old), old.shape[1], old.dtype)
        self._store[: len(old)] = old
        self.free.extend(range(2 * len(old) - 1, len(old) - 1, -1))

    def _record(self, operation: int, target: int, source: int, count: int, rank: int, step: int) -> None:
        _ROW.pack_into(self._rows, self._filled, operation, target, source, count, rank, step)
        self._filled += _ROW.size
        if self._filled == len(self._rows):
            self._flush()

    def _record_over(self, operation: int, target: int, vectors: Sequence[Vector], factors: Sequence[float]) -> None:
        source = len(self._slots)
        self._slots.extend([vector.slot for vector in vectors])
        self._coefficients.extend(factors)
        self._record(operation, target, source, len(vectors), 0, 0)

    def _begin_window(self) -> None:
        self._rows = bytearray(_ROW.size * self._window)
        self._filled = 0
        self._slots = array("q")
        self._coefficients = array("d")

    def _flush(self) -> None:
        """Hand the rows recorded so far to the executor."""
        self._check()
        if self._filled == 0:
            return
        window = executor.Window(
            np.frombuffer(self._rows, executor.ROW, self._filled // _ROW.size),
            np.frombuffer(self._slots, np.int64),
            np.frombuffer(self._coefficients, np.float64),
        )
        self._begin_window()
        if self._thread is None:
            self._play(window, self._evaluations)
        else:
            self._windows.put((window, self._evaluations))

    def _drain(self) -> None:
        """Flush, and wait until everything recorded has been played."""
        self._flush()
        self._windows.join()
        self._check()

    def _check(self) -> None:
        if self._failure is not None:
            raise RuntimeError("the tape's executor failed") from self._failure

    def _play_windows(self) -> None:
        """The executor's thread: play until told to end; after a failure only empty the queue, so nobody waits."""
        while True:
            item = self._windows.get()
            try:
                if item is None:
                    return
                if self._failure is None:
                    self._play(*item)
            except BaseException as failure:
                self._failure = failure
            finally:
                self._windows.task_done()

    def _play(self, window: executor.Window, evaluations: int) -> None:
        """Play a window after which the first `evaluations` measures are known."""
        executor.play(
            self._task.gradient,
            self._task.evaluate,
            window,
            self._sampling,
            self._model,
            self._store,
            self._index,
            self._scratch,
            self._measures,
        )
        self._known = evaluations


class SilentTape(Tape):
    """The tape of a run that learns nothing: every vector is the same one, and no row is written."""

    def __init__(self) -> None:
        self.free = []
        self._only = Vector(self, 0)

    def initial(self) -> Vector:
        return self._only

    def gradient(self, x: Vector, rank: int, step: int, batch: int) -> Vector:
        return x

    def combine(self, vectors: Sequence[Vector], coefficients: Sequence[float]) -> Vector:
        return self._only

    def evaluate(self, x: Vector, replicas: Sequence[Vector] = ()) -> Evaluation:
        return Evaluation(self, 0)

    def measures(self, row: int) -> NDArray[np.float64]:
        return np.full(executor.MEASURES, np.nan)

    def value(self, x: Vector) -> NDArray[Any]:
        return np.empty(0)

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        pass
