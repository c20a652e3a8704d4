"""The compiled executor at work: plays windows of the tape over a store of parameter vectors."""

from __future__ import annotations

import math
import mmap
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.tape.deck import Deck, Model, Regions, Sampling
from kernels.tape.measures import DISTANCE, FARTHEST, MEASURES
from kernels.tape.operations import CURVATURE
from kernels.tape.play import play
from kernels.tape.rows import Window
from kernels.tape.seldom import Addresses
from kernels.tape.share import Plan, Progress, plan, play_share
from kernels.top_k import BUCKETS
from sim.partitions import LocalData
from sim.problems import Samples
from sim.problems.part import Ranges
from sim.problems.task import Task
from topologies.field_error import FieldError

#: Training samples that an evaluation measures, at most: of a larger set, evenly spaced ones. To measure all 60 000
#: images of Fashion-MNIST would cost as much as a thousand gradients.
MEASURED = 10_000
#: Of more workers than this each one's own model is measured on fewer samples, evenly spaced over those of an
#: evaluation: together they cost no more than so many evaluations.
MANY = 100
#: Store rows are padded to whole cache lines and begin on one (bytes).
CACHE_LINE = 64
#: Pages of the size that Linux makes on request (bytes): the store of a thousand workers is first touched in some 40 of
#: them instead of 17 000 small ones, each of which the system has to find and clear.
LARGE_PAGE = 2 << 20


def aligned(rows: int, columns: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Zeros ``[rows, columns]`` whose first element begins a cache line, in large pages if they fill one."""
    size = rows * columns * dtype.itemsize
    large = size >= LARGE_PAGE
    memory = mmap.mmap(-1, size + (LARGE_PAGE if large else 1))
    if large and hasattr(mmap, "MADV_HUGEPAGE"):
        memory.madvise(mmap.MADV_HUGEPAGE)
    buffer = np.frombuffer(memory, np.uint8)
    begin = -buffer.ctypes.data % LARGE_PAGE if large else 0  # a page begins with a cache line
    return buffer[begin : begin + size].view(dtype).reshape(rows, columns)


def measured_of(samples: int) -> int:
    """How many of some training samples an evaluation measures."""
    return -(-samples // _stride(samples))


def _stride(samples: int) -> int:
    return max(1, -(-samples // MEASURED))


def _every(stride: int, samples: Samples) -> Samples:
    """Every `stride`-th of some samples, beginning with the first."""
    return Samples(*(np.ascontiguousarray(column[::stride]) for column in samples))


def _check(local_data: LocalData, samples: int) -> None:
    """Refuse to draw samples that are not there: kernels would read whatever lies in their place."""
    order, start, stop = local_data
    if len(order) == 0:
        return
    if order.min() < 0 or order.max() >= samples:
        raise FieldError(
            "samples",
            f"numbers {order.min()} to {order.max()} are to be drawn, but the task has only 0 to {samples - 1}",
        )
    if start.min() < 0 or stop.max() > len(order) or np.any(start >= stop):
        raise FieldError("partition", "every worker needs a part of the samples; leave none without")


class Player:
    """Plays windows, by one or several threads.

    Parameters
    ----------
    task
        What is learned.
    local_data
        Which samples each worker draws from; None where gradients are over none of the training set.
    key
        The stream of mini-batches and gradient noise.
    replacement
        Whether mini-batches are drawn with replacement.
    batch
        The largest mini-batch (samples).
    slots
        Number of parameter rows to begin with.
    union
        The largest union of mini-batches that are computed as one (samples); 0 = each by itself.
    regions
        The parts that parameters are kept in, each a list of (low, high); regions 1, 2, ... of the tape.
    threads
        How many threads can play at a time, >= 1; the bits do not depend on it.

    Attributes
    ----------
    direction
        Key of the direction that the search for an eigenvector begins with (64 bits, signed).

    Raises
    ------
    FieldError
        If samples are to be drawn that the task does not have.
    """

    direction = 0

    def __init__(
        self,
        task: Task,
        local_data: LocalData | None,
        key: np.uint64,
        *,
        replacement: bool,
        batch: int,
        slots: int,
        union: int = 0,
        regions: Sequence[Ranges] = (),
        threads: int = 1,
    ) -> None:
        self._task = task
        dtype = task.initial.dtype
        lane = CACHE_LINE // dtype.itemsize
        self._store = aligned(slots, -(-len(task.initial) // lane) * lane, dtype)
        local_data = local_data or LocalData(*[np.empty(0, np.int64)] * 3)
        _check(local_data, len(task.train.targets))
        self._sampling = Sampling(key, *local_data, replacement)
        measured = _every(_stride(len(task.train.targets)), task.train)
        fewer = _every(max(1, -(-len(local_data.start) // MANY)), measured)
        self._operations = Addresses(dtype)
        self._model = Model(*task.train, *measured, *task.test, *fewer, task.layout, task.settings)
        ranges: list[Ranges] = [[(0, self._store.shape[1])], *regions, [(0, len(task.initial))]]
        bounds = np.array([bound for region in ranges for bound in region], np.int64).reshape(-1, 2)
        self._regions = Regions(np.cumsum([0, *map(len, ranges)]), bounds[:, 0].copy(), bounds[:, 1].copy())
        most = max(batch, union)
        scratch = task.scratch_size(most) + self._store.shape[1]
        self._work = [(np.empty(most + BUCKETS, np.int64), aligned(1, scratch, dtype)[0]) for _ in range(threads)]
        self.curvature = CURVATURE if task.curvature is None else task.curvature
        self.noiseless = task.settings if task.noiseless is None else task.noiseless
        self.threads = threads
        self.unites = task.samples_add_up and len(local_data.order) > 0 and union > 0
        self.measured = max(1, len(measured.targets) + len(task.test.targets))
        self.vector_bytes = self._store.strides[0]
        self.loss_scale = task.loss_scale
        self.measures: NDArray[np.float64] = np.full((64, MEASURES), np.nan)
        self._begin_to_count()

    @property
    def parameters(self) -> int:
        """Number of parameters."""
        return len(self._task.initial)

    @property
    def slots(self) -> int:
        """Rows of the store."""
        return len(self._store)

    def grow(self) -> None:
        """Double the store; only while nothing is played."""
        old = self._store
        self._store = aligned(2 * len(old), old.shape[1], old.dtype)
        self._store[: len(old)] = old
        self._begin_to_count()

    def begin_measures(self, first: int, last: int) -> None:
        """Make rows of the measures ready, from the first to before the last; only while nothing is played."""
        while last > len(self.measures):
            self.measures = np.concatenate([self.measures, np.full_like(self.measures, np.nan)])
        self.measures[first:last, DISTANCE] = 0.0
        self.measures[first:last, FARTHEST] = -math.inf

    def value(self, slot: int) -> NDArray[Any]:
        """The vector in a slot ``[d]``, to be read or written; only while nothing is played."""
        return self._store[slot, : len(self._task.initial)]

    def play(self, window: Window) -> None:
        """Play a window to its end, alone."""
        self._operations.provide(window)
        self._call(play, 0, window)

    def plan(self, window: Window) -> Plan:
        """What the rows of the next window that threads share must wait for."""
        self._operations.provide(window)
        writes, reads = np.empty((2, len(window.operands)), np.int64)
        waits = Plan(writes, reads, np.zeros(len(window.rows), np.int64))
        plan(window, waits, self._planned)
        return waits

    def play_share(self, thread: int, window: Window, waits: Plan) -> None:
        """Play rows of a window, beside other threads, until none is left to take."""
        self._call(play_share, thread, window, waits, self._progress)

    def release(self) -> None:
        """Give the store's memory back: nothing is played or asked for any more."""
        self._store = self._store[:0].copy()

    def _begin_to_count(self) -> None:
        """What has been planned is done, and nothing is played."""
        self._planned, self._progress = (Progress(*np.zeros((2, self.slots), np.int64)) for _ in range(2))

    def _call(self, kernel: Callable[..., None], thread: int, *rows: object) -> None:
        """Have one of the executor's kernels play rows with the work space of a thread."""
        index, scratch = self._work[thread]
        work = index, scratch, self.measures, self._operations.table
        deck = Deck(self._sampling, self._model, self._regions, self._store, *work)
        kernel(self._task.gradient, self._task.evaluate, *rows, deck)
