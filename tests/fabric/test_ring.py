"""The ring all-reduce: its schedule, and its time alone on a network."""

from __future__ import annotations

import math

import numpy as np
import pytest
from workloads import star

from sim.collectives.ring import Ring, ring
from sim.fabric.clock import Clock
from sim.fabric.fabric import Fabric
from sim.fabric.laid_out import laid_out
from topologies.field_error import FieldError

LATENCY, BANDWIDTH = 3e-6, 1.25e9  # of a link; a route has two links


def seconds(ranks: int, nbytes: float) -> list[float]:
    """When each rank leaves (s), all having entered at zero."""
    environment = Clock()
    fabric = Fabric(environment, star([BANDWIDTH] * ranks, LATENCY))
    left = [math.nan] * ranks
    running = fabric.start(
        Ring().all_reduce(ranks, nbytes), range(ranks), lambda rank: left.__setitem__(rank, environment.now)
    )
    for rank in range(ranks):
        running.enter(rank)
    environment.run()
    return left


@pytest.mark.parametrize("ranks", [2, 3, 4, 8, 17, 600])  # 600: more flows at a time than are `FEW`
def test_alone_it_takes_the_alpha_beta_time(ranks: int) -> None:
    nbytes = 1e8
    # 2 (n - 1) steps, each a route's latency and a chunk of S / n (Thakur, Rabenseifner and Gropp 2005).
    expected = 2 * (ranks - 1) * (2 * LATENCY + nbytes / (ranks * BANDWIDTH))
    assert seconds(ranks, nbytes) == pytest.approx([expected] * ranks, rel=1e-9)


def test_one_rank_leaves_at_once() -> None:
    assert seconds(1, 1e8) == [0.0]


def test_no_bytes_take_the_latencies() -> None:
    assert seconds(4, 0.0) == pytest.approx([6 * 2 * LATENCY] * 4, rel=1e-12)


@pytest.mark.parametrize("ranks", [1, 2, 5])
def test_every_rank_sends_the_least_bytes_to_its_right_neighbour(ranks: int) -> None:
    schedule = ring(ranks, 1e6)
    sends = schedule.source >= 0
    sent = np.bincount(schedule.source[sends], (schedule.nbytes * schedule.times())[sends], minlength=ranks)
    assert sent == pytest.approx(np.full(ranks, 2 * (ranks - 1) / ranks * 1e6), rel=1e-12)
    assert np.all(schedule.target[sends] == (schedule.source[sends] + 1) % ranks)


def test_a_send_waits_for_the_one_before_and_for_the_left_neighbour() -> None:
    # Three ranks, four steps; node = step * 3 + rank; 12, 13, 14 are the exits.
    schedule = laid_out(ring(3, 3.0)).schedule
    waits_for: dict[int, list[int]] = {node: [] for node in range(15)}
    for node in range(15):
        for dependant in schedule.successors[schedule.offsets[node] : schedule.offsets[node + 1]]:
            waits_for[int(dependant)].append(node)
    assert waits_for == {
        0: [], 1: [], 2: [],
        3: [0, 2], 4: [0, 1], 5: [1, 2],
        6: [3, 5], 7: [3, 4], 8: [4, 5],
        9: [6, 8], 10: [6, 7], 11: [7, 8],
        12: [9, 11], 13: [9, 10], 14: [10, 11],
    }  # fmt: skip
    assert (schedule.entry.tolist(), schedule.exit.tolist()) == ([0, 1, 2], [12, 13, 14])


@pytest.mark.parametrize(
    ("ranks", "nbytes", "message"),
    [
        (0, 1.0, "^ranks: must be >= 1, got 0"),
        (2, -1.0, "^nbytes: must be finite and >= 0, got -1.0"),
        (2, math.nan, "^nbytes: must be finite and >= 0, got nan"),
    ],
)
def test_arguments_out_of_range_are_refused(ranks: int, nbytes: float, message: str) -> None:
    with pytest.raises(FieldError, match=message):
        ring(ranks, nbytes)
