"""Daly's law: how often to write a checkpoint, and what failures cost then."""

import numpy as np
import pytest
from experiments import experiment

from sim.incidents.daly import daly, expected, optimum, young
from sim.simulate import simulate

WRITE, BETWEEN, RESTART = 5.0, 1000.0, 20.0


@pytest.mark.parametrize("ratio", [1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.1])
def test_dalys_interval_is_the_optimum(ratio):
    exact = optimum(ratio, 1.0)
    assert daly(ratio, 1.0) == pytest.approx(exact, rel=1e-3)
    around = exact * np.linspace(0.5, 2.0, 301)
    assert expected(exact, ratio, 1.0, 0.1) <= min(expected(tau, ratio, 1.0, 0.1) for tau in around)


@pytest.mark.parametrize("ratio", [0.2, 0.5, 1.0, 1.5])
def test_beyond_that_the_time_at_it_is_what_it_is_at_the_optimum(ratio):
    assert expected(daly(ratio, 1.0), ratio, 1.0, 0.0) == pytest.approx(
        expected(optimum(ratio, 1.0), ratio, 1.0, 0.0), rel=1e-3
    )


def test_of_short_writing_it_is_youngs():
    assert daly(1e-6, 1.0) == pytest.approx(young(1e-6, 1.0), rel=1e-3)


@pytest.mark.slow
def test_the_simulated_goodput_is_that_of_the_law_and_best_at_the_interval():
    """Two workers, of whom each fails every 2 000 s: an interval is 20, 40 or 80 steps."""
    step = daly(WRITE, BETWEEN) / 40
    goodput = []
    for steps in (20, 40, 80):
        result = simulate(
            experiment(
                "allreduce",
                workers=2,
                problem="none",
                network="ideal",
                workload=f"synthetic seconds={step} bytes=1000",
                until="seconds=1e6",
                faults=(
                    f"crash crash.rate_per_hour={3600 / BETWEEN / 2} crash.repair_seconds=16 crash.repair=fixed "
                    "detection_seconds=0 recover=checkpoint"
                ),
                checkpoint=f"every_updates={steps} write_seconds={WRITE} restore_seconds=4",
            )
        )
        summary = result.summary
        law = 1.0 / expected(steps * step, WRITE, BETWEEN, RESTART)
        assert summary.goodput == pytest.approx(law, rel=0.01)
        assert summary.updates * step / summary.virtual_seconds == pytest.approx(law, rel=0.01)
        goodput.append(summary.goodput)
    assert goodput[1] == max(goodput)
