"""The operations: what a row does with the slots and numbers that it names.

Each is a number, and a function that says what a row of it holds and does it. Rows say by themselves which slots they
read and write (see `kernels.tape.rows`), so that a new operation is these two and a line of `play_row`. Those that
measure write no slot: their number is the row of the measures.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.combine import combine, spread
from kernels.compress import compress
from kernels.farthest import farthest, length
from kernels.full_gradient import full_gradient
from kernels.hashing import mix
from kernels.inlined import inlined
from kernels.lbfgs import lbfgs_step
from kernels.moments import moments
from kernels.sampling import draw
from kernels.step_along import step_along
from kernels.steps import take_step
from kernels.tape.deck import Deck, Regions, Sampling
from kernels.tape.measures import ALIGNMENT, DISTANCE, FARTHEST, OWN, TEST, TRAINING
from kernels.tape.rows import Row, Window, row_of
from kernels.top_k import BUCKETS

GRADIENT = 0
COMBINE = 1
JOIN = 2
STEP = 3
#: The model after a step of L-BFGS (see `kernels.lbfgs`, which has the slots and coefficients). Numbers: the history.
LBFGS = 4
COMPRESS = 5
FULL_GRADIENT = 6
EVALUATE = 7
#: Measure the consensus distance of all slots but the first, and how well one of them does that is far from the first.
SPREAD = 8
#: Measure the moments (see `kernels.moments`) of the slots.
MOMENTS = 9
#: Measure the mean and the largest training loss of the slots.
OWN_LOSSES = 10


@inlined
def _draw(sampling: Sampling, index: NDArray[np.int64], worker: int, step: int) -> None:
    """The mini-batch that a worker meets at a step; where there is nothing to draw from, only its size counts."""
    if sampling.order.shape[0] == 0:
        index[:] = 0
        return
    start, stop = sampling.start[worker], sampling.stop[worker]
    draw(index, sampling.key, worker, step, sampling.order, start, stop, sampling.replacement)


@inlined
def _gradient(gradient: Callable[..., None], row: Row, following: int, deck: Deck) -> None:
    """The gradient at the first slot, over the union of some mini-batches; where there is a second, a step from there.

    Numbers: the samples of each mini-batch, then of each its worker and that one's step. Coefficients: of a step, what
    the gradient is multiplied by. Parameters in the slot `following` may be fetched meanwhile. Noise of the gradient's
    own is that of the first mini-batch.
    """
    sampling, model, store = deck.sampling, deck.model, deck.store
    samples, batches = row.numbers[0], row.numbers[1:]
    index = deck.batch[: batches.shape[0] // 2 * samples]
    for k in range(batches.shape[0] // 2):
        _draw(sampling, index[k * samples : (k + 1) * samples], batches[2 * k], batches[2 * k + 1])
    noise = mix(mix(sampling.key, np.uint64(batches[0])), np.uint64(batches[1]))
    x, out, ahead = store[row.slots[0]], store[row.result], store[following]
    inputs, targets, layout, settings = model.train_inputs, model.train_targets, model.layout, model.settings
    gradient(x, out, index, noise, inputs, targets, layout, settings, deck.scratch, ahead)
    if row.slots.shape[0] == 2:
        step_along(store[row.slots[1]], row.coefficients[0], out)


@inlined
def _combine(row: Row, regions: Regions, store: NDArray[Any]) -> None:
    """The linear combination of the slots, a coefficient for each."""
    for k in range(regions.offsets[row.region], regions.offsets[row.region + 1]):
        combine(store, row.result, row.slots, row.coefficients, regions.low[k], regions.high[k])


@inlined
def _join(row: Row, regions: Regions, store: NDArray[Any]) -> None:
    """The vector that is made of regions 1, 2, ..., of each slot one."""
    for part in range(row.slots.shape[0]):
        for k in range(regions.offsets[part + 1], regions.offsets[part + 2]):
            low, high = regions.low[k], regions.high[k]
            out, x = store[row.result, low:high], store[row.slots[part], low:high]
            for j in range(out.shape[0]):
                out[j] = x[j]


@inlined
def _step(row: Row, regions: Regions, store: NDArray[Any]) -> None:
    """The model after an optimizer's step by a rule of `kernels.steps`, which has the slots and coefficients.

    Numbers: the rule.
    """
    for k in range(regions.offsets[row.region], regions.offsets[row.region + 1]):
        low, high = regions.low[k], regions.high[k]
        take_step(store, row.numbers[0], row.result, row.slots, row.coefficients, low, high)


@inlined
def _compress(row: Row, regions: Regions, store: NDArray[Any], buckets: NDArray[np.int64]) -> None:
    """What is left of a gradient by a rule of `kernels.compress`, which has the slots and coefficients.

    Numbers: the rule, then the sender's key and the number of its message, which name the random choices.
    """
    region = row.region if row.region > 0 else regions.offsets.shape[0] - 2  # without the padding
    first, last = regions.offsets[region], regions.offsets[region + 1]
    low, high = regions.low[first:last], regions.high[first:last]
    rule, states = row.numbers[0], row.slots.shape[0] // 2
    key = mix(np.uint64(row.numbers[1]), np.uint64(row.numbers[2]))
    compress(store, rule, row.result, states, row.slots, row.coefficients, low, high, key, buckets)


@inlined
def _full_gradient(gradient: Callable[..., None], row: Row, deck: Deck) -> None:
    """The gradient at the one slot over all measured training samples.

    Coefficients: settings with which the gradient kernel adds no noise of its own.
    """
    model, store = deck.model, deck.store
    x, out, settings = store[row.slots[0]], store[row.result], row.coefficients[: model.settings.shape[0]]
    inputs, targets, index = model.measured_inputs, model.measured_targets, deck.batch[:-BUCKETS]
    full_gradient(gradient, x, out, inputs, targets, model.layout, settings, index, deck.scratch)


@inlined
def _evaluate(evaluate: Callable[..., None], row: Row, deck: Deck, measures: NDArray[np.float64]) -> None:
    """Measure loss and metric at the one slot."""
    model = deck.model
    x, layout, settings, scratch = deck.store[row.slots[0]], model.layout, model.settings, deck.scratch
    training, test = measures[TRAINING : TRAINING + 2], measures[TEST : TEST + 2]
    evaluate(x, model.measured_inputs, model.measured_targets, layout, settings, scratch, training)
    evaluate(x, model.test_inputs, model.test_targets, layout, settings, scratch, test)


@inlined
def _spread(evaluate: Callable[..., None], row: Row, deck: Deck, measures: NDArray[np.float64]) -> None:
    """Measure the consensus distance of the slots behind the first, and find one that has blown up.

    Where they are farther apart than the first is long, large models may add up to a small one, whose loss tells
    nothing of them: then the training loss of the one farthest from it is measured.
    """
    model, store, centre, slots = deck.model, deck.store, row.slots[0], row.slots[1:]
    distance = spread(store, slots)
    measures[DISTANCE] = distance
    if not distance <= length(store, centre):  # nor where it is not a number
        x, out = store[farthest(store, centre, slots)], measures[FARTHEST : FARTHEST + 2]
        evaluate(x, model.measured_inputs, model.measured_targets, model.layout, model.settings, deck.scratch, out)


@inlined
def _own_losses(evaluate: Callable[..., None], row: Row, deck: Deck, measures: NDArray[np.float64]) -> None:
    """Measure the mean and the largest training loss of the slots, on fewer samples where there are many."""
    model, out = deck.model, measures[OWN : OWN + 2]
    mean, worst = 0.0, -math.inf
    for k in range(row.slots.shape[0]):
        x = deck.store[row.slots[k]]
        evaluate(x, model.own_inputs, model.own_targets, model.layout, model.settings, deck.scratch, out)
        loss = out[0]
        mean += loss / row.slots.shape[0]
        if loss > worst or math.isnan(loss):  # one that is not a number stays the worst
            worst = loss
    out[0], out[1] = mean, worst


@inlined
def _measure(
    evaluate: Callable[..., None], operation: int, row: Row, deck: Deck, measures: NDArray[np.float64]
) -> None:
    """Play a row that writes no slot."""
    if operation == EVALUATE:
        _evaluate(evaluate, row, deck, measures)
    elif operation == SPREAD:
        _spread(evaluate, row, deck, measures)
    elif operation == MOMENTS:
        moments(deck.store, row.slots, measures[ALIGNMENT:FARTHEST])
    else:
        _own_losses(evaluate, row, deck, measures)


@inlined
def play_row(
    gradient: Callable[..., None],
    evaluate: Callable[..., None],
    window: Window,
    number: int,
    following: int,
    deck: Deck,
) -> None:
    """Play row `number` of a window.

    Parameters
    ----------
    gradient, evaluate
        Kernels of the contract in `kernels.contract`.
    window, number
        The piece of tape, and which of its rows.
    following
        The slot at which this thread's next gradient is taken: its parameters are fetched beside a gradient.
    deck
        What it is played on.
    """
    operation, row = window.rows[number]["operation"], row_of(window, number)
    if operation == GRADIENT:
        _gradient(gradient, row, following, deck)
    elif operation == COMBINE:
        _combine(row, deck.regions, deck.store)
    elif operation == JOIN:
        _join(row, deck.regions, deck.store)
    elif operation == STEP:
        _step(row, deck.regions, deck.store)
    elif operation == LBFGS:
        lbfgs_step(deck.store, row.numbers[0], row.result, row.slots, row.coefficients)
    elif operation == COMPRESS:
        _compress(row, deck.regions, deck.store, deck.batch[-BUCKETS:])
    elif operation == FULL_GRADIENT:
        _full_gradient(gradient, row, deck)
    else:
        _measure(evaluate, operation, row, deck, deck.measures[row.numbers[0]])
