"""Deferred vectors: values that protocols compute with before they are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.tape.tape import Tape


class Vector:
    """One set of parameters (or a gradient), named before it is computed.

    A vector is an immutable value: a handle on a slot of the tape's store. Arithmetic returns a new vector at once and
    writes a row on the tape; when the last handle dies the slot is free for a later row.
    """

    __slots__ = ("slot", "tape")

    #: Which part of the parameters it has: 0 is all of them.
    region = 0

    def __init__(self, tape: Tape, slot: int) -> None:
        self.tape = tape
        self.slot = slot

    def __del__(self) -> None:
        self.tape.free.append(self.slot)

    def gradient(self, rank: int, step: int, batch: int) -> Vector:
        """Gradient here, on the mini-batch that worker `rank` meets at `step`."""
        return self.tape.gradient(self, rank, step, batch)

    def taken_at(self, x: Vector) -> Vector:
        """The gradient on the same mini-batch at other parameters; of what is none, this."""
        return self

    def part(self, region: int) -> Vector:
        """A part of this vector, one of those that connections take vectors apart into; nothing is copied."""
        return View(self, region)

    def __rmul__(self, coefficient: float) -> Scaled:
        return Scaled(coefficient, self)

    def __truediv__(self, divisor: float) -> Vector:
        return self if divisor == 1.0 else self.tape.combine((self,), (1.0 / divisor,))

    def __add__(self, other: Vector | Scaled) -> Vector:
        if isinstance(other, Scaled):
            return self.tape.add_scaled(self, other.coefficient, other.vector)
        return self.tape.add_scaled(self, 1.0, other)

    def __sub__(self, other: Vector | Scaled) -> Vector:
        if isinstance(other, Scaled):
            return self.tape.add_scaled(self, -other.coefficient, other.vector)
        return self.tape.add_scaled(self, -1.0, other)


class Gradient(Vector):
    """A gradient that is written on the tape when somebody first needs its numbers.

    Until then it has no slot (-1). The executor computes it right before it is used, while it is still in the cache;
    and several at one point, of which only the mean is needed, become one large mini-batch. A step along it may be
    recorded together with it: then it has been needed, still has no slot, and is computed again for anybody else.
    """

    __slots__ = ("batch", "needed", "rank", "step", "x")

    def __init__(self, tape: Tape, x: Vector, rank: int, step: int, batch: int) -> None:
        self.tape = tape  # as of any vector; there are as many as gradients
        self.slot = -1
        self.x: Vector | None = x
        self.rank = rank
        self.step = step
        self.batch = batch
        self.needed = False

    def __del__(self) -> None:
        if self.slot >= 0:
            self.tape.free.append(self.slot)

    def taken_at(self, x: Vector) -> Vector:
        return self.tape.gradient(x, self.rank, self.step, self.batch)

    def again(self) -> Gradient:
        """This gradient for one reader: where nobody else needs its numbers, its slot is free again after that one."""
        return self if self.x is None else Gradient(self.tape, self.x, self.rank, self.step, self.batch)


class Union(Vector):
    """The gradient over some portions of the training set at one point, added up when somebody needs its numbers.

    A sum is taken in the order of the portions' numbers, whoever computed them and whatever unions it was made of.
    """

    __slots__ = ("portions", "total")

    def __init__(self, tape: Tape, portions: Sequence[Gradient]) -> None:
        super().__init__(tape, -1)
        self.portions = portions
        self.total: Vector | None = None

    def part(self, region: int) -> Vector:
        """The whole: parts are taken when all that is to be added up has come together."""
        return self

    def __del__(self) -> None:
        """The slot belongs to the total."""


class Mixture(Vector):
    """A weighted sum of whole vectors that is written on the tape when somebody first needs its numbers.

    A step from there is one more term of the same sum: the executor then goes through all of them in a single pass.
    """

    __slots__ = ("coefficients", "slots", "vectors")

    def __init__(
        self, tape: Tape, vectors: Sequence[Vector], slots: Sequence[int], coefficients: Sequence[float]
    ) -> None:
        self.tape = tape
        self.slot = -1
        self.vectors = vectors  # keeps their slots from being freed until it is written
        self.slots = slots
        self.coefficients = coefficients

    def __del__(self) -> None:
        if self.slot >= 0:
            super().__del__()


class PartialVector(Vector):
    """A vector of which only one region has a meaning."""

    __slots__ = ("region",)

    def __init__(self, tape: Tape, slot: int, region: int) -> None:
        super().__init__(tape, slot)
        self.region = region


class View(PartialVector):
    """One region of a whole vector, whose slot it shares and keeps from being freed."""

    __slots__ = ("whole",)

    def __init__(self, whole: Vector, region: int) -> None:
        super().__init__(whole.tape, whole.tape.slot_of(whole), region)
        self.whole = whole

    def __del__(self) -> None:
        """The slot belongs to the whole vector."""


class Scaled:
    """A coefficient times a vector, on its way into a sum."""

    __slots__ = ("coefficient", "vector")

    def __init__(self, coefficient: float, vector: Vector) -> None:
        self.coefficient = coefficient
        self.vector = vector

    def __add__(self, other: Vector | Scaled) -> Vector:
        term = other if isinstance(other, Scaled) else Scaled(1.0, other)
        return self.vector.tape.combine((self.vector, term.vector), (self.coefficient, term.coefficient))

    def __sub__(self, other: Vector | Scaled) -> Vector:
        term = other if isinstance(other, Scaled) else Scaled(1.0, other)
        return self.vector.tape.combine((self.vector, term.vector), (self.coefficient, -term.coefficient))


def join(parts: Sequence[Vector]) -> Vector:
    """The whole vector made of one part of each region, in order; of a whole vector, or its views, that vector."""
    first = parts[0]
    if first.region == 0:
        return first
    if isinstance(first, View) and all(isinstance(part, View) and part.whole is first.whole for part in parts):
        return first.whole
    return first.tape.join(parts)


def weighted_sum(coefficients: Sequence[float], vectors: Sequence[Vector]) -> Vector:
    """``sum_k coefficients[k] * vectors[k]``, added in the order given."""
    return vectors[0].tape.combine(vectors, coefficients)


def mixture(coefficients: Sequence[float], vectors: Sequence[Vector]) -> Vector:
    """The same of whole vectors, for somebody who may add one more term to it: see `Mixture`."""
    return vectors[0].tape.mixture(vectors, coefficients)


def mean(vectors: Sequence[Vector]) -> Vector:
    """The mean, added in the order given; of one vector, that vector."""
    if len(vectors) == 1 or all(vector is vectors[0] for vector in vectors):
        return vectors[0]
    return vectors[0].tape.mean(vectors)


def union(gradients: Sequence[Vector]) -> Vector:
    """The gradient over all the portions of some gradients at one point, added in the order of the portions."""
    return gradients[0].tape.union(gradients)
