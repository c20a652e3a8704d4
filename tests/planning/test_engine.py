"""Candidates by simulation: servers, workers that wait for nobody, shares of states, and what decides."""

from __future__ import annotations

import numpy as np
import pytest
from families_of_words import family_of

from sim.planning.engine import simulated
from sim.planning.family import Family
from sim.planning.formula import formula
from sim.planning.knowledge import Knowledge
from sim.planning.pace import SHARES, Pace
from sim.predict_step import predict_step
from sim.transports.ideal import Ideal

pytestmark = pytest.mark.slow

DRAWS = 100
KNOWN = Knowledge()


def pace_of(family: Family, count: int, part: str = "", factor: float = 1.0) -> Pace:
    (found,) = simulated([(family, count)], KNOWN, DRAWS, 1, part=part, factor=factor)
    return found.pace


def test_a_step_that_has_a_closed_form_takes_just_that() -> None:
    family = family_of("machines=p3.2xlarge", "workload=resnet50", "batch=32", "protocol=sharded", "transport=ideal")
    assert isinstance(family.experiment.transport, Ideal)
    pace = pace_of(family, 4)
    run = family.at(4)
    slower = pace.rate / np.median(pace.rate)
    assert np.median(pace.rate) == pytest.approx(predict_step(run).samples_per_second, rel=0.02)
    # what is drawn is the device, by as much as it computes
    assert 0.01 < float(np.std(np.log(slower))) < 0.1


def test_faster_cards_are_not_slower() -> None:
    family = family_of("machines=p3.2xlarge", "workload=resnet50", "batch=8", "protocol=hardsync")
    law, pace = formula(family, (4,), KNOWN, DRAWS, 1), pace_of(family, 4)
    np.testing.assert_array_equal(pace.card, law.card[:, 0])
    alike = np.argsort(pace.card)
    # devices differ, too: of the fifth with the slowest cards and of that with the fastest the medians
    slow, fast = pace.rate[alike[: DRAWS // 5]], pace.rate[alike[-DRAWS // 5 :]]
    assert np.median(fast) > 1.1 * np.median(slow)
    assert pace.by == "engine"
    assert pace.bound_by in {"flow_cap", "server"}
    np.testing.assert_allclose(sum(pace.share(name) for name in SHARES), 1.0, atol=0.02)


def test_workers_that_wait_for_nobody_are_simulated_over_many_updates() -> None:
    family = family_of(
        "machines=p3.2xlarge", "workload=resnet50", "batch=32", "protocol=async_ps", "straggler=lognormal"
    )
    pace = pace_of(family, 4)
    alone = pace_of(family_of("machines=p3.2xlarge", "workload=resnet50", "batch=32"), 1)
    assert np.median(pace.rate) < 4.0 * np.median(alone.rate)


@pytest.mark.parametrize(
    ("part", "factor", "least"),
    [("device", 2.0, 1.0), ("flow_cap", 2.0, 1.2), ("bytes", 0.5, 1.2), ("servers", 4.0, 1.2)],
)
def test_changes_of_servers(part: str, factor: float, least: float) -> None:
    family = family_of("machines=p3.2xlarge", "workload=resnet50", "batch=8", "protocol=hardsync")
    usual, changed = pace_of(family, 4), pace_of(family, 4, part, factor)
    assert np.median(changed.rate) > least * np.median(usual.rate)


def test_without_stragglers_a_barrier_waits_less() -> None:
    family = family_of(
        "machines=p3.2xlarge", "workload=resnet50", "batch=32", "straggler=exponential", "transport=ideal"
    )
    usual, changed = pace_of(family, 4), pace_of(family, 4, "stragglers", 0.0)
    # the largest of four exponential times is 1 + 1/2 + 1/3 + 1/4 of their mean
    assert np.median(changed.rate) / np.median(usual.rate) > 1.2
