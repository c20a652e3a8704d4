"""Who draws from which samples."""

from itertools import chain

import numpy as np
import pytest

from sim.partitions.sharded import Sharded
from sim.partitions.shared import Shared
from sim.problems.data import digits
from sim.streams import stream

TARGETS = np.zeros(10, np.float32)


def shards_of(partition, workers):
    order, start, stop = partition.shards(TARGETS, workers, stream(0, "partition"))
    return [order[a:b].tolist() for a, b in zip(start, stop, strict=True)]


def test_shared_gives_everybody_everything():
    assert shards_of(Shared(), 3) == [list(range(10))] * 3


def test_shards_are_disjoint_cover_everything_and_differ_by_one_sample_at_most():
    shards = shards_of(Sharded(), 3)
    assert sorted(chain(*shards)) == list(range(10))
    assert sorted(len(shard) for shard in shards) == [3, 3, 4]


def test_shards_are_shuffled():
    assert list(chain(*shards_of(Sharded(), 2))) != list(range(10))


def test_more_workers_than_samples_are_refused():
    with pytest.raises(ValueError, match=r"^workers: 11 cannot share 10 samples; use at most 10, or partition=shared$"):
        shards_of(Sharded(), 11)


def test_the_digits_are_split_once_and_for_all_and_stratified():
    train, test = digits.load()
    assert (train.inputs.shape, test.inputs.shape) == ((1440, 64), (357, 64))
    assert train.inputs.dtype == train.targets.dtype == np.float32
    shares = np.bincount(train.targets.astype(int)) / 1440 - np.bincount(test.targets.astype(int)) / 357
    # A class keeps its share of the samples up to one sample of the smaller part.
    assert abs(shares).max() < 1 / 357


def test_the_digits_are_standardised_on_the_training_samples():
    train, _ = digits.load()
    assert abs(train.inputs.mean(axis=0)).max() < 1e-6
    deviations = train.inputs.astype(np.float64).std(axis=0)
    assert np.all((abs(deviations - 1) < 1e-5) | (deviations == 0))
