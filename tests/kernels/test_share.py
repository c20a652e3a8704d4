"""A window in several threads: what its rows wait for, and who takes which."""

import threading
import time

import numpy as np
import pytest

from kernels.tape.operations import COMBINE
from kernels.tape.rows import ROW, Window
from kernels.tape.share import Plan, Progress, plan
from sim.problems.quadratic import Quadratic
from sim.streams import key, stream
from sim.tape.player import Player

SLOTS = 6


def window_of(rows):
    """Rows that add up slots: of each the slots that it reads, and the one that it writes."""
    table, operands = np.zeros(len(rows), ROW), []
    for row, (reads, result) in zip(table, rows, strict=True):
        row["operation"], row["operands"], row["reads"], row["writes"] = COMBINE, len(operands), len(reads), 1
        operands += [*reads, result]
    return Window(table, np.array(operands), np.ones(max(len(reads) for reads, _ in rows)))


def random_rows(seed, count):
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(count):
        *reads, result = random.permutation(SLOTS)[: random.integers(2, SLOTS)].tolist()
        rows.append((reads, result))
    return rows


def plan_of(window, planned):
    waits = Plan(*np.full((2, len(window.operands)), -1), np.zeros(len(window.rows), np.int64))
    plan(window, waits, planned)
    return waits


def nothing_done():
    return Progress(*np.zeros((2, SLOTS), np.int64))


@pytest.mark.parametrize("seed", range(3))
def test_a_row_waits_for_all_writes_and_reads_of_its_slots_before_it(seed):
    rows, planned = random_rows(seed, 60), nothing_done()
    expected_writes, expected_reads = [], []
    for number, (reads, result) in enumerate(rows):
        before = rows[:number]
        expected_writes += [sum(slot == other for _, other in before) for slot in (*reads, result)]
        expected_reads += [*[-1] * len(reads), sum(result in others for others, _ in before)]  # -1: not for reads
    found = [
        plan_of(window_of(rows[begin : begin + 20]), planned) for begin in (0, 20, 40)
    ]  # windows carry on counting
    assert np.concatenate([waits.writes for waits in found]).tolist() == expected_writes
    assert np.concatenate([waits.reads for waits in found]).tolist() == expected_reads
    assert planned.written.sum() == 60
    assert planned.read.sum() == sum(len(reads) for reads, _ in rows)


def player_of(slots, threads):
    task = Quadratic(dim=3, noise=0.0, curvature=2.0).task(stream(0, "initial"))
    player = Player(task, None, key(0, "batch"), replacement=False, batch=1, slots=slots, threads=threads)
    for slot in range(slots):
        player.value(slot)[:] = slot
    return player


def play_together(player, windows, threads):
    plans = [player.plan(window) for window in windows]

    def play(thread):
        for window, waits in zip(windows, plans, strict=True):
            player.play_share(thread, window, waits)

    others = [threading.Thread(target=play, args=(thread,)) for thread in range(1, threads)]
    for other in others:
        other.start()
    play(0)
    for other in others:
        other.join()


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("seed", range(3))
def test_windows_in_several_threads_come_to_what_their_rows_come_to_in_order(threads, seed):
    windows = [window_of(random_rows(10 * seed + number, 50)) for number in range(4)]
    alone, together = player_of(SLOTS, 1), player_of(SLOTS, threads)
    for window in windows:
        alone.play(window)
    play_together(together, windows, threads)
    for slot in range(SLOTS):
        np.testing.assert_array_equal(together.value(slot), alone.value(slot))
    play_together(together, windows, threads)  # and once more: counting goes on
    for window in windows:
        alone.play(window)
    np.testing.assert_array_equal(together.value(0), alone.value(0))


def test_rows_are_played_beside_one_that_takes_long():
    player = player_of(SLOTS, 1)
    window = window_of([([0], 1), ([1], 2), ([3], 4), ([4], 5), ([2], 0)])
    waits = player.plan(window)
    waits.taken[0] = 1  # by somebody who has not played it
    thread = threading.Thread(target=player.play_share, args=(0, window, waits))
    thread.start()
    while player._progress.written[5] == 0:  # the last of those that do not need it
        time.sleep(1e-4)
    assert waits.taken.tolist() == [1, 0, 1, 1, 0]
    player.value(1)[:] = 7.0
    player._progress.read[0] += 1
    player._progress.written[1] += 1
    thread.join()
    assert [player.value(slot)[0] for slot in range(SLOTS)] == [7.0, 7.0, 7.0, 3.0, 3.0, 3.0]
