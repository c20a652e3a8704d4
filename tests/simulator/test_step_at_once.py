"""A gradient and the step along it in one row: the numbers are those of two."""

import numpy as np
import pytest

from kernels.tape.operations import COMBINE, GRADIENT
from sim.partitions.sharded import Sharded
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.quadratic import Quadratic
from sim.streams import key, stream
from sim.tape.player import Player
from sim.tape.recording import RecordingTape
from sim.tape.unions import UNION
from sim.tape.vector import mean

WORKERS = 3


def tape_of(task, *, threads=1, union=0, regions=()):
    local_data = None
    if len(task.train.targets) > 0:
        local_data = Sharded().deal(task.train.targets, WORKERS, stream(0, "partition"))
    player = Player(
        task,
        local_data,
        key(0, "batch"),
        replacement=False,
        batch=16,
        slots=32,
        threads=threads,
        union=union,
        regions=regions,
    )
    return RecordingTape(player, task.initial)


def digits_tape(**fields):
    return tape_of(DigitsMLP(hidden=[17]).task(stream(0, "initial")), **fields)


def operations(tape):
    """What the rows do that have been recorded and not handed over."""
    rows = []
    tape._writer._hand_over = lambda window: rows.extend(window.rows["operation"].tolist())
    tape._writer.flush()
    return rows


def learn(keep_first, **fields):
    """Steps along gradients, whose numbers are needed first (and so stay), or only behind them, or never."""
    with digits_tape(**fields) as tape:
        x, last = tape.initial(), None
        models = [x] * WORKERS
        for step in range(20):
            for rank in range(WORKERS):
                g = models[rank].gradient(rank, step, 16)
                if keep_first:
                    tape.slot_of(g)
                x = models[rank] = x - 0.1 * g
                if step == 9 and last is not None:
                    x = x + 0.05 * last
                last = g
        return np.array([tape.value(model) for model in models])


@pytest.mark.parametrize("threads", [1, 2])
def test_one_row_has_the_bits_of_two(threads):
    two_rows = learn(True)
    np.testing.assert_array_equal(learn(False, threads=threads), two_rows)


@pytest.mark.parametrize("problem", [Quadratic(dim=3, noise=0.5), DigitsMLP(hidden=[17])])
def test_a_step_along_a_gradient_that_nobody_else_needs_is_one_row(problem):
    tape = tape_of(problem.task(stream(0, "initial")))
    x = tape.initial()
    for step in range(3):
        x = x - 0.1 * x.gradient(0, step, 16)
    assert operations(tape) == [GRADIENT] * 3


def test_where_gradients_are_needed_beside_their_steps_only_the_first_is_computed_twice():
    tape = digits_tape()
    x = tape.initial()
    first = x.gradient(0, 0, 16)
    x = x - 0.1 * first
    second = x.gradient(0, 1, 16)
    x = x + 0.1 * second - 0.1 * first
    x = x + 0.1 * x.gradient(0, 2, 16)
    assert operations(tape) == [GRADIENT, GRADIENT, GRADIENT, COMBINE, GRADIENT, COMBINE]


def test_several_threads_compute_gradients_side_by_side():
    tape = digits_tape(threads=2)
    x = tape.initial()
    gradients = [x.gradient(rank, 0, 16) for rank in range(WORKERS)]
    for gradient in gradients:
        x = x - 0.1 * gradient
    rows = operations(tape)
    assert (rows.count(GRADIENT), rows.count(COMBINE)) == (WORKERS, WORKERS)


def test_a_step_of_a_part_is_a_row_of_its_own():
    tape = digits_tape(regions=[[(0, 500)], [(500, 1200)]])
    x = tape.initial()
    part = x.part(1) - 0.1 * x.gradient(0, 0, 16).part(1)
    assert operations(tape) == [GRADIENT, COMBINE]
    assert part.region == 1


@pytest.mark.parametrize("threads", [1, 2])
def test_gradients_that_steps_were_taken_along_are_not_united(threads):
    with digits_tape(union=UNION, threads=threads) as tape:
        x = tape.initial()
        gradients = [x.gradient(rank, 0, 4) for rank in range(WORKERS)]
        after = x - 0.1 * gradients[0]
        together = tape.value(mean(gradients))
        share = np.float32(1 / WORKERS)
        expected = share * tape.value(gradients[0])
        for gradient in gradients[1:]:
            expected += share * tape.value(gradient)
        np.testing.assert_array_equal(together, expected)
        np.testing.assert_array_equal(tape.value(after), tape.value(x) - np.float32(0.1) * tape.value(gradients[0]))
