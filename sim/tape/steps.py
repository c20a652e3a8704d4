"""The steps of optimizers on a tape, told apart from its other rows."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sim.tape.vector import Vector


class Form(NamedTuple):
    """What the steps of an optimizer look like on a tape: all that can be said of them before they are taken.

    Attributes
    ----------
    rule
        Number of a rule of `kernels.steps`; None: x - lr g and nothing else.
    states
        How many vectors of state the rule has, which begin at zero.
    coefficients
        The rule's but the first, which is the learning rate: for step t = 1, 2, ...
    """

    rule: int | None = None
    states: int = 0
    coefficients: Callable[[int], Sequence[float]] = lambda step: ()


class Stepping(Protocol):
    """Whoever takes steps: see `sim.optimizers.stepper`."""

    form: Form | None

    def advance(self, x: Vector, gradient: Vector, lr: float) -> Vector:
        """Take a step."""

    def leg_in(self, log: StepLog) -> int:
        """The number of the present leg."""


class Steps(NamedTuple):
    """Every step of a run, in columns of as many as there are, in the order in which they were taken.

    The steps of one optimizer's state are in **legs**: whoever splits off goes on in another leg than the one that it
    was split off from, and both begin with the state at the end of that one.

    Attributes
    ----------
    begin, end
        Numbers of the rows of the tape that take the step: from the first to before the last.
    x, gradient, result
        Slots: where the step begins, along what, and the model after it.
    region
        Number of the part of the parameters that it is about; 0 for all.
    leg, place
        Which leg it is in, and which of its steps it is there, from 1 on.
    updates, gradients
        How many steps this state has been through before, and how many gradients these were made of.
    modulation
        Factor of the learning rate.
    origins
        Of every leg the one that it was split off from; -1: of none. Each comes behind its own origin.
    lengths
        Of every leg the number of its steps.
    """

    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    x: NDArray[np.int64]
    gradient: NDArray[np.int64]
    result: NDArray[np.int64]
    region: NDArray[np.int64]
    leg: NDArray[np.int64]
    place: NDArray[np.int64]
    updates: NDArray[np.int64]
    gradients: NDArray[np.int64]
    modulation: NDArray[np.float64]
    origins: NDArray[np.int64]
    lengths: NDArray[np.int64]


class StepLog:
    """Takes down which rows of a tape are steps of an optimizer.

    Parameters
    ----------
    slot_of
        Gives the slot of a vector.
    rows
        Tells how many rows have been written.
    abandon
        Called where a step is one that is known only when it is taken: what is taken down is of no use then.
    """

    def __init__(self, slot_of: Callable[[Vector], int], rows: Callable[[], int], abandon: Callable[[], None]) -> None:
        self._slot_of = slot_of
        self._rows = rows
        self._abandon = abandon
        self._numbers = array("q")
        self._modulations = array("d")
        self._origins: list[int] = []

    @property
    def nbytes(self) -> int:
        """Memory that it takes (B)."""
        return 8 * (len(self._numbers) + len(self._modulations))

    def begin_leg(self, origin: int) -> int:
        """The number of a new leg, that begins with the state at the end of another; -1: with none."""
        self._origins.append(origin)
        return len(self._origins) - 1

    def step(self, stepper: Stepping, x: Vector, gradient: Vector, gradients: int, rate: tuple[float, float]) -> Vector:
        """The model after a step that is taken down.

        Parameters
        ----------
        stepper, x, gradient, gradients
            Whose step it is, from where, along what, and made of how many gradients.
        rate
            The learning rate and its modulation (no unit).
        """
        slots = self._slot_of(x), self._slot_of(gradient)  # a gradient that becomes a row now is no part of the step
        begin = self._rows()
        result = stepper.advance(x, gradient, rate[0] * rate[1])
        if stepper.form is None:
            self._abandon()
        leg, slot = stepper.leg_in(self), self._slot_of(result)
        self._numbers.extend((begin, self._rows(), *slots, slot, x.region, leg, gradients))
        self._modulations.append(rate[1])
        return result

    def steps(self) -> Steps:
        """What has been taken down."""
        columns = np.array(self._numbers, np.int64).reshape(-1, 8).T
        begin, end, x, gradient, result, region, leg, count = (np.ascontiguousarray(column) for column in columns)
        origins = np.array(self._origins, np.int64)
        lengths = np.bincount(leg, minlength=len(origins))
        order = np.argsort(leg, kind="stable")
        sums = np.concatenate([[0], np.cumsum(count[order])])
        firsts = np.cumsum(lengths) - lengths
        totals = sums[firsts + lengths] - sums[firsts]
        updates_before, gradients_before = _before(origins, lengths), _before(origins, totals)
        place, gradients = np.empty_like(leg), np.empty_like(leg)
        place[order] = np.arange(len(leg)) - np.repeat(firsts, lengths) + 1
        gradients[order] = sums[:-1] - np.repeat(sums[firsts], lengths)
        return Steps(
            *(begin, end, x, gradient, result, region, leg, place),
            updates_before[leg] + place - 1,
            gradients_before[leg] + gradients,
            np.array(self._modulations),
            origins,
            lengths,
        )


def _before(origins: NDArray[np.int64], own: NDArray[np.int64]) -> NDArray[np.int64]:
    """What all origins of every leg add up to."""
    before = np.zeros_like(own)
    for leg, origin in enumerate(origins.tolist()):
        if origin >= 0:
            before[leg] = before[origin] + own[origin]
    return before
