"""Samples to a target are E0 (1 + B / Bc), and what a table leaves open is said."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.efficiency.batch_law import BEYOND, BatchLaw, Entry
from sim.truth.convergence import read_convergence

BATCHES = (256, 512, 1024, 2048, 4096, 8192, 16384)


def table(e0: float, critical: float, sd: float = 0.0, results: int = 20) -> list[Entry]:
    draws = np.random.default_rng(3).normal(0.0, sd, len(BATCHES))
    return [
        Entry(batch, e0 * (1.0 + batch / critical) * math.exp(draw), results)
        for batch, draw in zip(BATCHES, draws, strict=True)
    ]


@pytest.mark.parametrize("critical", [1000.0, 4000.0, 20000.0])
def test_a_table_gives_back_its_law(critical: float) -> None:
    law = BatchLaw(table(1e6, critical))
    assert law.critical.low < critical < law.critical.high
    for batch in (300.0, 3000.0, 12000.0):
        samples = law.expected(batch).range
        assert samples.middle == pytest.approx(1e6 * (1.0 + batch / critical), rel=0.03)
        assert samples.low < samples.middle < samples.high


def test_one_run_that_went_badly_is_told_from_the_law() -> None:
    entries = table(1e6, 4000.0)
    entries[3] = Entry(entries[3].batch, entries[3].samples * 1.6, 1)
    assert BatchLaw(entries).expected(2048).range.middle == pytest.approx(1e6 * (1 + 2048 / 4000), rel=0.05)


def test_intervals_hold_80_percent_of_noisy_tables() -> None:
    generator = np.random.default_rng(7)
    inside = 0
    for _ in range(100):
        critical = math.exp(generator.normal(math.log(5000.0), 0.8))
        entries = [Entry(b, 1e6 * (1 + b / critical) * math.exp(generator.normal(0.0, 0.05)), 1) for b in BATCHES[:-1]]
        at = BATCHES[3] * 1.4
        truth = 1e6 * (1 + at / critical) * math.exp(generator.normal(0.0, 0.05))
        samples = BatchLaw(entries).expected(at).range
        inside += samples.low <= truth <= samples.high
    assert inside >= 80  # the law's own discrepancy, which these tables have none of, makes intervals wider


def test_beyond_the_largest_batch_a_quarter_is_open() -> None:
    law = BatchLaw(table(1e6, 4000.0, results=10_000))
    within, beyond = law.expected(16384).range, law.expected(16385).range
    assert within.high / within.middle - 1.0 < BEYOND
    assert beyond.high / beyond.middle - 1.0 == pytest.approx(BEYOND)


def test_a_result_of_ones_own_moves_all_batches_by_a_part_of_itself() -> None:
    law = BatchLaw(table(1e6, 4000.0))
    own = Entry(256, 1.1e6 * (1 + 256 / 4000))
    moved = law.expected(8192, own).range.middle / law.expected(8192).range.middle
    assert 1.0 < moved < 1.1


def test_without_a_table_a_result_of_ones_own_says_how_many_and_the_prior_how_they_grow() -> None:
    law = BatchLaw([], smallest=256)
    own = Entry(256, 1e6)
    assert law.expected(256, own).range.middle == pytest.approx(1e6, rel=0.01)
    more = law.expected(2560, own).range
    assert 1.05e6 < more.middle < 1.6e6
    assert more.high / more.low > 1.3
    with pytest.raises(ValueError, match="nothing says how many samples"):
        law.expected(256)
    with pytest.raises(ValueError, match="needs a table"):
        BatchLaw([])


@pytest.mark.parametrize("left_out", range(0, 50, 7))
def test_a_published_batch_is_predicted_from_the_others(left_out: int) -> None:
    entries = [*read_convergence().tables["resnet"]]
    asked = entries.pop(left_out)
    samples = BatchLaw(entries).expected(asked.batch).range
    assert samples.middle == pytest.approx(asked.samples, rel=0.25)
