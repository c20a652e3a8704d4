"""The operations that few runs have: each is a kernel of its own, compiled when the first window with such rows comes.

The executor calls them by their addresses (see `kernels.tape.address`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba.core.config import DISABLE_JIT
from numpy.typing import NDArray

from kernels.combine import spread
from kernels.compress import compress
from kernels.difference import difference_product
from kernels.disturb import disturb
from kernels.farthest import farthest, length
from kernels.full_gradient import full_gradient
from kernels.hashing import mix
from kernels.inlined import inlined
from kernels.jit import kernel
from kernels.lanczos import PRODUCTS, largest_eigenvalue
from kernels.lbfgs import lbfgs_step
from kernels.mlp_product import mlp_product
from kernels.moments import moments
from kernels.tape.address import OPERATION
from kernels.tape.deck import Deck
from kernels.tape.measures import ALIGNMENT, DISTANCE, EIGENVALUE, FARTHEST, OWN
from kernels.tape.operations import (
    COMPRESS,
    CURVATURE,
    DISTURB,
    FULL_GRADIENT,
    LBFGS,
    MLP_CURVATURE,
    MOMENTS,
    OWN_LOSSES,
    SPREAD,
)
from kernels.tape.rows import Window, row_of
from kernels.top_k import BUCKETS

_operation = kernel(list(OPERATION.values()), counted=False)


@_operation
def _lbfgs(
    gradient: Callable[..., None], evaluate: Callable[..., None], window: Window, number: int, deck: Deck
) -> None:
    """The model after a step of L-BFGS (see `kernels.lbfgs`, which has the slots and coefficients).

    Numbers: the history.
    """
    row = row_of(window, number)
    lbfgs_step(deck.store, row.numbers[0], row.result, row.slots, row.coefficients)


@_operation
def _compress(
    gradient: Callable[..., None], evaluate: Callable[..., None], window: Window, number: int, deck: Deck
) -> None:
    """What is left of a gradient by a rule of `kernels.compress`, which has the slots and coefficients.

    Numbers: the rule, then the sender's key and the number of its message, which name the random choices.
    """
    row, regions = row_of(window, number), deck.regions
    region = row.region if row.region > 0 else regions.offsets.shape[0] - 2  # without the padding
    first, last = regions.offsets[region], regions.offsets[region + 1]
    low, high = regions.low[first:last], regions.high[first:last]
    rule, states = row.numbers[0], row.slots.shape[0] // 2
    key = mix(np.uint64(row.numbers[1]), np.uint64(row.numbers[2]))
    buckets = deck.batch[-BUCKETS:]
    compress(deck.store, rule, row.result, states, row.slots, row.coefficients, low, high, key, buckets)


@_operation
def _full_gradient(
    gradient: Callable[..., None], evaluate: Callable[..., None], window: Window, number: int, deck: Deck
) -> None:
    """The gradient at the one slot over all measured training samples.

    Coefficients: settings with which the gradient kernel adds no noise of its own.
    """
    row, model, store = row_of(window, number), deck.model, deck.store
    x, out, settings = store[row.slots[0]], store[row.result], row.coefficients[: model.settings.shape[0]]
    inputs, targets, index = model.measured_inputs, model.measured_targets, deck.batch[:-BUCKETS]
    full_gradient(gradient, x, out, inputs, targets, model.layout, settings, index, deck.scratch)


@_operation
def _spread(
    gradient: Callable[..., None], evaluate: Callable[..., None], window: Window, number: int, deck: Deck
) -> None:
    """Measure the consensus distance of the slots behind the first, and find one that has blown up.

    Where they are farther apart than the first is long, large models may add up to a small one, whose loss tells
    nothing of them: then the training loss of the one farthest from it is measured.
    """
    row, model, store = row_of(window, number), deck.model, deck.store
    centre, slots, measures = row.slots[0], row.slots[1:], deck.measures[row.numbers[0]]
    distance = spread(store, slots)
    measures[DISTANCE] = distance
    if not distance <= length(store, centre):  # nor where it is not a number
        x, out = store[farthest(store, centre, slots)], measures[FARTHEST : FARTHEST + 2]
        evaluate(x, model.measured_inputs, model.measured_targets, model.layout, model.settings, deck.scratch, out)


@_operation
def _moments(
    gradient: Callable[..., None], evaluate: Callable[..., None], window: Window, number: int, deck: Deck
) -> None:
    """Measure the moments (see `kernels.moments`) of the slots."""
    row = row_of(window, number)
    moments(deck.store, row.slots, deck.measures[row.numbers[0], ALIGNMENT:FARTHEST])


@_operation
def _own_losses(
    gradient: Callable[..., None], evaluate: Callable[..., None], window: Window, number: int, deck: Deck
) -> None:
    """Measure the mean and the largest training loss of the slots, on fewer samples where there are many."""
    row, model = row_of(window, number), deck.model
    out = deck.measures[row.numbers[0], OWN : OWN + 2]
    mean, worst = 0.0, -math.inf
    for k in range(row.slots.shape[0]):
        x = deck.store[row.slots[k]]
        evaluate(x, model.own_inputs, model.own_targets, model.layout, model.settings, deck.scratch, out)
        loss = out[0]
        mean += loss / row.slots.shape[0]
        if loss > worst or math.isnan(loss):  # one that is not a number stays the worst
            worst = loss
    out[0], out[1] = mean, worst


@_operation
def _disturb(
    gradient: Callable[..., None], evaluate: Callable[..., None], window: Window, number: int, deck: Deck
) -> None:
    """The slot with isotropic Gaussian noise on its parameters, of the standard deviation that the coefficient is.

    Numbers: the key of whose noise it is, and which of it.
    """
    row, high = row_of(window, number), deck.regions.high
    size = high[high.shape[0] - 1]  # without the padding
    key = mix(np.uint64(row.numbers[0]), np.uint64(row.numbers[1]))
    disturb(deck.store[row.slots[0]], deck.store[row.result], size, row.coefficients[0], key)


@inlined
def _measure_curvature(
    product: Callable[..., None], gradient: Callable[..., None], window: Window, number: int, deck: Deck
) -> None:
    """Measure the largest eigenvalue of the Hessian at the first slot, of the loss over all measured training samples.

    The other slots are work space. Numbers behind the first: the key of the direction that is begun with. Coefficients:
    as of a full gradient, and behind them work space.
    """
    row, model, store = row_of(window, number), deck.model, deck.store
    count, high = model.settings.shape[0], deck.regions.high
    settings, work = row.coefficients[:count], row.coefficients[count:]
    deck.measures[row.numbers[0], EIGENVALUE] = largest_eigenvalue(
        product,
        gradient,
        np.uint64(row.numbers[1]),
        high[high.shape[0] - 1],
        store[row.slots[0]],
        store[row.slots[1]],
        store[row.slots[2]],
        store[row.slots[3]],
        store[row.slots[4]],
        store[row.result],
        work[:PRODUCTS],
        work[PRODUCTS : 2 * PRODUCTS],
        model.measured_inputs,
        model.measured_targets,
        model.layout,
        settings,
        deck.batch[:-BUCKETS],
        deck.scratch,
    )


@_operation
def _curvature(
    gradient: Callable[..., None], evaluate: Callable[..., None], window: Window, number: int, deck: Deck
) -> None:
    """`_measure_curvature` by differences of gradients."""
    _measure_curvature(difference_product, gradient, window, number, deck)


@kernel([OPERATION["float32"]], counted=False)
def _mlp_curvature(
    gradient: Callable[..., None], evaluate: Callable[..., None], window: Window, number: int, deck: Deck
) -> None:
    """`_measure_curvature` of a multi-layer perceptron, by exact products."""
    _measure_curvature(mlp_product, gradient, window, number, deck)


#: The kernel of each, by its number.
_SELDOM: dict[int, Any] = {
    LBFGS: _lbfgs,
    COMPRESS: _compress,
    FULL_GRADIENT: _full_gradient,
    SPREAD: _spread,
    MOMENTS: _moments,
    OWN_LOSSES: _own_losses,
    DISTURB: _disturb,
    CURVATURE: _curvature,
    MLP_CURVATURE: _mlp_curvature,
}


class Addresses:
    """Where the seldom operations are that windows have had.

    Parameters
    ----------
    real
        Element type of the parameters.

    Attributes
    ----------
    table
        Their addresses, by number, ``[operations]``; 0 where none has been needed. (Uncompiled: the functions.)
    """

    def __init__(self, real: np.dtype[Any]) -> None:
        self._signature = OPERATION[real.name]
        self.table: NDArray[Any] = np.zeros(max(_SELDOM) + 1, np.object_ if DISABLE_JIT else np.int64)

    def provide(self, window: Window) -> None:
        """Have the operations of a window."""
        for number in np.flatnonzero(np.bincount(window.rows["operation"])).tolist():
            if number in _SELDOM and not self.table[number]:
                operation = _SELDOM[number]
                self.table[number] = operation if DISABLE_JIT else operation.address(self._signature)
