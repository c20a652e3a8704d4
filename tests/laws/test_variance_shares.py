"""Whose the variance of step times is, and what a barrier makes of them: by hand, of a slow twin, in a run."""

from pathlib import Path

import numpy as np
import pytest
from experiments import option, simulated

from sim.stragglers.shares import barrier_factor, shares
from sim.stragglers.step_times import read_step_times

#: Measured step times (step, rank, seconds), where they lie beside this folder.
MEASURED = sorted((Path(__file__).parents[3] / "shared" / "reference" / "truth" / "stragglers").glob("*.csv"))


def twin(times):
    """The sums of squares one number at a time, and the correlation by pairs."""
    steps, workers = len(times), len(times[0])
    mean = sum(map(sum, times)) / (steps * workers)
    of_worker = [sum(row[r] for row in times) / steps - mean for r in range(workers)]
    of_step = [sum(row) / workers - mean for row in times]
    sums, pairs, squares = np.zeros(4), 0.0, 0.0
    for k in range(steps):
        for r in range(workers):
            about = times[k][r] - mean
            sums += about**2, of_worker[r] ** 2, of_step[k] ** 2, (about - of_worker[r] - of_step[k]) ** 2
            squares += (about - of_worker[r]) ** 2
            if k:
                pairs += (about - of_worker[r]) * (times[k - 1][r] - mean - of_worker[r])
    return [*(sums[1:] / sums[0]), pairs / squares]


@pytest.mark.parametrize("shape", [(30, 4), (5, 20), (2, 2)])
def test_shares_are_those_of_the_slow_twin_and_add_up(shape):
    times = np.random.default_rng(0).lognormal(0, 0.5, shape) + np.arange(shape[1])
    found = shares(times)
    np.testing.assert_allclose(found, twin(times.tolist()), rtol=1e-9)
    assert found.worker + found.step + found.rest == pytest.approx(1, rel=1e-12)


def test_what_is_the_worker_s_the_step_s_and_neither_s_by_hand():
    assert shares(np.array([[1.0, 3.0]] * 4)) == (1, 0, 0, None)
    assert shares(np.array([[1.0, 1.0], [3.0, 3.0]])) == (0, 1, 0, -0.5)  # d = -1, 1: the sum of -1 over that of 1 + 1
    assert shares(np.array([[1.0, 3.0], [3.0, 1.0]]))[:3] == (0, 0, 1)
    assert shares(np.full((7, 3), 0.1)) is None


def test_the_barrier_factor_by_hand():
    assert barrier_factor(np.array([[1.0, 3.0], [2.0, 2.0]])) == 2.5 / 2


def kinds():
    """Step times of the kinds that clusters have: by name, float64 ``[steps, ranks]`` (s)."""
    generator = np.random.default_rng(1)
    step = np.repeat(generator.gamma(4.0, 0.2, 30), 10)[:, None]  # moments that last
    own = generator.lognormal(0.0, 0.1, (300, 6))
    slow = np.array([4.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    return {
        "a slow worker": slow * own,
        "slow moments": step * (1.0 + 0.01 * own),
        "both": step * slow * own,
        "heavy tails": 1.0 + generator.pareto(2.5, (300, 6)),
    }


def of_a_run(file, updates):
    """The barrier factor of a run: virtual seconds of an update, over the mean compute seconds, and what it says."""
    ranks = read_step_times(str(file)).seconds.shape[1]
    words = f"trace file={file} seconds=absolute"
    result = simulated(
        "hardsync", workers=ranks, network="ideal", problem="none", straggler=words, until=f"updates={updates}"
    )
    # On a network that takes no time a worker computes or waits: the share that it computes is mean / slowest.
    summary = result.summary
    said = next(line for line in result.notices if "barrier factor" in line)
    seconds = summary.virtual_seconds / updates / read_step_times(str(file)).seconds[:updates].mean()
    assert 1 / summary.compute_fraction == pytest.approx(seconds, rel=1e-9)
    return seconds, said


@pytest.mark.parametrize("kind", kinds())
def test_a_run_keeps_the_barrier_factor_of_its_file(kind, tmp_path):
    # All steps of the file once, each as long as its slowest: equal but for rounding. Step 7 lacks a rank.
    times = kinds()[kind]
    rows = [f"{k},{r},{times[k, r]}" for k in range(300) for r in range(6) if (k, r) != (7, 2)]
    file = tmp_path / "steps.csv"
    file.write_text("\n".join(["step,rank,seconds", *rows]))
    expected = barrier_factor(np.delete(times, 7, axis=0))
    found, said = of_a_run(file, 299)
    assert found == pytest.approx(expected, rel=1e-9)
    assert f"barrier factor {expected:.4g}; shares" in said


@pytest.mark.skipif(not MEASURED, reason="the measured step times are not beside this folder")
@pytest.mark.parametrize("file", MEASURED, ids=lambda file: file.stem)
def test_a_run_keeps_the_barrier_factor_of_every_measured_file(file):
    times = read_step_times(str(file)).seconds
    found, _ = of_a_run(file, len(times))
    assert found == pytest.approx(barrier_factor(times), rel=1e-9)


def test_fewer_workers_have_the_barrier_factor_of_the_ranks_that_they_replay(tmp_path):
    times = kinds()["both"]
    rows = [f"{k},{r},{times[k, r]}" for k in range(300) for r in range(6)]
    (tmp_path / "steps.csv").write_text("\n".join(["step,rank,seconds", *rows]))
    law = option("straggler", f"trace file={tmp_path / 'steps.csv'}")
    for workers in (2, 6, 9):
        assert f"barrier factor {barrier_factor(times[:, :workers]):.4g}; " in law.remarks(workers)[1]
    (only,) = law.remarks(1)
    assert "barrier" not in only
