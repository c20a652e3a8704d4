"""The tape of a run that learns: rows, which a compiled executor plays beside SimPy's processes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kernels.tape import operations
from kernels.tape.rows import Window
from sim.tape.evaluation import Evaluation
from sim.tape.playback import Playback
from sim.tape.player import Player
from sim.tape.reel import Reel, Winder
from sim.tape.steps import StepLog
from sim.tape.tape import Tape
from sim.tape.unions import pieces, portions_of, unite
from sim.tape.vector import Gradient, Mixture, PartialVector, Union, Vector, mean
from sim.tape.writer import Writer

#: Rows of one window: enough that handing it over costs nothing, few enough that playing starts early.
WINDOW = 1024
#: Rows of a window of slow gradients, at the least: enough for several threads.
LEAST_WINDOW = 64
#: Parameters times samples of a window's gradients, which some tenths of a second are enough for: a run that is
#: interrupted ends with the window that is being played.
WINDOW_WORK = 2**32

#: A free slot rests while so many others are used, for every thread beside the first: whoever writes it next need not
#: wait for its last reader.
RESTING = 4

#: Gradients of a union that wait for each other: enough for several threads, and no more slots than these.
TOGETHER = 16


def window_rows(parameters: int, samples: int) -> int:
    """Rows of a window where a gradient is over so many parameters and samples."""
    return max(LEAST_WINDOW, min(WINDOW, WINDOW_WORK // max(1, parameters * samples)))


class RecordingTape(Tape):
    """Records operations on deferred vectors and has them played in order, window by window.

    The result does not depend on when a window is played or how long it is: rows are played as if in the order in which
    they were recorded, and a slot is used again only by a row recorded after its last reader.

    Parameters
    ----------
    player
        Plays the windows.
    initial
        The starting parameters ``[d]``.
    window
        Number of rows handed to the player at a time.
    keep
        Keep what is recorded (see `reel`), unless it becomes too much.
    """

    def __init__(
        self,
        player: Player,
        initial: NDArray[Any],
        *,
        window: int = WINDOW,
        keep: bool = False,
    ) -> None:
        self.free = list(range(player.slots - 1, -1, -1))
        self.measured = player.measured
        self.vector_bytes = player.vector_bytes
        self.loss_scale = player.loss_scale
        self._player = player
        self._initial = initial
        # Whether a gradient and the step along it become one row. Several threads compute gradients side by side, but
        # every step begins where the one before it ends.
        self._steps_at_once = player.threads == 1
        self._evaluations = 0
        self._resting = RESTING * (player.threads - 1) + 1
        self._playback = Playback(player)
        self._writer = Writer(window, self._hand_over)
        self._write = self._writer.write
        self._winder: Winder | None = None
        if keep:
            self.log = StepLog(self.slot_of, self._writer.rows, self._abandon)
            self._winder = Winder(self.log, window)

    def __enter__(self) -> Self:
        self._playback.begin()
        return self

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        try:
            if kind is None:
                self._drain()
        finally:
            self._playback.end()

    def initial(self) -> Vector:
        return self._constant(self._initial, None)

    def constant(self, numbers: ArrayLike) -> Vector:
        return self._constant(numbers, np.asarray(numbers))

    def _constant(self, numbers: ArrayLike, kept: NDArray[Any] | None) -> Vector:
        vector = self._new()
        self._player.value(vector.slot)[:] = numbers
        if self._winder is not None:
            self._winder.add_constant(vector.slot, kept)
        return vector

    def gradient(self, x: Vector, rank: int, step: int, batch: int) -> Vector:
        if x.slot < 0:
            self.slot_of(x)  # what a mixture is made of is free again before the gradient is needed
        return Gradient(self, x, rank, step, batch)

    def portion(self, x: Vector, number: int, step: int, samples: int) -> Vector:
        return Gradient(self, x, number, step, samples)  # several workers may compute it, of which only one counts

    def union(self, gradients: Sequence[Vector]) -> Vector:
        return Union(self, portions_of(gradients))

    def mean(self, vectors: Sequence[Vector]) -> Vector:
        """The mean, added in the order given; of small mini-batches at one point, the gradient of their union.

        One large mini-batch costs less than many small ones, and whoever needs one of the gradients by itself can still
        have it.
        """
        if not self._player.unites or not unite(vectors):
            return self.combine(vectors, [1.0 / len(vectors)] * len(vectors))
        together = list(pieces(vectors))
        unions = [self._union(piece) for piece in together]
        if len(unions) == 1:
            return unions[0]
        return self.combine(unions, [len(piece) / len(vectors) for piece in together])

    def combine(self, vectors: Sequence[Vector], coefficients: Sequence[float]) -> Vector:
        region = vectors[0].region
        result = self._new(region)
        self._write(operations.COMBINE, self._slots_of(vectors), (result.slot,), (), coefficients, region)
        return result

    def mixture(self, vectors: Sequence[Vector], coefficients: Sequence[float]) -> Vector:
        return Mixture(self, vectors, self._slots_of(vectors), coefficients)

    def add_scaled(self, x: Vector, coefficient: float, other: Vector) -> Vector:
        if x.slot < 0 and isinstance(x, Mixture):
            reads = (*x.slots, self.slot_of(other))
            result = self._new()
            self._write(operations.COMBINE, reads, (result.slot,), (), (*x.coefficients, coefficient))
            return result
        if self._steps_at_once and x.region == 0 and isinstance(other, Gradient) and not other.needed:
            return self._step_along(other, x, coefficient)
        reads = self.slot_of(x), self.slot_of(other)
        result = self._new(x.region)
        self._write(operations.COMBINE, reads, (result.slot,), (), (1.0, coefficient), x.region)
        return result

    def join(self, parts: Sequence[Vector]) -> Vector:
        result = self._new()
        self._write(operations.JOIN, self._slots_of(parts), (result.slot,))
        return result

    def step(
        self, rule: int, x: Vector, gradient: Vector, states: Sequence[Vector], coefficients: Sequence[float]
    ) -> tuple[Vector, list[Vector]]:
        reads, region = self._slots_of((x, gradient, *states)), x.region
        result, *new = [self._new(region) for _ in range(1 + len(states))]
        writes = [*(state.slot for state in new), result.slot]
        self._write(operations.STEP, reads, writes, (rule,), coefficients, region)
        return result, new

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
        self._abandon()  # the learning rate is in the row
        reads = self._slots_of((x, gradient, *last, *(each for pair in pairs for each in pair)))
        result, *new = [self._new() for _ in range(3 if last else 1)]
        writes = [*(vector.slot for vector in new), result.slot]
        work = [0.0] * (len(reads) + len(new) - 1)
        self._write(operations.LBFGS, reads, writes, (history,), [lr, *work])
        return result, ([*pairs, (new[0], new[1])][-history:] if last else [])

    def compress(
        self,
        rule: int,
        gradient: Vector,
        states: Sequence[Vector],
        coefficients: Sequence[float],
        key: int,
        number: int,
    ) -> tuple[Vector, list[Vector]]:
        reads, region = self._slots_of((gradient, *states)), gradient.region
        result, *new = [self._new(region) for _ in range(1 + len(states))]
        writes = [*(state.slot for state in new), result.slot]
        self._write(operations.COMPRESS, reads, writes, (rule, key, number), coefficients, region)
        return result, new

    def slot_of(self, vector: Vector) -> int:
        slot = vector.slot
        if slot >= 0:
            return slot
        if isinstance(vector, Gradient) and vector.x is not None:
            if vector.needed:  # and not kept then: no other gradient is to be computed twice
                self._steps_at_once = False
            vector.needed = True
            vector.slot = slot = self._new_slot()
            reads, numbers = (self.slot_of(vector.x),), (vector.batch, vector.rank, vector.step)
            self._write(operations.GRADIENT, reads, (slot,), numbers)
            vector.x = None
        elif isinstance(vector, Mixture):
            vector.slot = slot = self._new_slot()
            self._write(operations.COMBINE, vector.slots, (slot,), (), vector.coefficients)
            vector.vectors = ()
        elif isinstance(vector, Union):
            vector.total = self._add_up(vector.portions)
            vector.slot = slot = vector.total.slot
        return slot

    def evaluate(
        self,
        x: Vector,
        replicas: Sequence[Vector] = (),
        latest: Sequence[tuple[Vector, Vector]] = (),
        centre: Vector | None = None,
    ) -> Evaluation:
        row = self._evaluations
        if row == len(self._player.measures):
            self._drain()
        self._player.begin_measures(row, row + 1)
        self._write(operations.EVALUATE, (self.slot_of(x),), (), (row,))
        if replicas:
            self._write(operations.SPREAD, self._slots_of((x if centre is None else centre, *replicas)), (), (row,))
        if latest:
            self._write_moments(row, *zip(*latest, strict=True))
        self._evaluations += 1  # only now: a window that ends between these rows does not make it known
        self._writer.flush()  # who waits for it does not wait for what is recorded behind it
        return Evaluation(self, row)

    def evaluate_own(self, evaluation: Evaluation, models: Sequence[Vector]) -> None:
        self._write(operations.OWN_LOSSES, self._slots_of(models), (), (evaluation.row,))

    def measures(self, row: int) -> NDArray[np.float64]:
        self._abandon()  # what happens next may depend on them
        return self.watched(row)

    def watched(self, row: int) -> NDArray[np.float64]:
        self._playback.wait_for(row + 1)
        measures: NDArray[np.float64] = self._player.measures[row]
        return measures

    def value(self, x: Vector) -> NDArray[Any]:
        self._abandon()  # as above
        slot = self.slot_of(x)
        self._drain()
        return self._player.value(slot).copy()

    def release(self) -> None:
        self._player.release()

    def reel(self) -> Reel | None:
        """What has been recorded from beginning to end, for other runs on the same clock; it is kept no longer here.

        None where that was not asked for, was too much, or is of this run alone: numbers have been asked for on the
        way, or a learning rate stands in it that is not that of an optimizer's step.
        """
        reel = self._winder.reel(self._player.slots) if self._winder is not None else None
        self._abandon()
        return reel

    def _abandon(self) -> None:
        """Keep nothing."""
        self.log = self._winder = None

    def _step_along(self, gradient: Gradient, x: Vector, coefficient: float) -> Vector:
        """``x + coefficient * gradient`` in one row, of a gradient that nobody else is expected to need."""
        assert gradient.x is not None, "a gradient without a slot knows where it is taken"
        reads, numbers = (self.slot_of(gradient.x), self.slot_of(x)), (gradient.batch, gradient.rank, gradient.step)
        result = self._new()
        self._write(operations.GRADIENT, reads, (result.slot,), numbers, (coefficient,))
        gradient.needed = True
        return result

    def _union(self, gradients: Sequence[Gradient]) -> Vector:
        """The gradient over the union of the mini-batches of some gradients at one point."""
        point = gradients[0].x
        assert point is not None, "a gradient without a slot knows where it is taken"
        result, reads = self._new(), (self.slot_of(point),)
        batches = [number for gradient in gradients for number in (gradient.rank, gradient.step)]
        self._write(operations.GRADIENT, reads, (result.slot,), [gradients[0].batch, *batches])
        return result

    def _add_up(self, portions: Sequence[Gradient]) -> Vector:
        """The mean over all samples of some portions, added in the order given."""
        samples = sum(portion.batch for portion in portions)
        total: list[Vector] = []
        for first in range(0, len(portions), TOGETHER):
            some = [portion.again() for portion in portions[first : first + TOGETHER]]
            total = [self.combine([*total, *some], [1.0] * len(total) + [one.batch / samples for one in some])]
        return total[0]

    def _write_moments(self, row: int, points: Sequence[Vector], gradients: Sequence[Vector]) -> None:
        """The moments of gradients against the full gradient at the mean of their points."""
        centre, full = mean(points), self._new()
        reads = (self.slot_of(centre),)
        self._write(operations.FULL_GRADIENT, reads, (full.slot,), (), self._player.noiseless.tolist())
        self._write(operations.MOMENTS, self._slots_of([full, *gradients]), (), (row,))

    def _new(self, region: int = 0) -> Vector:
        slot = self._new_slot()
        return Vector(self, slot) if region == 0 else PartialVector(self, slot, region)

    def _new_slot(self) -> int:
        if len(self.free) < self._resting:
            self._drain()  # rows of the store may move only while nobody plays
            slots = self._player.slots
            self._player.grow()
            self.free[:0] = range(self._player.slots - 1, slots - 1, -1)
            return self._new_slot()
        return self.free.pop(-self._resting)

    def _slots_of(self, vectors: Sequence[Vector]) -> list[int]:
        return [vector.slot if vector.slot >= 0 else self.slot_of(vector) for vector in vectors]

    def _hand_over(self, window: Window) -> None:
        self._playback.check()
        if self._winder is not None:
            self._winder.add(window, self._evaluations)
            if self._winder.full:
                self._abandon()
        self._playback.play(window, self._evaluations)

    def _drain(self) -> None:
        """Hand over the rows recorded so far, and wait until everything has been played."""
        self._writer.flush()
        self._playback.wait()
