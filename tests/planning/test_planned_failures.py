"""Failures in a plan: closed forms beside chains and the engine, what is paid, and what is refused."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from families_of_words import families_of, family_of

from sim.incidents.daly import daly, expected
from sim.planning.asked import Asked, read_asked
from sim.planning.candidates import candidates_of
from sim.planning.effect import check_effects
from sim.planning.endured import EndlessError, Endured, endured
from sim.planning.endured_words import failures_said
from sim.planning.goal import Goal
from sim.planning.knowledge import Knowledge
from sim.planning.pace import Feed
from sim.planning.pool import Pool
from sim.planning.samples import Samples
from sim.planning.settings import Settings
from sim.planning.survived import survived

BASE = ("machines=p3", "workload=resnet50", "batch=64")
CRASH = ("faults.crash.rate_per_hour=0.1", "faults.crash.repair_seconds=600")
BACK = ("faults.recover=checkpoint", "checkpoint.write_seconds=10", "checkpoint.restore_seconds=20")
STEP = 0.2


def test_without_spares_places_are_alike_and_by_themselves() -> None:
    pool, up = Pool(6, 1.0 / 50.0, 10.0), 1.0 / 1.2
    assert pool.there == pytest.approx(up, rel=1e-12)
    for missing in range(7):
        chance = math.fsum(math.comb(6, k) * up ** (6 - k) * (1.0 - up) ** k for k in range(missing + 1))
        assert pool.at_most(missing) == pytest.approx(chance, rel=1e-12)


def test_spares_are_those_of_the_chain() -> None:
    matrix, rate, repair, places, spares = np.zeros((6, 6)), 0.02, 30.0, 3, 2
    for broken in range(6):
        if broken < 5:
            matrix[broken, broken + 1] = rate * (places - max(0, broken - spares))
        if broken:
            matrix[broken, broken - 1] = broken / repair
    matrix -= np.diag(matrix.sum(axis=1))
    chances = np.linalg.lstsq(np.vstack([matrix.T, np.ones(6)]), np.array([0.0] * 6 + [1.0]), rcond=None)[0]
    pool = Pool(places, rate, repair, spares)
    assert pool.at_most(0) == pytest.approx(chances[: spares + 1].sum(), rel=1e-9)
    assert pool.there > Pool(places, rate, repair, 1).there > Pool(places, rate, repair).there


def test_nothing_that_fails_leaves_everything() -> None:
    assert endured(family_of(*BASE), 4, STEP) == Endured()


def test_a_job_that_goes_back_is_dalys() -> None:
    instant = ("faults.crash.rate_per_hour=0.1", "faults.crash.repair_seconds=0", "faults.detection_seconds=0")
    family = family_of(*BASE, *instant, *BACK)
    found = endured(family, 4, STEP)
    assert found.between == pytest.approx(36_000.0 / 32.0)
    assert found.every == pytest.approx(daly(10.0, found.between), abs=STEP)
    assert 1.0 / found.share == pytest.approx(expected(found.every, 10.0, found.between, 20.0), rel=1e-12)
    assert "checkpoint.every_seconds=young_daly" in family.words
    assert family.experiment.faults.active is False


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "off"),
    [
        ((*CRASH, *BACK), 0.03),
        (CRASH, 0.02),
        ((*CRASH, "protocol=async_ps"), 0.02),
        ((*CRASH, "protocol=hardsync"), 0.03),
        ((*CRASH, "protocol=backup_sync", "protocol.backups=2"), 0.02),
        (("faults.elastic.rate_per_hour=0.1", "faults.elastic.seconds=600"), 0.02),
    ],
)
def test_the_engine_has_as_much_left(words: tuple[str, ...], off: float) -> None:
    family = family_of(*BASE, *words)
    found = endured(family, 2, STEP)
    seen = survived(family, 2, STEP, found)
    assert seen is not None
    assert seen.share == pytest.approx(found.share, abs=off)


def test_spares_and_spot_workers_are_paid() -> None:
    spare = endured(family_of(*BASE, *CRASH, "faults.crash.scope=machine", "faults.crash.spares=1"), 4, STEP)
    assert (spare.spares, spare.paid) == (1, 1.0)
    spot = family_of(*BASE, "faults.elastic.rate_per_hour=1", "faults.elastic.seconds=1200")
    there = 1.0 / (1.0 + 1200.0 / 3600.0)
    assert endured(spot, 4, STEP, 0.3).paid == pytest.approx((1.0 + 31.0 * 0.3 * there) / 32.0)
    assert endured(spot, 4, STEP, 0.3).share < there + 0.02
    said = [*failures_said({**endured(spot, 4, STEP, 0.3)._asdict(), "goodput": 0.75, "by": "x", "paid_ratio": 0.25})]
    assert said[-1] == "those that train cost 25.0\N{NO-BREAK SPACE}% of as many on demand"


def test_failures_are_in_a_candidates_time_and_cost() -> None:
    goal = Goal(samples=1e6)
    settings = Settings(Knowledge(), Samples(goal, "resnet50"), Feed(), 50, None)
    asked = Asked(goal=goal, counts=(2,))
    (plain,) = candidates_of(asked, [family_of(*BASE)], settings)
    (failing,) = candidates_of(asked, [family_of(*BASE, *CRASH, *BACK)], settings)
    share = failing.endured.share
    assert 0.5 < share < 0.95
    np.testing.assert_allclose(failing.minutes, plain.minutes / share)
    np.testing.assert_allclose(failing.cost, plain.cost / share)
    assert failing.pace is not None
    assert failing.pace.share("failures") == pytest.approx(1.0 - share)


def test_nothing_gets_done_where_failures_are_too_many() -> None:
    family = family_of(*BASE, "faults.crash.rate_per_hour=1000", "faults.crash.repair_seconds=600", *BACK)
    with pytest.raises(EndlessError, match=r"32 workers fails every .* s, and nothing gets done"):
        endured(family, 4, STEP)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("faults.link.rate_per_hour=1",), "faults.link.rate_per_hour: a plan counts crashes"),
        (("faults.slow_down.rate_per_hour=1",), "faults.slow_down.rate_per_hour: a plan counts crashes"),
        ((*CRASH, "faults.crash.permanent=true"), "faults.crash.permanent: true leaves nobody"),
        ((*CRASH, "faults.crash.shape=0.7"), "faults.crash.shape: 0.7 has no closed form"),
        ((*CRASH, "protocol=ssp"), "protocol: with ssp nobody has a form"),
        ((*CRASH, "protocol=async_ps", "checkpoint.every_seconds=60.0"), "checkpoint.every_seconds: no worker of"),
        ((*CRASH, "sites=2", "link.gbps=1", "protocol=diloco"), "sites: failures of machines at several sites"),
    ],
)
def test_what_has_no_form_is_refused(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        families_of(*BASE, *words)


def test_words_without_an_effect_are_refused() -> None:
    asked = read_asked(["goal.samples=1e6", "plan.spot_price=0.3"])
    with pytest.raises(ValueError, match=r"plan.spot_price: 0.3 of no spot worker"):
        check_effects(asked, [family_of(*BASE)], None)
    idle = replace(asked, spot_price=None, words=("faults.crash.spares=2",))
    with pytest.raises(ValueError, match=r"faults.crash.spares: is of failures, and there are none"):
        check_effects(idle, [family_of(*BASE)], None)
    with pytest.raises(ValueError, match=r"plan\.spot_price: must be from 0 to 1"):
        read_asked(["goal.samples=1e6", "plan.spot_price=3"])
