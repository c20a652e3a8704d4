"""Portions of the training set: how it is cut, who gets what, and the gradient that they add up to."""

import numpy as np
import pytest
from experiments import experiment, option

from sim.connections.batches.lbfgs import LBFGS
from sim.connections.batches.portions import Backlog, portion_sizes
from sim.lr_schedules.learning_rate import LearningRate
from sim.partitions import LocalData
from sim.streams import key, stream
from sim.tape.player import Player
from sim.tape.recording import RecordingTape
from sim.tape.vector import join, union


def sizes(portions=None, **words):
    asked = experiment(f"sandblaster portions={portions}", **{"problem": "none samples=100"} | words)
    return portion_sizes(asked, asked.protocol.portions)


def test_portions_differ_by_one_sample_at_most():
    assert sizes(7) == [14, 14, 14, 15, 14, 14, 15]


def test_no_portion_is_larger_than_a_mini_batch_unless_asked_for():
    assert sizes(workers=1, batch=30) == [25] * 4
    assert max(sizes(workers=1, batch=9)) == 9
    assert sizes(1, batch=9) == [100]


def test_every_worker_has_four_portions_at_least_while_there_are_samples():
    assert len(sizes(workers=10, batch=50)) == 40
    assert sizes(workers=64, batch=50) == [1] * 100


def test_without_a_training_set_a_portion_is_a_mini_batch():
    assert sizes(problem="quadratic", workers=3, batch=5) == [5] * 12
    assert sizes(2, problem="quadratic", batch=5) == [5] * 2


def test_free_workers_get_portions_in_order_then_the_least_copied_then_the_oldest():
    backlog = Backlog(3)
    assert [backlog.take(rank) for rank in range(3)] == [0, 1, 2]
    assert [backlog.take(rank) for rank in (3, 4)] == [0, 1]
    assert backlog.finish(1) == [1, 4]
    assert [backlog.take(rank) for rank in (1, 4)] == [2, 0]
    assert backlog.finish(0) == [0, 3, 4]
    assert not backlog.over
    assert backlog.finish(2) == [2, 1]
    assert backlog.over


def test_nothing_is_over_while_a_portion_has_not_been_handed_out():
    backlog = Backlog(2)
    backlog.finish(backlog.take(0))
    assert not backlog.over


def tape_of(problem, portions, *, slots=8, threads=1, **fields):
    """A tape whose mini-batches are portions of the training set of 1440 digits."""
    task = option("problem", problem).task(stream(0, "initial"))
    ends = np.cumsum(portions)
    shards = LocalData(np.arange(ends[-1]), ends - portions, ends)
    player = Player(task, shards, key(0, "batch"), replacement=False, batch=max(portions), slots=slots, threads=threads)
    return RecordingTape(player, task.initial, **fields)


PORTIONS = [30, 50, 1, 359, *[40] * 25]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("slots", [3, 64])
def test_the_union_of_all_portions_is_the_gradient_of_the_training_set(threads, slots):
    with tape_of("digits_mlp hidden=[17]", [1440]) as tape:
        whole = tape.value(tape.portion(tape.initial(), 0, 0, 1440))
    with tape_of("digits_mlp hidden=[17]", PORTIONS, threads=threads, slots=slots) as tape:
        x = tape.initial()
        together = tape.value(union([tape.portion(x, k, 5, size) for k, size in enumerate(PORTIONS)]))
    # Two orders of adding 1440 float32 numbers of mixed sign: some 1e-7 of the largest.
    np.testing.assert_allclose(together, whole, rtol=0, atol=2e-6 * abs(whole).max())


def test_a_union_has_the_same_bits_in_whatever_order_and_groups_it_was_made():
    with tape_of("digits_mlp hidden=[17]", PORTIONS) as tape:
        x = tape.initial()
        portions = [tape.portion(x, k, 0, size) for k, size in enumerate(PORTIONS)]
        in_order = tape.value(union(portions))
        groups = [union(portions[::-2]), union(portions[-2::-2])]
        tape.value(groups[0])
        tape.value(portions[3])
        np.testing.assert_array_equal(tape.value(union(groups)), in_order)


def test_a_union_needs_no_more_slots_than_are_added_together():
    with tape_of("digits_mlp hidden=[]", [1] * 1440) as tape:
        x = tape.initial()
        total = union([tape.portion(x, k, 0, 1) for k in range(1440)])
        tape.value(total)
        assert tape._player.slots <= 64
        assert len(tape.free) == tape._player.slots - 2


def test_a_gradient_that_two_workers_compute_is_computed_once():
    with tape_of("digits_mlp hidden=[]", [720, 720]) as tape:
        x = tape.initial()
        tape.portion(x, 0, 0, 720)
        counted = [tape.portion(x, k, 0, 720) for k in range(2)]
        tape.slot_of(union(counted))
        assert len(tape._writer) == 3  # two gradients and their sum


def learned(curvatures=None, **fields):
    """The model after 30 steps of L-BFGS whose gradients are of other samples every time, so that s.y has any sign."""
    with tape_of("digits_mlp hidden=[9]", [10] * 144, **fields) as tape:
        lbfgs, x, last = LBFGS(4, LearningRate(0.02), samples=1440, batch=1440), tape.initial(), None
        for step in range(30):
            g = union([tape.portion(x, 5 * step % 144 - k, step, 10) for k in range(2)])
            if curvatures is not None:
                point = np.array([tape.value(x), tape.value(g)])
                curvatures.append(0.0 if last is None else np.prod(point - last, axis=0).sum())
                last = point
            x = lbfgs.step(x, g)
    return tape.value(x)


@pytest.mark.parametrize("window", [1, 5, 4096])
@pytest.mark.parametrize("slots", [2, 64])
@pytest.mark.parametrize("threads", [1, 3])
def test_lbfgs_has_the_same_bits_for_any_window_store_and_number_of_threads(window, slots, threads):
    np.testing.assert_array_equal(learned(window=window, slots=slots, threads=threads), learned(slots=200))


def test_that_test_keeps_and_drops_pairs():
    learned(curvatures := [])
    assert 5 < sum(np.array(curvatures[1:]) <= 0) < 24


def test_the_history_holds_no_more_slots_than_its_pairs():
    with tape_of("digits_mlp hidden=[]", [1440]) as tape:
        lbfgs, x = LBFGS(3, LearningRate(1.0), samples=1440, batch=1440), tape.initial()
        for step in range(10):
            x = lbfgs.step(x, union([tape.portion(x, 0, step, 1440)]))
        # 2 x 3 of the pairs, the last step's model and gradient, and the new model.
        assert tape._player.slots - len(tape.free) == 9


def test_the_sums_of_a_step_grow_with_the_history():
    with tape_of("digits_mlp hidden=[]", [1440]) as tape:
        lbfgs, x, sums = LBFGS(2, LearningRate(1.0), samples=1440, batch=1440), tape.initial(), []
        for step in range(4):
            sums.append(lbfgs.sums)
            x = lbfgs.step(x, union([tape.portion(x, 0, step, 1440)]))
    assert sums == [1, 3, 5, 5]


def test_all_parts_of_one_vector_join_to_that_vector():
    with tape_of("digits_mlp hidden=[]", [1440]) as tape:
        x = tape.initial()
        assert join([x.part(1), x.part(2)]) is x
