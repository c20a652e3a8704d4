"""What two threads are worth on the rows of asynchronous SGD, by a clock that counts what rows take."""

import heapq

import numpy as np
import pytest

from kernels.tape.operations import COMBINE, GRADIENT
from kernels.tape.share import AHEAD
from sim.problems.quadratic import Quadratic
from sim.streams import key, stream
from sim.tape.player import Player
from sim.tape.recording import RecordingTape

WORKERS, UPDATES = 16, 400
#: What rows of the digits perceptron take (us).
TAKES = {GRADIENT: 27.0, COMBINE: 2.5}


class Recorded(RecordingTape):
    """A tape whose windows are kept and not played."""

    def __init__(self, *given, **fields):
        super().__init__(*given, **fields)
        self.windows = []

    def _hand_over(self, window):
        self.windows.append(window)


def asynchronous_rows(threads):
    """The rows of asynchronous SGD with exponential compute times, as slots that are read and one that is written."""
    task = Quadratic(dim=3).task(stream(0, "initial"))
    slots = 2 * WORKERS + 16
    player = Player(task, None, key(0, "batch"), replacement=False, batch=4, slots=slots, threads=threads)
    tape, random = Recorded(player, task.initial), np.random.default_rng(0)
    server = tape.initial()
    models = [server] * WORKERS
    arrivals = [(random.exponential(), rank) for rank in range(WORKERS)]
    heapq.heapify(arrivals)
    for step in range(UPDATES):
        now, rank = arrivals[0]
        server = server - 0.1 * models[rank].gradient(rank, step, 4)
        models[rank] = server
        heapq.heapreplace(arrivals, (now + random.exponential(), rank))
    tape._writer.flush()
    return [
        (int(row["operation"]), reads[: row["reads"]].tolist(), int(reads[row["reads"]]))
        for window in tape.windows
        for row in window.rows
        for reads in [window.operands[row["operands"] :]]
    ]


def dependencies(rows):
    """Of every row those that it waits for: who wrote what it reads or writes, and who has read what it overwrites."""
    writer, readers, found = {}, {}, []
    for number, (_, reads, result) in enumerate(rows):
        slots = (*reads, result)
        found.append({writer[slot] for slot in slots if slot in writer} | readers.pop(result, set()))
        for slot in reads:
            readers.setdefault(slot, set()).add(number)
        writer[result] = number
    return found


def seconds(rows, threads):
    """How long threads take, of which each takes the earliest row that waits for nothing."""
    waits, left = dependencies(rows), list(range(len(rows)))
    done, playing, now = set(), [], 0.0
    while left or playing:
        ready = [number for number in left[:AHEAD] if waits[number] <= done][: threads - len(playing)]
        for number in ready:
            left.remove(number)
            heapq.heappush(playing, (now + TAKES[rows[number][0]], number))
        now, number = heapq.heappop(playing)
        done.add(number)
    return now


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_share_asynchronous_sgd_almost_without_waiting(threads):
    rows = asynchronous_rows(threads)
    assert seconds(rows, 1) == pytest.approx(UPDATES * sum(TAKES.values()))
    assert seconds(rows, 1) / seconds(rows, threads) > 0.96 * threads


def test_without_rest_the_next_gradient_waits_for_the_last():
    rows = asynchronous_rows(1)
    assert seconds(rows, 1) / seconds(rows, 2) < 1.3
