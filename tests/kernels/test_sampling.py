"""Mini-batches: uniform, without repeats where promised, and a function of (key, rank, step) alone."""

import itertools
from collections import Counter

import numpy as np
import pytest

from kernels.hashing import below, mix
from kernels.sampling import draw, shuffle, shuffled

KEY = np.uint64(7)

# 64-bit hashes wrap around; uncompiled, NumPy warns that they do.
pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered")


def batch(size, rank=0, step=0, *, count, replacement, start=0, order=None):
    index = np.empty(count, np.int64)
    order = np.arange(start + size) if order is None else order
    draw(index, KEY, rank, step, order, start, start + size, replacement)
    return index


def test_mix_is_splitmix64():
    # The first outputs of SplitMix64 seeded with 0, as published with the generator (Vigna's splitmix64.c).
    first = [int(mix(np.uint64(0), np.uint64(counter))) for counter in range(3)]
    assert first == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def test_below_maps_the_range_of_64_bits_onto_the_range_asked_for():
    assert [below(np.uint64(bits), 10) for bits in (0, 2**63, 2**64 - 1)] == [0, 5, 9]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 12, 16, 45, 100, 1440])
def test_shuffled_is_a_permutation(size):
    assert sorted(shuffled(position, size, KEY) for position in range(size)) == list(range(size))


@pytest.mark.parametrize("size", [1, 2, 5, 45, 64, 65, 100])
def test_many_at_once_are_the_same_as_one_by_one(size):
    index = np.empty(150, np.int64)
    shuffle(index, KEY, 70, size)
    numbers = range(70, 70 + 150)
    assert index.tolist() == [shuffled(number % size, size, mix(KEY, np.uint64(number // size))) for number in numbers]


@pytest.mark.parametrize("size", [3, 4, 5])
def test_every_order_of_a_small_set_is_equally_likely(size):
    orders = Counter(
        tuple(shuffled(position, size, mix(KEY, np.uint64(key))) for position in range(size)) for key in range(24_000)
    )
    count = len(list(itertools.permutations(range(size))))
    expected = 24_000 / count
    chi_square = sum((orders[order] - expected) ** 2 / expected for order in itertools.permutations(range(size)))
    # The statistic has mean count - 1 and standard deviation sqrt(2 (count - 1)): five of them are never exceeded.
    assert chi_square < count - 1 + 5 * np.sqrt(2 * (count - 1))


def test_an_epoch_without_replacement_meets_every_sample_once():
    index = np.concatenate([batch(45, step=step, count=9, replacement=False) for step in range(10)])
    assert sorted(index[:45]) == sorted(index[45:]) == list(range(45))
    assert (index[:45] != index[45:]).any()


def test_a_mini_batch_may_end_one_epoch_and_begin_the_next():
    index = np.concatenate([batch(10, step=step, count=4, replacement=False) for step in range(5)])
    assert Counter(index.tolist()) == dict.fromkeys(range(10), 2)


def test_with_replacement_every_sample_is_equally_likely():
    counts = np.bincount(batch(50, count=100_000, replacement=True), minlength=50)
    # 2000 each, standard deviation 44.
    assert abs(counts - 2000).max() < 5 * 44


def test_a_worker_draws_from_its_shard_only():
    order = np.arange(100)[::-1].copy()
    for replacement in (False, True):
        drawn = batch(10, start=20, count=40, replacement=replacement, order=order)
        assert set(drawn.tolist()) <= set(order[20:30].tolist())


def test_workers_and_steps_draw_different_mini_batches():
    drawn = {
        tuple(batch(1000, rank=rank, step=step, count=8, replacement=replacement))
        for rank in range(5)
        for step in range(5)
        for replacement in (False, True)
    }
    assert len(drawn) == 50


@pytest.mark.parametrize("replacement", [False, True])
def test_the_compiled_draw_equals_its_python_source(replacement):
    compiled = batch(77, rank=3, step=5, count=32, replacement=replacement)
    index = np.empty(32, np.int64)
    with np.errstate(over="ignore"):
        getattr(draw, "py_func", draw)(index, KEY, 3, 5, np.arange(77), 0, 77, replacement)
    np.testing.assert_array_equal(index, compiled)
