"""The tape's executor: plays recorded rows over a store of parameter vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import boolean, float32, float64, from_dtype, int64, types, uint64, void
from numpy.typing import NDArray

from kernels.atomics import fetch_add, load, yield_core
from kernels.combine import combine, spread
from kernels.compress import compress
from kernels.contract import EVALUATE_FUNCTION, GRADIENT_FUNCTION
from kernels.full_gradient import full_gradient
from kernels.hashing import mix
from kernels.jit import kernel
from kernels.lbfgs import lbfgs_step
from kernels.moments import moments
from kernels.sampling import draw
from kernels.steps import take_step
from kernels.top_k import BUCKETS

#: store[target] = gradient at store[source], worker `rank`, its `step`, `count` samples
GRADIENT = 0
#: store[target] = the linear combination of `count` operands from number `source` on, in region `rank`
COMBINE = 1
#: measures[target, 0:4] = training loss and metric, test loss and metric at store[source]
EVALUATE = 2
#: measures[target, DISTANCE] = consensus distance of `count` operands from number `source` on
SPREAD = 3
#: store[target] = region k + 1 of operand k, for `count` operands from number `source` on
JOIN = 4

#: store[target] = gradient over the union of `count` mini-batches of `step` samples; operands from number `source` on
#: are (worker, its step) for each mini-batch, then the slot of the point
UNION = 5
#: store[target] = an optimizer's step by rule `step` (see `kernels.steps`) in region `rank`; operands from number
#: `source` on are the `count` slots that are read, then the slots of the new states; coefficients are the rule's
STEP = 6

#: store[target] = full gradient, over all measured training samples, at the slot that is operand number `source`; the
#: `rank` coefficients from there on are the settings with which the gradient kernel adds no noise of its own
FULL_GRADIENT = 7
#: measures[target, ALIGNMENT:] = the moments (see `kernels.moments`) of `count` operands from number `source` on
MOMENTS = 8
#: store[target] = a step of L-BFGS with a history of `step` pairs (see `kernels.lbfgs`); operands from number `source`
#: on are the `count` slots that are read, then the `rank` slots of a new pair (0 or 2)
LBFGS = 9
#: store[target] = what is left of a gradient by rule `step` of `kernels.compress`, in region `rank`; operands from
#: number `source` on are the `count` slots that are read (gradient, states), the slots of the new states, then the key
#: and the number of the message; coefficients are the rule's
COMPRESS = 10
#: Operations that write measures, not a slot.
MEASURING = (EVALUATE, SPREAD, MOMENTS)

#: Operands of every step, used or not: slots and coefficients share their numbering.
OPERANDS_OF_STEP = 8

#: How far behind a gradient the next one is looked for (rows).
NEAR = 16

#: One row of the tape.
ROW = np.dtype([(name, np.int64) for name in ("operation", "target", "source", "count", "rank", "step")], align=True)
#: Columns of the measures: loss and metric of the training samples, of the test samples, the consensus distance, then
#: the alignment and the variance of the workers' gradients.
MEASURES = 7
DISTANCE = 4
ALIGNMENT = 5


class Window(NamedTuple):
    """A piece of the tape: its rows, and the operands (slots and coefficients) that they point to."""

    rows: NDArray[Any]
    slots: NDArray[np.int64]
    coefficients: NDArray[np.float64]


class Sampling(NamedTuple):
    """Where mini-batches come from: worker r draws from ``order[start[r]:stop[r]]``."""

    key: np.uint64
    order: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    replacement: bool


class Regions(NamedTuple):
    """Parts of a parameter row: region r is ``low[k]:high[k]`` for k in ``offsets[r]:offsets[r + 1]``.

    Region 0 is the whole row with its padding, the last one the row without it.
    """

    offsets: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]


class Model(NamedTuple):
    """What the kernels of the contract work on, of the store's dtype (layout int64, settings float64).

    Gradients are taken on the `train` samples; evaluations measure the `measured` ones of them, and the `test` samples.
    """

    train_inputs: NDArray[Any]
    train_targets: NDArray[Any]
    measured_inputs: NDArray[Any]
    measured_targets: NDArray[Any]
    test_inputs: NDArray[Any]
    test_targets: NDArray[Any]
    layout: NDArray[np.int64]
    settings: NDArray[np.float64]


class Plan(NamedTuple):
    """What each row of a window must wait for.

    A row waits until as many writes of every slot it reads, and as many writes and reads of the slot it writes, are
    done as came before it on the tape.
    """

    writes_before_source: NDArray[np.int64]
    writes_before_operand: NDArray[np.int64]
    writes_before_target: NDArray[np.int64]
    reads_before_target: NDArray[np.int64]
    reads_before_state: NDArray[np.int64]


class Progress(NamedTuple):
    """What the threads have done of a window: the next row to take ``[1]``, writes and reads done of every slot."""

    taken: NDArray[np.int64]
    written: NDArray[np.int64]
    read: NDArray[np.int64]


def _named(kind: Any, *fields: Any) -> Any:
    heterogeneous: Any = types.NamedTuple
    uniform: Any = types.NamedUniTuple  # what Numba infers where all fields are of one type
    if all(field == fields[0] for field in fields):
        return uniform(fields[0], len(fields), kind)
    return heterogeneous(fields, kind)


_row: Any = from_dtype(ROW)
_WINDOW = _named(Window, _row[::1], int64[::1], float64[::1])
_SAMPLING = _named(Sampling, uint64, int64[::1], int64[::1], int64[::1], boolean)
_PLAN = _named(Plan, *[int64[::1]] * 5)
_PROGRESS = _named(Progress, *[int64[::1]] * 3)
_REGIONS = _named(Regions, *[int64[::1]] * 3)


def _signature(name: str, *threads: Any) -> Any:
    real: Any = {"float32": float32, "float64": float64}[name]
    samples = (real[:, ::1], real[::1])
    model = _named(Model, *samples, *samples, *samples, int64[::1], float64[::1])
    functions = (GRADIENT_FUNCTION[name], EVALUATE_FUNCTION[name])
    return void(*functions, *threads, _SAMPLING, model, _REGIONS, real[:, ::1], int64[::1], real[::1], float64[:, ::1])


@kernel(int64(_WINDOW, int64))
def _point(window: Window, number: int) -> int:
    """The slot at which a row takes its gradient."""
    row = window.rows[number]
    operand = row["source"]
    return int(operand if row["operation"] == GRADIENT else window.slots[operand + 2 * row["count"]])


@kernel(int64(_WINDOW, int64))
def _next_gradient(window: Window, number: int) -> int:
    """The next row that takes a gradient, if there is one near; else the row itself."""
    for i in range(number + 1, min(number + NEAR, window.rows.shape[0])):
        if window.rows[i]["operation"] in (GRADIENT, UNION):
            return i
    return number


@kernel([_signature(name, _WINDOW, int64, int64) for name in ("float32", "float64")])
def play_row(
    gradient: Callable[..., None],
    evaluate: Callable[..., None],
    window: Window,
    number: int,
    following: int,
    sampling: Sampling,
    model: Model,
    regions: Regions,
    store: NDArray[Any],
    index: NDArray[np.int64],
    scratch: NDArray[Any],
    measures: NDArray[np.float64],
) -> None:
    """Play row `number` of a window.

    Parameters
    ----------
    gradient, evaluate
        Kernels of the contract in `kernels.contract`.
    window, number
        The piece of tape, and which of its rows.
    following
        The row that takes this thread's next gradient, or `number`: its parameters are fetched beside the computation.
    sampling, model, regions
        Where mini-batches come from, what is learned, and the parts that parameters are kept in.
    store
        Parameter vectors, one per slot, ``[slots, padded d]``.
    index
        Work space for the sample numbers of the largest mini-batch, and at its end the BUCKETS of `kernels.top_k`.
    scratch
        Work space of the gradient and evaluate kernels, and at its end what `kernels.full_gradient` needs.
    measures
        Results of evaluations, ``[evaluations, MEASURES]``.
    """
    row = window.rows[number]
    target, source, count = row["target"], row["source"], row["count"]
    if row["operation"] == GRADIENT:
        rank, step = row["rank"], row["step"]
        batch = index[:count]
        if sampling.order.shape[0] > 0:
            start, stop = sampling.start[rank], sampling.stop[rank]
            draw(batch, sampling.key, rank, step, sampling.order, start, stop, sampling.replacement)
        noise = mix(mix(sampling.key, np.uint64(rank)), np.uint64(step))
        x, ahead = store[source], store[_point(window, following)]
        inputs, targets, layout, settings = model.train_inputs, model.train_targets, model.layout, model.settings
        gradient(x, store[target], batch, noise, inputs, targets, layout, settings, scratch, ahead)
    elif row["operation"] == COMBINE:
        slots, coefficients = window.slots[source : source + count], window.coefficients[source : source + count]
        for k in range(regions.offsets[row["rank"]], regions.offsets[row["rank"] + 1]):
            combine(store, target, slots, coefficients, regions.low[k], regions.high[k])
    elif row["operation"] == UNION:
        size = row["step"]
        for k in range(count):
            rank, step = window.slots[source + 2 * k], window.slots[source + 2 * k + 1]
            batch = index[k * size : (k + 1) * size]
            start, stop = sampling.start[rank], sampling.stop[rank]
            draw(batch, sampling.key, rank, step, sampling.order, start, stop, sampling.replacement)
        x, ahead, union = store[_point(window, number)], store[_point(window, following)], index[: count * size]
        inputs, targets, layout, settings = model.train_inputs, model.train_targets, model.layout, model.settings
        gradient(x, store[target], union, sampling.key, inputs, targets, layout, settings, scratch, ahead)
    elif row["operation"] == STEP:
        slots = window.slots[source : source + OPERANDS_OF_STEP]
        coefficients = window.coefficients[source : source + OPERANDS_OF_STEP]
        for k in range(regions.offsets[row["rank"]], regions.offsets[row["rank"] + 1]):
            take_step(store, row["step"], target, slots, coefficients, regions.low[k], regions.high[k])
    elif row["operation"] == LBFGS:
        stop = source + count + row["rank"]
        lbfgs_step(store, row["step"], target, window.slots[source:stop], window.coefficients[source:stop])
    elif row["operation"] == COMPRESS:
        region = row["rank"] if row["rank"] > 0 else regions.offsets.shape[0] - 2
        first, last = regions.offsets[region], regions.offsets[region + 1]
        slots, coefficients = window.slots[source:], window.coefficients[source:]
        low, high = regions.low[first:last], regions.high[first:last]
        compress(store, row["step"], target, count - 1, slots, coefficients, low, high, index[-BUCKETS:])
    elif row["operation"] == JOIN:
        for part in range(count):
            for k in range(regions.offsets[part + 1], regions.offsets[part + 2]):
                low, high = regions.low[k], regions.high[k]
                store[target, low:high] = store[window.slots[source + part], low:high]
    elif row["operation"] == EVALUATE:
        x, layout, settings = store[source], model.layout, model.settings
        evaluate(x, model.measured_inputs, model.measured_targets, layout, settings, scratch, measures[target, 0:2])
        evaluate(x, model.test_inputs, model.test_targets, layout, settings, scratch, measures[target, 2:4])
    elif row["operation"] == FULL_GRADIENT:
        settings = window.coefficients[source : source + row["rank"]]
        x, inputs, targets = store[window.slots[source]], model.measured_inputs, model.measured_targets
        full_gradient(gradient, x, store[target], inputs, targets, model.layout, settings, index[:-BUCKETS], scratch)
    elif row["operation"] == MOMENTS:
        moments(store, window.slots[source : source + count], measures[target, ALIGNMENT : ALIGNMENT + 2])
    else:
        measures[target, DISTANCE] = spread(store, window.slots[source : source + count])


@kernel([_signature(name, _WINDOW) for name in ("float32", "float64")])
def play(
    gradient: Callable[..., None],
    evaluate: Callable[..., None],
    window: Window,
    sampling: Sampling,
    model: Model,
    regions: Regions,
    store: NDArray[Any],
    index: NDArray[np.int64],
    scratch: NDArray[Any],
    measures: NDArray[np.float64],
) -> None:
    """Play the rows of a window in order; arguments as in `play_row`."""
    for number in range(window.rows.shape[0]):
        following = _next_gradient(window, number)
        play_row(
            gradient, evaluate, window, number, following, sampling, model, regions, store, index, scratch, measures
        )


@kernel(types.UniTuple(int64, 2)(_WINDOW, int64))
def _slots_read(window: Window, number: int) -> tuple[int, int]:
    """Which operands of a row are slots that it reads: from the first to before the last."""
    row = window.rows[number]
    source, count = row["source"], row["count"]
    if row["operation"] == UNION:
        return source + 2 * count, source + 2 * count + 1
    return source, source + count


@kernel(types.UniTuple(int64, 2)(_WINDOW, int64))
def _states_written(window: Window, number: int) -> tuple[int, int]:
    """Which operands of a row are slots of new state: one for each slot read but the gradient, and a step's model."""
    row = window.rows[number]
    end = row["source"] + row["count"]
    if row["operation"] == LBFGS:
        return end, end + row["rank"]
    if row["operation"] == COMPRESS:
        return end, end + row["count"] - 1
    return end, end + (row["count"] - 2 if row["operation"] == STEP else 0)


@kernel(void(_WINDOW, _PLAN, _PROGRESS))
def plan(window: Window, waits: Plan, progress: Progress) -> None:
    """Count what every row waits for, and set the progress back to nothing.

    Parameters
    ----------
    window
        The piece of tape.
    waits
        Filled; `writes_before_operand` and `reads_before_state` are as long as the window's operands, the others as
        its rows.
    progress
        Set to zero; its columns are as long as the store has slots.
    """
    written, read = progress.written, progress.read
    written[:] = 0
    read[:] = 0
    for i in range(window.rows.shape[0]):
        row = window.rows[i]
        operation, target, source = row["operation"], row["target"], row["source"]
        if operation in (GRADIENT, EVALUATE):
            waits.writes_before_source[i] = written[source]
            read[source] += 1
        else:
            first, last = _slots_read(window, i)
            for k in range(first, last):
                waits.writes_before_operand[k] = written[window.slots[k]]
                read[window.slots[k]] += 1
        if operation not in MEASURING:
            waits.writes_before_target[i] = written[target]
            waits.reads_before_target[i] = read[target]
            written[target] += 1
        first_state, last_state = _states_written(window, i)
        for k in range(first_state, last_state):
            state = window.slots[k]
            waits.writes_before_operand[k] = written[state]
            waits.reads_before_state[k] = read[state]
            written[state] += 1
    written[:] = 0
    read[:] = 0
    progress.taken[0] = 0


@kernel(void(int64[::1], int64, int64))
def _wait_for(counters: NDArray[np.int64], slot: int, count: int) -> None:
    while load(counters, slot) < count:
        yield_core()


@kernel([_signature(name, _WINDOW, _PLAN, _PROGRESS) for name in ("float32", "float64")])
def play_share(
    gradient: Callable[..., None],
    evaluate: Callable[..., None],
    window: Window,
    waits: Plan,
    progress: Progress,
    sampling: Sampling,
    model: Model,
    regions: Regions,
    store: NDArray[Any],
    index: NDArray[np.int64],
    scratch: NDArray[Any],
    measures: NDArray[np.float64],
) -> None:
    """Play rows of a window beside other threads that do the same, until none is left to take.

    Rows are taken in the order of the tape and each waits for what it depends on, so that the bits are those of `play`;
    the earliest row under way waits for nobody, so that there is no deadlock. `index` and `scratch` are the thread's
    own; other arguments as in `play_row` and `plan`.
    """
    rows = window.rows
    while True:
        i = fetch_add(progress.taken, 0, 1)
        if i >= rows.shape[0]:
            return
        row = rows[i]
        operation, target, source = row["operation"], row["target"], row["source"]
        single = operation in (GRADIENT, EVALUATE)
        writes = operation not in MEASURING
        if single:
            _wait_for(progress.written, source, waits.writes_before_source[i])
        else:
            first, last = _slots_read(window, i)
            for k in range(first, last):
                _wait_for(progress.written, window.slots[k], waits.writes_before_operand[k])
        if writes:
            _wait_for(progress.written, target, waits.writes_before_target[i])
            _wait_for(progress.read, target, waits.reads_before_target[i])
        first_state, last_state = _states_written(window, i)
        for k in range(first_state, last_state):
            _wait_for(progress.written, window.slots[k], waits.writes_before_operand[k])
            _wait_for(progress.read, window.slots[k], waits.reads_before_state[k])
        play_row(gradient, evaluate, window, i, i, sampling, model, regions, store, index, scratch, measures)
        if single:
            fetch_add(progress.read, source, 1)
        else:
            for k in range(first, last):
                fetch_add(progress.read, window.slots[k], 1)
        if writes:
            fetch_add(progress.written, target, 1)
        for k in range(first_state, last_state):
            fetch_add(progress.written, window.slots[k], 1)
