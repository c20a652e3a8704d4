"""Who draws from which samples."""

from itertools import chain

import numpy as np
import pytest
from experiments import OPTIONS

from sim.partitions.by_label import ByLabel
from sim.partitions.dirichlet import Dirichlet
from sim.partitions.sharded import Sharded
from sim.partitions.shared import Shared
from sim.partitions.shares import Shares
from sim.streams import stream
from topologies.field_error import FieldError

TARGETS = np.zeros(10, np.float32)
#: Ten classes of 100 samples, mixed.
CLASSES = np.tile(np.arange(10, dtype=np.float32), 100)
PARTITIONS = [*OPTIONS["partition"].values()]
DEALING = [option for option in PARTITIONS if option is not Shared]
BY_CLASS = [option for option in PARTITIONS if option.by_class]


def shards_of(partition, workers, targets=TARGETS, seed=0):
    order, start, stop = partition.deal(targets, workers, stream(seed, "partition"))
    return [order[a:b].tolist() for a, b in zip(start, stop, strict=True)]


def classes_of(shard, targets=CLASSES):
    """How many samples of each class a shard has."""
    return np.bincount(targets[shard].astype(int), minlength=10)


def largest_shares(partition, workers=10, **options):
    """The share of every worker's most frequent class."""
    return [classes_of(shard).max() / len(shard) for shard in shards_of(partition, workers, CLASSES, **options)]


@pytest.mark.parametrize("option", PARTITIONS)
def test_a_partition_is_what_the_executor_takes(option):
    shards = option().deal(CLASSES, 7, stream(0, "partition"))
    assert [column.dtype for column in shards] == [np.int64] * 3
    assert all(column.flags.c_contiguous for column in shards)
    assert [len(shards.start), len(shards.stop)] == [7, 7]


@pytest.mark.parametrize("option", PARTITIONS)
def test_a_partition_depends_on_the_seed_alone(option):
    first, again, other = (shards_of(option(), 7, CLASSES, seed) for seed in (0, 0, 1))
    assert first == again
    assert option is Shared or first != other


@pytest.mark.parametrize("option", DEALING)
@pytest.mark.parametrize("workers", [1, 3, 10, 499])
def test_every_sample_has_one_owner_and_every_worker_a_sample(option, workers):
    shards = shards_of(option(), workers, CLASSES)
    assert sorted(chain(*shards)) == list(range(1000))
    assert all(shards)


@pytest.mark.parametrize("option", PARTITIONS)
@pytest.mark.parametrize("replacement", [True, False])
def test_samples_are_dealt_alike_with_and_without_replacement(option, replacement):
    assert option(replacement=replacement).replacement is replacement
    assert shards_of(option(replacement=replacement), 7, CLASSES) == shards_of(option(), 7, CLASSES)


@pytest.mark.parametrize("option", DEALING)
def test_more_workers_than_samples_are_refused(option):
    with pytest.raises(FieldError, match=r"^workers: 11 cannot share 10 samples; use at most 10, or partition=shared$"):
        shards_of(option(), 11)


@pytest.mark.parametrize("option", BY_CLASS)
@pytest.mark.parametrize("targets", [[0.5, 1.0], [-1.0, 1.0]])
def test_numbers_are_not_dealt_by_class(option, targets):
    name = option.__module__.rpartition(".")[2]
    with pytest.raises(
        FieldError,
        match=rf"^partition: {name} deals samples by class, but this problem's targets are numbers \(a regression\); "
        r"use partition=sharded, partition=shared or a problem with classes$",
    ):
        shards_of(option(), 1, np.array(targets, np.float32))


def test_shared_gives_everybody_everything():
    assert shards_of(Shared(), 3) == [list(range(10))] * 3


def test_shards_differ_by_one_sample_at_most():
    assert sorted(len(shard) for shard in shards_of(Sharded(), 3)) == [3, 3, 4]


def test_shards_are_shuffled():
    assert list(chain(*shards_of(Sharded(), 2))) != list(range(10))


@pytest.mark.parametrize("alpha", [0.01, 1.0, 100.0])
def test_dirichlet_shards_differ_by_one_sample_at_most(alpha):
    assert {len(shard) for shard in shards_of(Dirichlet(alpha=alpha), 7, CLASSES)} == {142, 143}


def test_a_small_alpha_gives_most_workers_one_class():
    # Ten workers, ten classes of their size: a class can also be what two workers want, so the last take what is left.
    assert np.median(largest_shares(Dirichlet(alpha=1e-3))) == 1.0


def test_a_large_alpha_gives_every_worker_the_same_mixture():
    # A class has 10 of 100 samples, drawn: its deviation is sqrt(100 * 0.1 * 0.9) = 3, four of which are 0.12; the
    # last worker is dealt what the others have left, whose deviation is three times as much.
    assert max(largest_shares(Dirichlet(alpha=1e6))[:-1]) < 0.1 + 0.12


def test_skew_falls_with_alpha():
    means = [np.mean(largest_shares(Dirichlet(alpha=alpha))) for alpha in (0.01, 1.0, 10.0, 1000.0)]
    assert means == sorted(means, reverse=True)


@pytest.mark.slow
def test_shares_have_the_variance_of_their_dirichlet_distribution():
    # The first worker of many draws shares q ~ Dir(alpha p) and then n samples, before any class has run out; with C
    # balanced classes a count has the mean n / C and the variance n v (n + alpha) / (1 + alpha), v = (C - 1) / C^2.
    alpha, n = 5.0, 10
    counts = np.array([classes_of(shards_of(Dirichlet(alpha=alpha), 100, CLASSES, seed)[0]) for seed in range(300)])
    assert counts.sum(axis=1).tolist() == [n] * 300
    # 3000 counts that are nearly independent: the variance is known to about 2 / sqrt(3000) of itself; four of that.
    assert counts.var() == pytest.approx(n * 0.09 * (n + alpha) / (1 + alpha), rel=0.15)


def test_rare_classes_are_rarely_wanted():
    targets = np.repeat(np.arange(10, dtype=np.float32), [910, *[10] * 9])
    first = [classes_of(shards_of(Dirichlet(alpha=1.0), 10, targets, seed)[0], targets)[0] for seed in range(100)]
    # 100 shares of Beta(0.91, 0.09), whose deviation is sqrt(0.91 * 0.09 / 2) = 0.2: their mean is known to 0.02.
    assert np.mean(first) / 100 == pytest.approx(0.91, abs=0.08)


@pytest.mark.parametrize("alpha", [5e-324, 1e-300, 1e300])
def test_any_alpha_can_be_drawn_from(alpha):
    assert sorted(chain(*shards_of(Dirichlet(alpha=alpha), 10, CLASSES))) == list(range(1000))


def test_a_worker_has_as_many_classes_as_shards_where_these_fit_the_classes():
    # 1000 samples in 20 shards of 50: every shard has one class.
    for shard in shards_of(ByLabel(), 10, CLASSES):
        assert sorted(set(classes_of(shard)) - {0}) in ([50], [100])


def test_one_shard_for_each_of_as_many_workers_as_classes_is_one_class_each():
    shards = shards_of(ByLabel(shards_per_worker=1), 10, CLASSES)
    assert sorted(int(classes_of(shard).argmax()) for shard in shards) == list(range(10))
    assert {classes_of(shard).max() for shard in shards} == {100}


def test_many_shards_are_a_mixture():
    # 100 shards of a class's 1/10 for each of 10 workers: 10 samples a class, up to the luck of the deal.
    assert np.mean(largest_shares(ByLabel(shards_per_worker=100))) < 0.25


def test_shards_by_label_differ_by_one_sample_for_each_shard_at_most():
    # 1000 samples in 14 shards are 71 or 72 each.
    assert {len(shard) for shard in shards_of(ByLabel(), 7, CLASSES)} <= {142, 143, 144}


def test_more_shards_than_samples_are_refused():
    with pytest.raises(
        FieldError,
        match=r"^partition.shards_per_worker: 3 for each of 4 workers are more shards than the 10 samples; "
        r"use at most 2, or fewer workers$",
    ):
        shards_of(ByLabel(shards_per_worker=3), 4)


@pytest.mark.parametrize("shares", [[1.0, 2.0, 7.0], [1e300, 2e300, 7e300], [1e-300, 2e-300, 7e-300]])
def test_parts_are_as_large_as_the_shares_that_are_given(shares):
    assert [len(shard) for shard in shards_of(Shares(shares=shares), 3, CLASSES)] == [100, 200, 700]


def test_parts_differ_from_their_shares_by_less_than_a_sample_but_nobody_has_none():
    shares = np.random.default_rng(0).uniform(0.5, 1.5, 50)
    sizes = np.array([len(shard) for shard in shards_of(Shares(shares=shares.tolist()), 50, CLASSES)])
    assert (np.abs(sizes - 1000 * shares / shares.sum()) < 1).all()
    assert [len(shard) for shard in shards_of(Shares(shares=[1e-9, 1.0, 1e-9]), 3)] == [1, 8, 1]


def test_drawn_parts_have_the_coefficient_of_variation_asked_for():
    # Gamma of shape k = 1/cv^2 over their sum are Dirichlet: of n workers, cv^2 = (n - 1) / (n k + 1), here 0.2469.
    # 2000 sizes of variance 0.25: that is known to sqrt((2 + 6/k) / 2000) = 4 % of itself; four of that.
    sizes = np.concatenate(
        [[len(shard) for shard in shards_of(Shares(cv=0.5), 100, np.zeros(100_000), seed)] for seed in range(20)]
    )
    assert (sizes / 1000).var() == pytest.approx(99 / (100 * 4 + 1), rel=0.16)


def test_without_variation_all_parts_are_alike():
    assert {len(shard) for shard in shards_of(Shares(cv=0.0), 7, CLASSES)} == {142, 143}


@pytest.mark.parametrize("cv", [1e-200, 10.0])
def test_shares_of_any_variation_can_be_drawn(cv):
    assert sorted(chain(*shards_of(Shares(cv=cv), 10, CLASSES))) == list(range(1000))


def test_shares_for_other_workers_are_refused():
    with pytest.raises(FieldError, match=r"^shares: has 2 of workers=3; give one for each worker$"):
        shards_of(Shares(shares=[1.0, 2.0]), 3)


def test_shares_are_given_or_drawn():
    with pytest.raises(FieldError, match=r"^cv: is of shares that are drawn, got 0.5 beside shares; give one of the"):
        Shares(shares=[1.0], cv=0.5)
