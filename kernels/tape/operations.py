"""The operations: what a row does with the slots and numbers that it names.

Each is a number, and a function that says what a row of it holds and does it. Rows say by themselves which slots they
read and write (see `kernels.tape.rows`), so that a new operation is these two and a line of `play_row`, or of the table
in `kernels.tape.seldom` where few runs have it. Those that measure write no slot: their number is the row of the
measures.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.combine import combine
from kernels.hashing import mix
from kernels.inlined import inlined
from kernels.sampling import draw
from kernels.step_along import step_along
from kernels.steps import take_step
from kernels.tape.address import call
from kernels.tape.deck import Deck, Regions, Sampling
from kernels.tape.measures import TEST, TRAINING
from kernels.tape.rows import Row, Window, row_of

GRADIENT = 0
COMBINE = 1
JOIN = 2
STEP = 3
LBFGS = 4
COMPRESS = 5
FULL_GRADIENT = 6
EVALUATE = 7
SPREAD = 8
MOMENTS = 9
OWN_LOSSES = 10
CURVATURE = 11
MLP_CURVATURE = 12
DISTURB = 13
#: Slots that curvatures work in.
CURVATURE_WORK = 5


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
def _evaluate(evaluate: Callable[..., None], row: Row, deck: Deck, measures: NDArray[np.float64]) -> None:
    """Measure loss and metric at the one slot."""
    model = deck.model
    x, layout, settings, scratch = deck.store[row.slots[0]], model.layout, model.settings, deck.scratch
    training, test = measures[TRAINING : TRAINING + 2], measures[TEST : TEST + 2]
    evaluate(x, model.measured_inputs, model.measured_targets, layout, settings, scratch, training)
    evaluate(x, model.test_inputs, model.test_targets, layout, settings, scratch, test)


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
    elif operation == EVALUATE:
        _evaluate(evaluate, row, deck, deck.measures[row.numbers[0]])
    else:
        call(deck.operations[operation], gradient, evaluate, window, number, deck)
