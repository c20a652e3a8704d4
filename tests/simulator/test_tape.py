"""The tape: what it computes does not depend on when or in what pieces it is played."""

import itertools
import threading

import numpy as np
import pytest

from kernels.compress import LOW_RANK, QUANTISE, RANDOM_K, SCALED_SIGN, TOP_K
from sim.partitions.sharded import Sharded
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.quadratic import Quadratic
from sim.streams import key, stream
from sim.tape.playback import WAITING
from sim.tape.player import Player
from sim.tape.recording import RecordingTape
from sim.tape.silent import SilentTape
from sim.tape.unions import UNION
from sim.tape.vector import join, mean, mixture, weighted_sum
from sim.tape.window_rows import window_rows


def tape_of(task, local_data, *, slots, threads=1, batch=16, union=0, regions=(), **fields):
    player = Player(
        task,
        local_data,
        key(0, "batch"),
        replacement=False,
        batch=batch,
        slots=slots,
        threads=threads,
        union=union,
        regions=regions,
    )
    return RecordingTape(player, task.initial, **fields)


def quadratic_tape(slots=8, **fields):
    return tape_of(Quadratic(dim=3, noise=0.0, curvature=2.0).task(stream(0, "initial")), None, slots=slots, **fields)


def learn(**fields):
    """Two workers' worth of momentum steps on the digits, with evaluations on the way; everything it knows."""
    problem = DigitsMLP(hidden=[17])
    task = problem.task(stream(0, "initial"))
    local_data = Sharded().deal(task.train.targets, 2, stream(0, "partition"))
    with tape_of(task, local_data, **fields) as tape:
        models = [tape.initial()] * 2
        evaluations = []
        for step in range(60):
            gradients = [models[rank].gradient(rank, step, 16) for rank in range(2)]
            latest = list(zip(models, gradients, strict=True))
            mixed = [0.75 * models[0] + 0.25 * models[1], 0.25 * models[0] + 0.75 * models[1]]
            models = [x - 0.1 * g for x, g in zip(mixed, gradients, strict=True)]
            if step % 10 == 0:
                evaluations.append(tape.evaluate(mean(models), models, latest))
                tape.evaluate_own(evaluations[-1], models)
    measures = np.array([evaluation.measures() for evaluation in evaluations])
    return np.array([tape.value(x) for x in models]), measures


def test_arithmetic_on_vectors_is_deferred_arithmetic():
    with quadratic_tape() as tape:
        x = tape.initial()
        g = x.gradient(0, 0, 4)
        assert tape.value(g).tolist() == [2.0, 2.0, 2.0]
        assert tape.value(x - 0.25 * g).tolist() == [0.5] * 3
        assert tape.value(x + g).tolist() == [3.0] * 3
        assert tape.value(x - g).tolist() == [-1.0] * 3
        assert tape.value(g / 8.0).tolist() == [0.25] * 3
        assert tape.value(3.0 * x - 0.5 * g).tolist() == [2.0] * 3
        assert tape.value(weighted_sum([1.0, 2.0, 3.0], [x, g, x])).tolist() == [8.0] * 3


def step_from(summed, *, asked):
    """A step from a weighted sum of three models of the digits, and how many rows it and the sum are."""
    with digits_tape(slots=16) as tape:
        x = tape.initial()
        models = [x - rate * x.gradient(rank, 0, 16) for rank, rate in enumerate((0.1, 0.2, 0.3))]
        for model in models:
            tape.slot_of(model)
        g = models[1].gradient(3, 0, 16)
        tape.slot_of(g)
        before = tape._writer.rows()
        mixed = summed([0.2, 0.5, 0.3], models)
        if asked:
            tape.slot_of(mixed)
        del models
        step = mixed - 0.1 * g
        rows = tape._writer.rows() - before
        return tape.value(step), tape.value(mixed), rows


@pytest.mark.parametrize(("asked", "rows"), [(False, 1), (True, 2)])
def test_a_step_from_a_mixture_is_one_row_unless_its_numbers_are_needed_and_the_same_bits(asked, rows):
    step, mixed, written = step_from(mixture, asked=asked)
    expected_step, expected_mixed, expected_written = step_from(weighted_sum, asked=False)
    assert (written, expected_written) == (rows, 2)
    np.testing.assert_array_equal(step, expected_step)
    np.testing.assert_array_equal(mixed, expected_mixed)


def test_what_a_mixture_is_made_of_is_free_again_when_it_has_been_written():
    with quadratic_tape(slots=8) as tape:
        x = tape.initial()
        for _ in range(100):
            x = mixture([0.5, 0.5], [x, 0.5 * x + x])
        assert len(tape.free) == 8 - 2
        x.gradient(0, 0, 1)  # needs its numbers
        assert len(tape.free) == 8 - 1


def test_the_mean_of_one_and_the_same_vector_is_that_vector():
    with quadratic_tape() as tape:
        x = tape.initial()
        assert mean([x, x, x]) is x


def test_a_vector_divided_by_1_is_that_vector():
    with quadratic_tape() as tape:
        x = tape.initial()
        assert x / 1.0 is x


@pytest.mark.slow
@pytest.mark.parametrize("window", [1, 7, 4096])
@pytest.mark.parametrize("slots", [2, 64])
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_same_bits_for_any_window_store_and_number_of_threads(window, slots, threads):
    models, measures = learn(window=window, slots=slots, threads=threads)
    expected_models, expected_measures = learn(window=10_000, slots=200)
    np.testing.assert_array_equal(models, expected_models)
    np.testing.assert_array_equal(measures, expected_measures)


def test_a_slot_is_free_again_when_its_last_handle_dies():
    with quadratic_tape(slots=4) as tape:
        x = tape.initial()
        for _ in range(100):
            x = x - 0.1 * x
        assert len(tape.free) == 3


def test_a_model_of_rows_of_a_cache_line_begins_on_one():
    with quadratic_tape() as tape:
        assert tape._player._store.ctypes.data % 64 == 0
        assert tape._player._store.strides[0] % 64 == 0


@pytest.mark.parametrize("window", [1, 2, 3, 4])
def test_an_evaluation_is_known_only_when_all_of_it_has_been_played(window):
    with quadratic_tape(window=window) as tape:
        x = tape.initial()
        models = [x, 3.0 * x - x]
        assert tape.evaluate(mean(models), models).measures()[4] == pytest.approx(np.sqrt(3) / 2)


@pytest.mark.parametrize("window", [1, 2, 3, 4, 5])
def test_the_moments_of_gradients_are_measured_with_it(window):
    # At 1 and 2 with h = 2: gradients 2 and 4 in each of 3 dimensions; the full one at 1.5 is 3, as is their mean.
    with quadratic_tape(window=window) as tape:
        x = tape.initial()
        latest = [(x, x.gradient(0, 0, 1)), (x + x, (x + x).gradient(1, 0, 1))]
        assert tape.evaluate(x, latest=latest).measures()[5:9].tolist() == [1.0, 3.0, 27.0, 0.0]
        assert np.isnan(tape.evaluate(x).measures()[5:9]).all()


def digits_tape(task=None, **fields):
    task = task or DigitsMLP(hidden=[17]).task(stream(0, "initial"))
    local_data = Sharded().deal(task.train.targets, 5, stream(0, "partition"))
    return tape_of(task, local_data, **{"slots": 4} | fields)


@pytest.mark.parametrize("batch", [1, 3, 7, 16])
@pytest.mark.parametrize("union", [UNION, 0])
@pytest.mark.parametrize("threads", [1, 2])
def test_the_mean_of_small_gradients_is_the_gradient_of_their_union(batch, union, threads):
    with digits_tape(union=union, threads=threads) as tape:
        x = tape.initial()
        steps = range(-(-2 * UNION // (5 * batch)))  # more than two unions
        gradients = [x.gradient(rank, step, batch) for step in steps for rank in range(5)]
        together = tape.value(mean(gradients))
        one_by_one = np.mean([tape.value(gradient) for gradient in gradients], axis=0)
    np.testing.assert_allclose(together, one_by_one, rtol=0, atol=2e-6 * abs(one_by_one).max())


def test_gradients_at_different_points_are_not_united():
    with digits_tape(union=UNION, slots=16) as tape:
        x = tape.initial()
        other = x - 0.5 * x
        gradients = [x.gradient(0, 0, 4), other.gradient(1, 0, 4)]
        together = tape.value(mean(gradients))
        one_by_one = [tape.value(gradient) for gradient in gradients]
    np.testing.assert_array_equal(together, np.float32(0.5) * one_by_one[0] + np.float32(0.5) * one_by_one[1])


def test_a_gradient_that_is_never_needed_is_never_computed():
    with quadratic_tape() as tape:
        x = tape.initial()
        free = len(tape.free)
        x.gradient(0, 0, 4)
        assert len(tape.free) == free
        assert len(tape._writer) == 0


def test_consensus_distance_is_measured_with_the_mean():
    with quadratic_tape() as tape:
        x = tape.initial()
        models = [x, 3.0 * x - x]
        assert tape.evaluate(mean(models), models).measures()[4] == pytest.approx(np.sqrt(3) / 2)


def test_a_model_that_is_far_away_is_measured_with_the_mean():
    # h/2 |x|^2 with h = 2 and d = 3: at -4 the loss is 48. The mean of -4, 3 and 1 is 0, whose length is less than
    # their distance from it; that of 1 and 2 is not.
    with quadratic_tape() as tape:
        x = tape.initial()
        far = [-4.0 * x - 0.0 * x, 3.0 * x - 0.0 * x, 1.0 * x - 0.0 * x]
        assert tape.evaluate(mean(far), far).measures()[9] == 48.0
        near = [x, x + x]
        assert tape.evaluate(mean(near), near).measures()[9] == -np.inf
        assert tape.evaluate(x).measures()[9] == -np.inf


def test_workers_own_losses_are_the_mean_and_the_largest_of_theirs():
    with quadratic_tape() as tape:
        x = tape.initial()
        models = [x, x + x, x - x]
        evaluation = tape.evaluate(x)
        tape.evaluate_own(evaluation, models)
    assert evaluation.measures()[11:13].tolist() == [5.0, 12.0]  # of 3, 12 and 0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_the_worst_loss_of_one_that_is_no_number_is_none(bad):
    with quadratic_tape() as tape:
        x, worse = tape.initial(), tape.constant(bad)
        evaluation = tape.evaluate(x, [worse, x])
        tape.evaluate_own(evaluation, [worse, x])
    measures = evaluation.measures()
    assert not np.isfinite(measures[7])
    assert not np.isfinite(measures[9:]).any()


def break_at(tape, number):
    """Have the executor fail where it plays a window for the `number`-th time."""
    play_share, played = tape._player.play_share, itertools.count(1)

    def broken(*arguments):
        if next(played) == number:
            raise ZeroDivisionError
        play_share(*arguments)

    tape._player.play_share = broken


@pytest.mark.parametrize("number", [1, 2, 9])
def test_what_fails_in_the_executor_is_raised_where_the_tape_is_written(number):
    def record(tape):
        break_at(tape, number)
        with tape:
            x = tape.initial()
            for _ in range(100):
                x = x - 0.5 * x

    with pytest.raises(RuntimeError, match="the tape's executor failed"):
        record(quadratic_tape(window=1, threads=3))


def test_an_exception_on_the_recording_side_ends_the_other_threads():
    tape = quadratic_tape(threads=3)
    with pytest.raises(KeyError), tape:
        raise KeyError
    assert [helper.is_alive() for helper in tape._playback._helpers] == [False, False]


def test_what_waits_when_the_recording_side_fails_is_not_played():
    tape = quadratic_tape(window=1, threads=2)
    begun, go_on, played = threading.Event(), threading.Event(), []

    def play_share(*share):
        played.append(share)
        begun.set()
        go_on.wait()

    tape._player.play_share = play_share
    helper = tape._playback._helpers[0]
    join, helper.join = helper.join, lambda: (go_on.set(), join())

    def record():
        with tape:
            x = tape.initial()
            x = x - 0.5 * x
            begun.wait()
            x = x - 0.5 * x
            raise KeyError

    with pytest.raises(KeyError):
        record()
    assert len(played) == 1


def test_the_recording_side_plays_where_it_would_wait():
    tape = quadratic_tape(window=1, threads=2)
    played = []

    def play_share(thread, window, waits):
        played.append(thread)
        if thread > 0:
            go_on.wait()

    tape._player.play_share = play_share
    go_on = threading.Event()
    with tape:
        x = tape.initial()
        for _ in range(WAITING + 3):  # the other thread stays in the first
            x = x - 0.5 * x
        ahead = played.count(0)
        go_on.set()
    assert ahead in (2, 3)  # the other one may not have begun when the fifth was handed over


def test_a_window_of_slow_gradients_is_short():
    assert window_rows(17_226, 32) == 1024  # the digits perceptron: 1024 rows
    assert window_rows(2**20, 2**5) == 128  # 2^32 / 2^25
    assert window_rows(2**26, 2**10) == 64  # the least


def test_many_evaluations_outgrow_their_table():
    with quadratic_tape() as tape:
        x = tape.initial()
        evaluations = [tape.evaluate(x) for _ in range(200)]
    assert {evaluation.measures()[0] for evaluation in evaluations} == {3.0}


def test_a_silent_tape_answers_without_numbers():
    with SilentTape() as tape:
        x = tape.initial()
        assert (x - 0.1 * x.gradient(0, 0, 8)) is x
        assert np.isnan(tape.evaluate(x, [x, x]).measures()).all()
        assert tape.value(x).size == 0


def test_an_evaluation_measures_evenly_spaced_samples_of_a_large_set(monkeypatch):
    monkeypatch.setattr("sim.tape.player.MEASURED", 500)
    task = DigitsMLP(hidden=[]).task(stream(0, "initial"))
    kept = task.train.inputs[::3].astype(np.float64), task.train.targets[::3].astype(int)
    with digits_tape(task=task) as tape:
        loss = tape.evaluate(tape.initial()).measures()[0]
    weights, bias = task.initial[:640].reshape(64, 10).astype(np.float64), task.initial[640:]
    logits = kept[0] @ weights + bias
    shifted = logits - logits.max(axis=1, keepdims=True)
    expected = np.mean(np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(480), kept[1]])
    assert loss == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("threads", [1, 3])
def test_small_gradients_at_one_point_are_united_on_any_number_of_threads(threads):
    def learned(**fields):
        with digits_tape(union=UNION, **fields) as tape:
            x = tape.initial()
            for step in range(5):
                x = x - 0.1 * mean([x.gradient(rank, step, 4) for rank in range(5)])
        return tape.value(x)

    np.testing.assert_array_equal(learned(threads=threads), learned())


def learn_from_messages(**fields):
    """Two workers whose gradients are compressed by every rule in turn, each with its error, whole and in parts."""
    task = DigitsMLP(hidden=[17]).task(stream(0, "initial"))
    local_data = Sharded().deal(task.train.targets, 2, stream(0, "partition"))
    size = len(task.initial)
    rules = [
        (TOP_K, [50], 1, 1),
        (RANDOM_K, [50, 1.0], 1, 2),
        (QUANTISE, [7, 100], 0, 1),
        (SCALED_SIGN, [], 1, 0),
        (LOW_RANK, [2, 2, 0, 64, 17, 1105, 17, 10], 2, 0),
    ]
    regions = [[(0, 500), (900, size)], [(500, 900)]]
    with tape_of(task, local_data, regions=regions, **fields) as tape:
        x, zero = tape.initial(), tape.constant(0.0)
        start = tape.constant(stream(0, "compression").standard_normal(size))
        kept = {
            (rank, rule): [zero.part(region) if region else zero, start][:states]
            for rank in range(2)
            for rule, _, states, region in rules
        }
        for step in range(20):
            for rule, coefficients, _, region in rules:
                messages = []
                for rank in range(2):
                    g = x.gradient(rank, step, 16)
                    message, kept[rank, rule] = tape.compress(
                        rule, g.part(region) if region else g, kept[rank, rule], coefficients, -(2**63) + rank, step
                    )
                    messages.append(message)
                sent = mean(messages)
                if region:
                    other = x.part(3 - region)
                    x = join([x.part(region) - 0.05 * sent, other] if region == 1 else [other, x.part(2) - 0.05 * sent])
                else:
                    x = x - 0.05 * sent
        left = [tape.value(kept[0, rule][0]) for rule in (SCALED_SIGN, LOW_RANK)]
        return np.array([tape.value(x), *left])


@pytest.mark.slow
@pytest.mark.parametrize("window", [1, 7, 4096])
@pytest.mark.parametrize("slots", [2, 64])
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_messages_have_the_same_bits_for_any_window_store_and_number_of_threads(window, slots, threads):
    found = learn_from_messages(window=window, slots=slots, threads=threads)
    np.testing.assert_array_equal(found, learn_from_messages(window=10_000, slots=200))
    assert np.isfinite(found).all()


def test_a_run_that_has_been_summarised_gives_its_memory_back():
    tape = quadratic_tape(slots=100)
    with tape:
        tape.initial()
    tape.release()
    assert tape._player.slots == 0
