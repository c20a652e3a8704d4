"""Step times with ranks: who is slow stays slow, and all are slow at the same moments."""

from itertools import islice

import numpy as np
import pytest
from experiments import option, simulated
from on_the_clock import on_the_clock


@pytest.fixture
def trace(tmp_path):
    """The words for a trace of these times ``[steps, ranks]`` (s)."""

    def write(times, more=""):
        rows = (f"{step},{rank},{seconds}" for step, row in enumerate(times) for rank, seconds in enumerate(row))
        (tmp_path / "steps.csv").write_text("\n".join(["step,rank,seconds", *rows]))
        return f"trace file={tmp_path / 'steps.csv'} seconds=absolute {more}"

    return write


def law(words):
    return option("straggler", words)


def first(words, workers, count, seed=0):
    """The first multipliers of every worker ``[workers, count]``."""
    return np.array([list(islice(each, count)) for each in law(words).of_workers(workers, seed)])


def test_a_worker_that_is_always_slow_delays_every_update(trace):
    # Each of 100 updates waits for rank 0, whose gradients take 4 s; drawn independently it would be 337 s or so.
    slow = trace([[4.0, 1.0, 1.0, 1.0]] * 7)
    assert on_the_clock("allreduce", 4, 100, straggler=slow).summary.virtual_seconds == pytest.approx(400, rel=1e-12)


def test_relative_times_multiply_the_mean_compute_time(trace):
    # Mean 1.75 s: of 1 s of workload.seconds, rank 0 takes 4 / 1.75.
    slow = trace([[4.0, 1.0, 1.0, 1.0]] * 7, "seconds=relative")
    seconds = on_the_clock("allreduce", 4, 100, straggler=slow).summary.virtual_seconds
    assert seconds == pytest.approx(400 / 1.75, rel=1e-12)


def test_row_k_of_a_rank_is_its_k_th_gradient(trace):
    times = 1.0 + np.arange(24.0).reshape(8, 3)
    np.testing.assert_allclose(first(trace(times), 3, 8) * times.mean(), times.T, rtol=1e-15)


def test_an_update_takes_the_slowest_of_its_step(trace):
    times = np.random.default_rng(0).gamma(2.0, 1.0, (20, 5))
    seconds = on_the_clock("hardsync", 5, 20, straggler=trace(times)).summary.virtual_seconds
    assert seconds == pytest.approx(times.max(axis=1).sum(), rel=1e-12)


def test_beyond_the_end_blocks_of_steps_follow_each_other_for_all_workers_at_once(trace):
    # 100 steps: blocks of 10, each of successive steps of the circle, the same for all ranks.
    steps = np.arange(100.0)
    times = np.column_stack([1000 + steps, 3000 + steps])
    found = np.rint(first(trace(times), 2, 2100) * times.mean()).astype(int) - [[1000], [3000]]
    np.testing.assert_array_equal(found[0], found[1])
    blocks = found[0, 100:].reshape(200, 10)
    assert (np.diff(blocks, axis=1) % 100 == 1).all()
    # A block begins anywhere: 200 beginnings among 100 steps miss 100 (1 - 1/100)^200 = 13 of them, give or take 3.
    assert 100 - len(set(blocks[:, 0])) == pytest.approx(13, abs=12)
    assert (first(trace(times), 2, 300, seed=1) != first(trace(times), 2, 300)).any()


def test_fewer_workers_are_the_first_ranks_and_more_draw_theirs(trace):
    times = [[1.0, 2.0, 3.0, 4.0]] * 3
    multipliers = first(trace(times), 40, 1)[:, 0] * 2.5
    np.testing.assert_allclose(first(trace(times), 2, 1)[:, 0] * 2.5, [1, 2])
    np.testing.assert_allclose(multipliers[:4], [1, 2, 3, 4])
    # 36 draws miss one of the four with a chance of 4 (3/4)^36 = 1e-4.
    assert set(np.rint(multipliers[4:])) == {1, 2, 3, 4}


@pytest.mark.parametrize(
    ("times", "workers", "said"),
    [
        ([[1.0, 3.0]] * 2, 2, "4 rows, mean 2 s, cv 0.5, largest 3 s; 2 steps of 2 ranks replayed together"),
        ([[1.0, 3.0]] * 2, 1, "...; workers=1 are the first ranks"),
        ([[1.0, 3.0]] * 2, 3, "...; workers from 2 on draw a rank each, with replacement"),
        (
            [[1.0, 3.0], [1.0]],
            2,
            "3 rows, mean 2 s, cv 0.5, largest 3 s; 1 step of 2 ranks replayed together; 1 step "
            "left out for lack of a rank",
        ),
    ],
)
def test_what_was_read_is_said_and_what_is_made_of_it(times, workers, said, trace):
    words = trace(times)
    read, *_ = simulated(
        "hardsync", workers=workers, problem="none", network="ideal", straggler=words, until="updates=2"
    ).notices
    assert read.endswith(said.removeprefix("...")) if said.startswith("...") else read.endswith(f"steps.csv: {said}")


def test_a_warm_up_is_pointed_out(trace):
    (*_, warm_up) = law(trace([[60.0, 30.0], [1.0, 12.0], *[[1.0, 1.0]] * 9])).remarks(2)
    assert warm_up.endswith(
        "1 step at the beginning up to 60 times the median of 1 s: remove the warm-up from the file, unless a run is "
        "to meet it again and again"
    )


def test_the_barrier_factor_is_that_of_the_steps_that_all_ranks_have(tmp_path):
    # Mean over steps of the slowest, over the mean of all times; steps that lack a rank are left out of both.
    times = np.random.default_rng(0).lognormal(0.0, 0.7, (40, 6))
    rows = [f"{step},{rank},{times[step, rank]}" for step in range(40) for rank in range(6) if (step, rank) != (7, 2)]
    (tmp_path / "steps.csv").write_text("\n".join(["step,rank,seconds", *rows]))
    complete = np.delete(times, 7, axis=0)
    words = f"trace file={tmp_path / 'steps.csv'}"
    seconds = on_the_clock("hardsync", 6, 39, straggler=words).summary.virtual_seconds
    assert seconds / 39 == pytest.approx(complete.max(axis=1).mean() / complete.mean(), rel=1e-9)
