"""The tape: what is to be computed, written by SimPy's processes and played by a compiled executor beside them."""

from __future__ import annotations

import queue
import struct
import sys
import threading
from array import array
from collections.abc import Sequence
from typing import Any, Self, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kernels import tape as executor
from sim.tape.player import Player
from sim.tape.vector import Gradient, PartialVector, Union, Vector, mean

#: Rows of one window: enough that handing it over costs nothing, few enough that the executor starts early.
WINDOW = 4096
#: Rows of a window of slow gradients, at the least: enough for several threads.
LEAST_WINDOW = 64
#: Parameters times samples of a window's gradients, which some tenths of a second are enough for: a run that is
#: interrupted ends with the window that is being played.
WINDOW_WORK = 2**32
#: Windows that may wait for the executor before the recording side waits for it.
WAITING = 4
#: How soon the executor's thread gets the interpreter when a window ends (s); Python's own 5 ms would idle a core.
SWITCH_INTERVAL = 5e-4

#: Mini-batches of up to so many samples together are computed as one, where each has fewer than `SMALL`. On the digits
#: perceptron a gradient costs 2.5 us for 1 sample, 4.0 for 8, 12.5 for 32, 49 for 128: much is gained below 8 only.
UNION = 256
SMALL = 8

#: Gradients of a union that wait for each other: enough for several threads, and no more slots than these.
TOGETHER = 16

_ROW = struct.Struct("6q")


def window_rows(parameters: int, samples: int) -> int:
    """Rows of a window where a gradient is over so many parameters and samples."""
    return max(LEAST_WINDOW, min(WINDOW, WINDOW_WORK // max(1, parameters * samples)))


def _together(vectors: Sequence[Vector]) -> TypeGuard[Sequence[Gradient]]:
    """Whether these are small gradients at one point that nobody has needed by themselves."""
    first = vectors[0]
    return isinstance(first, Gradient) and all(
        isinstance(vector, Gradient) and vector.slot < 0 and vector.x is first.x and vector.batch == first.batch < SMALL
        for vector in vectors
    )


class Evaluation:
    """Measures of a model, known when the tape has been played that far."""

    def __init__(self, tape: Tape, row: int) -> None:
        self._tape = tape
        self._row = row

    def measures(self) -> NDArray[np.float64]:
        """Every measure, in the columns of `kernels.tape`, ``[MEASURES]``; waits for the executor.

        Training loss and metric, test loss and metric, consensus distance, then alignment and variance of gradients.
        """
        return self._tape.measures(self._row)


class Tape:
    """Records operations on deferred vectors and has them played in order, window by window.

    The result does not depend on when a window is played or how long it is: rows are played as if in the order in which
    they were recorded, and a slot is used again only by a row recorded after its last reader. A tape is a context: at
    its end everything has been played.

    Parameters
    ----------
    player
        Plays the windows.
    initial
        The starting parameters ``[d]``.
    window
        Number of rows handed to the player at a time.
    lazy
        Record a gradient when it is first needed, not when it is asked for; by default with a player of one thread:
        several find more to do at once in gradients that were recorded early. The numbers do not depend on it.
    background
        Play in a thread beside the recording one, at most `WAITING` windows behind it; otherwise when a window is full.
    """

    def __init__(
        self,
        player: Player,
        initial: NDArray[Any],
        *,
        window: int = WINDOW,
        lazy: bool | None = None,
        background: bool = True,
    ) -> None:
        self._player = player
        self.measured = player.measured
        self._initial = initial
        self._lazy = player.threads == 1 if lazy is None else lazy
        self.free = list(range(player.slots - 1, -1, -1))
        self._evaluations = 0
        self._known = 0
        self._window = window
        self._begin_window()
        self._windows: queue.Queue[tuple[executor.Window, int] | None] = queue.Queue(WAITING)
        self._failure: BaseException | None = None
        self._over = False
        self._thread = threading.Thread(target=self._play_windows, name="tape", daemon=True) if background else None

    def __enter__(self) -> Self:
        self._interval = sys.getswitchinterval()
        if self._thread is not None:
            sys.setswitchinterval(SWITCH_INTERVAL)
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        """Play what is left and end the executor's threads; after an exception, only end them."""
        try:
            if kind is None:
                self._drain()
        finally:
            self._over = True
            if self._thread is not None:
                self._windows.put(None)
                self._thread.join()
                sys.setswitchinterval(self._interval)
            self._player.close()

    def initial(self) -> Vector:
        """The starting parameters; to be asked for before anything is recorded."""
        return self.constant(self._initial)

    def constant(self, numbers: ArrayLike) -> Vector:
        """The vector of some numbers, one or ``[d]``; to be asked for before anything is recorded."""
        vector = self._new()
        self._player.value(vector.slot)[:] = numbers
        return vector

    def gradient(self, x: Vector, rank: int, step: int, batch: int) -> Vector:
        """Gradient at `x` on the mini-batch of `batch` samples that worker `rank` meets at `step`."""
        result = Gradient(self, x, rank, step, batch)
        if not self._lazy and not (self._player.unites and batch < SMALL):  # these may become one mini-batch
            self.slot_of(result)
        return result

    def portion(self, x: Vector, number: int, step: int, samples: int) -> Vector:
        """Gradient at `x` over portion `number` of the training set, as large as it is, for the batch `step`.

        It is always recorded late: several workers may compute it, of which only one counts.
        """
        return Gradient(self, x, number, step, samples)

    def union(self, gradients: Sequence[Vector]) -> Vector:
        """The gradient over the union of portions at one point; of unions, that of all their portions."""
        portions: list[Gradient] = []
        for gradient in gradients:
            if isinstance(gradient, Union):
                portions += gradient.portions
            else:
                assert isinstance(gradient, Gradient), "only portions unite"
                portions.append(gradient)
        assert len({portion.rank for portion in portions}) == len(portions), "every portion counts once"
        return Union(self, sorted(portions, key=lambda portion: portion.rank))

    def lbfgs(
        self,
        x: Vector,
        gradient: Vector,
        last: Sequence[Vector],
        pairs: Sequence[tuple[Vector, Vector]],
        *,
        history: int,
        lr: float,
    ) -> tuple[Vector, list[tuple[Vector, Vector]]]:
        """The model after a step of L-BFGS (see `kernels.lbfgs`), and the pairs for the next step.

        Parameters
        ----------
        x, gradient
            Where the step begins.
        last
            The model and gradient of the step before; nothing at the first.
        pairs
            What the step before brought. Pairs may change places in them: they are for the next step only.
        history
            Number of pairs at the most, >= 1.
        lr
            Length of the step (no unit), > 0.
        """
        read = [self.slot_of(vector) for vector in (x, gradient, *last, *(each for pair in pairs for each in pair))]
        result, *new = [self._new() for _ in range(3 if last else 1)]
        source = len(self._slots)
        self._slots.extend(read + [vector.slot for vector in new])
        self._coefficients.extend([lr] + [0.0] * (len(read) + len(new) - 1))
        self._record(executor.LBFGS, result.slot, source, len(read), len(new), history)
        return result, ([*pairs, (new[0], new[1])][-history:] if last else [])

    def step(
        self, rule: int, x: Vector, gradient: Vector, states: Sequence[Vector], coefficients: Sequence[float]
    ) -> tuple[Vector, list[Vector]]:
        """The model and the state after an optimizer's step by a rule of `kernels.steps`, in a single pass.

        Parameters
        ----------
        rule
            Number of the rule.
        x, gradient, states
            What the rule reads; parts of one region, or whole.
        coefficients
            Numbers that the rule asks for.
        """
        region = x.region
        read = [self.slot_of(vector) for vector in (x, gradient, *states)]
        result, *new = [self._new_of(region) for _ in range(1 + len(states))]
        source = len(self._slots)
        slots = [*read, *(vector.slot for vector in new)]
        self._slots.extend(slots + [-1] * (executor.OPERANDS_OF_STEP - len(slots)))
        self._coefficients.extend([*coefficients] + [0.0] * (executor.OPERANDS_OF_STEP - len(coefficients)))
        self._record(executor.STEP, result.slot, source, len(read), region, rule)
        return result, new

    def compress(
        self,
        rule: int,
        gradient: Vector,
        states: Sequence[Vector],
        coefficients: Sequence[float],
        key: int,
        number: int,
    ) -> tuple[Vector, list[Vector]]:
        """What a receiver makes of a gradient that is compressed by a rule of `kernels.compress`, and the new states.

        Parameters
        ----------
        rule
            Number of the rule.
        gradient, states
            What the rule reads; parts of one region, or whole.
        coefficients
            Numbers that the rule asks for.
        key, number
            Name the random choices: the 64 bits of the sender's key, and which of its messages this is.
        """
        region = gradient.region
        read = [self.slot_of(vector) for vector in (gradient, *states)]
        result, *new = [self._new_of(region) for _ in range(1 + len(states))]
        source = len(self._slots)
        slots = [*read, *(vector.slot for vector in new), key, number]
        size = max(len(slots), len(coefficients))
        self._slots.extend(slots + [-1] * (size - len(slots)))
        self._coefficients.extend([*coefficients] + [0.0] * (size - len(coefficients)))
        self._record(executor.COMPRESS, result.slot, source, len(read), region, rule)
        return result, new

    def slot_of(self, vector: Vector) -> int:
        """The slot of a vector; a gradient that has none yet is recorded now."""
        if vector.slot < 0 and isinstance(vector, Gradient) and vector.x is not None:
            vector.slot = self._new_slot()
            self._record(executor.GRADIENT, vector.slot, self.slot_of(vector.x), vector.batch, vector.rank, vector.step)
            vector.x = None
        elif vector.slot < 0 and isinstance(vector, Union):
            vector.total = self._add_up(vector.portions)
            vector.slot = vector.total.slot
        return vector.slot

    def _add_up(self, portions: Sequence[Gradient]) -> Vector:
        """The mean over all samples of some portions, added in the order given."""
        samples = sum(portion.batch for portion in portions)
        total: list[Vector] = []
        for first in range(0, len(portions), TOGETHER):
            some = [portion.again() for portion in portions[first : first + TOGETHER]]
            total = [self.combine([*total, *some], [1.0] * len(total) + [one.batch / samples for one in some])]
        return total[0]

    def mean(self, vectors: Sequence[Vector]) -> Vector:
        """The mean, added in the order given; of small mini-batches at one point, the gradient of their union.

        One large mini-batch costs less than many small ones, and whoever needs one of the gradients by itself can still
        have it.
        """
        if not self._player.unites or not _together(vectors):
            return self.combine(vectors, [1.0 / len(vectors)] * len(vectors))
        size = max(1, UNION // vectors[0].batch)
        unions = [self._union(vectors[first : first + size]) for first in range(0, len(vectors), size)]
        if len(unions) == 1:
            return unions[0]
        counts = [len(vectors[first : first + size]) for first in range(0, len(vectors), size)]
        return self.combine(unions, [count / len(vectors) for count in counts])

    def _union(self, gradients: Sequence[Gradient]) -> Vector:
        """The gradient over the union of the mini-batches of some gradients at one point."""
        point = gradients[0].x
        assert point is not None, "a gradient without a slot knows where it is taken"
        result, source = self._new(), self.slot_of(point)
        first = len(self._slots)
        for gradient in gradients:
            self._slots.extend((gradient.rank, gradient.step))
        self._slots.append(source)
        self._coefficients.extend((1.0,) * (2 * len(gradients) + 1))
        self._record(executor.UNION, result.slot, first, len(gradients), 0, gradients[0].batch)
        return result

    def combine(self, vectors: Sequence[Vector], coefficients: Sequence[float]) -> Vector:
        """``sum_k coefficients[k] * vectors[k]``, added in the order given, in the precision of the store.

        Of parts (see `Vector.part`), all of the same region, it is that part.
        """
        region = vectors[0].region
        result = self._new_of(region)
        self._record_over(executor.COMBINE, result.slot, vectors, coefficients, region)
        return result

    def add_scaled(self, x: Vector, coefficient: float, other: Vector) -> Vector:
        """``x + coefficient * other``: `combine` of two, for the step that every asynchronous update takes."""
        first, second = self.slot_of(x), self.slot_of(other)
        result = self._new_of(x.region)
        slots, coefficients = self._slots, self._coefficients  # only now: each of the above may begin a window
        source = len(slots)
        slots.append(first)
        slots.append(second)
        coefficients.append(1.0)
        coefficients.append(coefficient)
        self._record(executor.COMBINE, result.slot, source, 2, x.region, 0)
        return result

    def join(self, parts: Sequence[Vector]) -> Vector:
        """The vector made of parts, one of each region in order."""
        result = self._new()
        self._record_over(executor.JOIN, result.slot, parts, (1.0,) * len(parts))
        return result

    def evaluate(
        self, x: Vector, replicas: Sequence[Vector] = (), latest: Sequence[tuple[Vector, Vector]] = ()
    ) -> Evaluation:
        """Loss and metric of `x` on the training and test samples; consensus distance of `replicas` (0 for none).

        Of the pairs `latest`, points and gradients taken there, the moments (see `kernels.moments`; nan for none).
        """
        row = self._evaluations
        if row == len(self._player.measures):
            self._drain()
            self._player.grow_measures()
        self._player.measures[row, executor.DISTANCE] = 0.0
        self._record(executor.EVALUATE, row, self.slot_of(x), 0, 0, 0)
        if replicas:
            self._record_over(executor.SPREAD, row, replicas, (1.0,) * len(replicas))
        if latest:
            self._record_moments(row, *zip(*latest, strict=True))
        self._evaluations += 1  # only now: a window that ends between these rows does not make it known
        return Evaluation(self, row)

    def _record_moments(self, row: int, points: Sequence[Vector], gradients: Sequence[Vector]) -> None:
        """The moments of gradients against the full gradient at the mean of their points."""
        centre, full, settings = mean(points), self._new(), self._player.noiseless
        point = self.slot_of(centre)
        source = len(self._slots)
        self._slots.extend([point] * len(settings))
        self._coefficients.extend(settings)
        self._record(executor.FULL_GRADIENT, full.slot, source, 1, len(settings), 0)
        self._record_over(executor.MOMENTS, row, [full, *gradients], (1.0,) * (1 + len(gradients)))

    def measures(self, row: int) -> NDArray[np.float64]:
        """Row `row` of the measures, once played."""
        if row >= self._known:
            self._drain()
        measures: NDArray[np.float64] = self._player.measures[row]
        return measures

    def value(self, x: Vector) -> NDArray[Any]:
        """The numbers of `x`, ``[d]``; waits for the executor."""
        slot = self.slot_of(x)
        self._drain()
        return self._player.value(slot).copy()

    def release(self) -> None:
        """Give the vectors' memory back: their numbers are not asked for any more."""
        self._player.release()

    def _new(self) -> Vector:
        return Vector(self, self._new_slot())

    def _new_of(self, region: int) -> Vector:
        return self._new() if region == 0 else PartialVector(self, self._new_slot(), region)

    def _new_slot(self) -> int:
        if not self.free:
            self._drain()  # rows of the store may move only while nobody plays
            slots = self._player.slots
            self._player.grow()
            self.free.extend(range(self._player.slots - 1, slots - 1, -1))
        return self.free.pop()

    def _record(self, operation: int, target: int, source: int, count: int, rank: int, step: int) -> None:
        _ROW.pack_into(self._rows, self._filled, operation, target, source, count, rank, step)
        self._filled += _ROW.size
        if self._filled == len(self._rows):
            self._flush()

    def _record_over(
        self, operation: int, target: int, vectors: Sequence[Vector], factors: Sequence[float], region: int = 0
    ) -> None:
        slots = [self.slot_of(vector) if vector.slot < 0 else vector.slot for vector in vectors]
        source = len(self._slots)
        self._slots.extend(slots)
        self._coefficients.extend(factors)
        self._record(operation, target, source, len(vectors), region, 0)

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
        """The executor's thread: play until told to end; after a failure only empty the queue, so that nobody waits.

        So it is where the recording side has been interrupted.
        """
        while True:
            item = self._windows.get()
            try:
                if item is None:
                    return
                if self._failure is None and not self._over:
                    self._play(*item)
            except BaseException as failure:
                self._failure = failure
            finally:
                self._windows.task_done()

    def _play(self, window: executor.Window, evaluations: int) -> None:
        """Play a window after which the first `evaluations` measures are known."""
        self._player.play(window)
        self._known = evaluations
