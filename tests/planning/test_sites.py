"""Sites that average seldom: the law that published runs are predicted with, and which round is chosen."""

from __future__ import annotations

import numpy as np
import pytest
from families_of_words import family_of

from sim.calibration.rounds import USUAL, synchronisation
from sim.planning.asked import PERIODS, Asked, Sites
from sim.planning.candidates import candidates_of
from sim.planning.choice import choose
from sim.planning.goal import Goal
from sim.planning.impossible import impossible_ones
from sim.planning.knowledge import Knowledge
from sim.planning.pace import Feed
from sim.planning.rounds import apart, at_sites
from sim.planning.samples import Samples
from sim.planning.sensitivity import sensitivity
from sim.planning.settings import Settings

pytestmark = pytest.mark.slow

GOAL = Goal(utilisation=0.9)
SETTINGS = Settings(Knowledge(), Samples(GOAL, "gpt2"), Feed(), 300, None)
SITES = Sites(2, (1.0, 10.0), 10e-3)
WORDS = ("machines=p4d", "workload=gpt2", "batch=16", "protocol=diloco")


def utilisation(period: int, gbps: float) -> float:
    family = family_of(*WORDS, f"protocol.period={period}")
    (pace,) = at_sites(family, (1,), SITES, gbps, SETTINGS)
    return pace.range_of(pace.shares["compute"]).middle


def test_the_middle_is_that_of_the_law() -> None:
    family = family_of(*WORDS, "protocol.period=64")
    (pace,) = at_sites(family, (1,), SITES, 1.0, SETTINGS)
    step = 8 * 16 / float(np.median(pace.rate / pace.shares["compute"] / 2.0))
    run = family.experiment
    tensors = run.workload.message_tensors(run.problem)
    ring = synchronisation(2, 4.0 * run.model.parameters, len(tensors), 1e9, USUAL, SITES.latency)
    alone = step * 64 / (step * 64 * (1.0 + USUAL.slowest) + ring)
    assert pace.range_of(pace.shares["compute"]).middle == pytest.approx(alone, abs=0.02)


def test_twice_the_steps_or_the_link_is_seen() -> None:
    assert utilisation(8, 1.0) < utilisation(16, 1.0) - 0.03 < utilisation(32, 1.0) - 0.06
    assert utilisation(8, 10.0) > utilisation(8, 1.0) + 0.03


def test_the_shortest_round_on_the_slowest_link_is_chosen() -> None:
    asked = Asked(goal=GOAL, counts=(1,), sites=SITES)
    found = [*candidates_of(asked, [family_of(*WORDS)], SETTINGS)]
    assert len(found) == len(PERIODS) * len(SITES.gbps)
    choice = choose(found, GOAL)
    assert choice.best is not None
    assert choice.meets
    gbps, period = choice.best.round
    assert gbps == 1.0
    others = [each for each in found if each.round[0] == gbps and each.round[1] < period]
    assert others
    assert all((each.chance or 0.0) < 0.9 for each in others)
    # a faster link needs no longer rounds
    assert min(each.round[1] for each in found if each.round[0] == 10.0 and each.status == "meets") <= period
    parts = {saved.part: saved.share.middle for saved in sensitivity(choice.best, SETTINGS, SITES)}
    assert parts["device"] > 0.4
    assert parts["period"] > 0.0
    assert parts["nic"] >= 0.0


def test_periods_and_links_are_told_apart() -> None:
    family = family_of(*WORDS)
    every = [*apart(family, SITES, learns=False)]
    assert {gbps for _, gbps in every} == set(SITES.gbps)
    assert [each.varied[-1] for each, gbps in every if gbps == 1.0] == [f"protocol.period={each}" for each in PERIODS]
    own = [*apart(family_of(*WORDS, "protocol.period=7"), SITES, learns=False)]
    assert len(own) == len(SITES.gbps)


def test_protocols_that_average_at_every_step_are_refused() -> None:
    asked = Asked(goal=GOAL, counts=(1,), sites=SITES)
    found = impossible_ones(asked, [family_of("machines=p4d", "workload=gpt2", "batch=4")])
    assert found[0, 1] == "sites: protocol=allreduce does not step in rounds; give protocol=diloco or local_sgd"
