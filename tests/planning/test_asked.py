"""What a planner asks: which words are of the plan, and which of them mean nothing."""

from __future__ import annotations

import re

import pytest

from sim.planning.asked import is_own, read_asked
from sim.planning.given import check_given
from sim.planning.goal import Goal

ENOUGH = ("goal.samples=1e6",)


def test_words_are_read() -> None:
    asked = read_asked(
        ["goal.accuracy=0.759", "goal.minutes=60", "machines=p4d, p3", "count=1..6,12", "flows=4", "plan.folder=größe"]
    )
    assert asked.goal == Goal(accuracy=0.759, minutes=60.0)
    assert asked.machines == ("p4d", "p3")
    # 1..6 has the powers of two in between, and both ends
    assert asked.counts == (1, 2, 4, 6, 12)
    assert (asked.flows, asked.folder, asked.sites) == (4, "größe", None)


def test_sites_have_links() -> None:
    sites = read_asked([*ENOUGH, "sites=3", "link.gbps=1,10", "link.latency_ms=80"]).sites
    assert sites is not None
    assert (sites.number, sites.gbps, sites.latency) == (3, (1.0, 10.0), 0.08)


def test_words_of_runs_are_left() -> None:
    words = ["workload=resnet50", "network.bandwidth_gbps=10", "+batch=3", "goal.samples=1e6", "inputs=3"]
    assert [word for word in words if is_own(word)] == ["goal.samples=1e6"]
    assert read_asked(words).words == tuple(word for word in words if word != "goal.samples=1e6")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("goal.minuts=60", "goal.minuts: there is no such key of a plan; did you mean goal.minutes?"),
        ("plan.foldr=x", "plan.foldr: there is no such key of a plan; did you mean plan.folder?"),
        ("+goal.minutes=60", "+goal.minutes=60: is of the plan, not of a config; write goal.minutes=60"),
        ("++count=60", "++count=60: is of the plan, not of a config; write count=60"),
        ("goal=60", "goal: there is no such key of a plan"),
        ("goal.minutes", "goal.minutes: no value is given"),
        ("machines=", "machines: no value is given"),
        ("goal.minutes=soon", "goal.minutes: expected a number, got 'soon'"),
        ("goal.minutes=60,90", "goal.minutes: expected a number, got '60,90'"),
        ("goal.minutes=nan", "goal.minutes: expected a number, got 'nan'"),
        ("goal.minutes=-3", "goal.minutes: must be from 1e-06 to 1e+18, got -3"),
        ("goal.cost=1e300", "goal.cost: must be from 1e-06 to 1e+18, got 1e+300"),
        ("goal.utilisation=50", "goal.utilisation: must be above 0 and below 1, got 50"),
        ("goal.confidence=1", "goal.confidence: must be above 0 and below 1, got 1"),
        ("goal.confidence=0.5", "goal.confidence: 0.5 sure of what? nothing can be missed; give goal.minutes"),
        ("goal.accuracy=0.7", "goal.samples: 1e+06 contradicts goal.accuracy=0.7"),
        ("machines=,", "machines: ',' has a comma with nothing beside it"),
        ("machines=p3,", "machines: 'p3,' has a comma with nothing beside it"),
        ("machines=p3,p4d,p3", "machines: 'p3,p4d,p3' has p3 twice"),
        ("count=0", "count: expected a whole number from 1 to 100000, got '0'"),
        ("count=1,,2", "count: expected a whole number from 1 to 100000, got ''"),
        ("count=1..", "count: expected a whole number from 1 to 100000, got ''"),
        ("count=9999999", "count: expected a whole number from 1 to 100000, got '9999999'"),
        ("count=" + "9" * 50, "count: expected a whole number from 1 to 100000, got '99"),
        ("count=²", "count: expected a whole number from 1 to 100000, got '²'"),
        ("count=8..1", "count: 8..1 has no number in it"),
        ("flows=0", "flows: expected a whole number from 1 to 1024, got '0'"),
        ("sites=1", "sites: must be at least 2, got 1"),
        ("sites=1001", "sites: expected a whole number from 1 to 1000, got '1001'"),
        ("sites=2", "link.gbps: is needed beside sites"),
        ("link.gbps=1", "link.gbps: is the link between sites, and there are none"),
        ("link.latency_ms=1", "link.latency_ms: is the link between sites, and there are none"),
        ("input.samples_per_second=0", "input.samples_per_second: must be from 1e-06 to 1e+18, got 0; give more"),
        ("storage.samples_per_second=1e300", "storage.samples_per_second: must be from 1e-06 to 1e+18, got 1e+300"),
        ("storage.samples_per_second=much", "storage.samples_per_second: expected a number, got 'much'"),
    ],
)
def test_what_means_nothing_is_refused(word: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}") as caught:
        read_asked([*ENOUGH, word])
    assert ";" in str(caught.value), "there is a remedy"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "goal: nothing is asked; give goal.accuracy or goal.samples"),
        (["goal.confidence=0.9"], "goal: nothing is asked"),
        (["goal.minutes=60"], "goal.minutes: of what? give goal.accuracy"),
        (["goal.cost=60", "goal.utilisation=0.5"], "goal.cost: of what?"),
        ([*ENOUGH, "count=1", "count=2"], "count: given twice, 1 and 2"),
        ([*ENOUGH, "sites=2", "link.gbps=1,1"], "link.gbps: '1,1' has 1 twice"),
        ([*ENOUGH, "sites=2", "link.gbps=1e300"], "link.gbps: must be from 1e-06 to 1e+06, got 1e+300; give less"),
        ([*ENOUGH, "sites=2", "link.gbps=1", "link.latency_ms=-1"], "link.latency_ms: must be from 0 to"),
    ],
)
def test_what_contradicts_itself_is_refused(words: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
        read_asked(words)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("workers=8", "workers: 8 follows from machines and count; leave it out"),
        ("network.hosts=8", "network.hosts: 8 follows from count; leave it out"),
        ("until.updates=8", "until.updates: 8 ends a run"),
        ("seed=1,2", "seed: 1,2 is of a run"),
        ("hydra/sweeper=optuna", "hydra/sweeper: optuna is of the files of a run"),
        ("workload=resnet50,vgg16", "workload: resnet50,vgg16 are several"),
    ],
)
def test_keys_that_a_plan_has_no_use_for_are_refused(word: str, said: str) -> None:
    given = {"workload": "resnet50"} | dict([word.split("=")])
    with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
        check_given(given, read_asked([*ENOUGH, "machines=p3"]))


def test_something_has_to_be_trained_on_something() -> None:
    with pytest.raises(ValueError, match="workload: what is to be trained"):
        check_given({}, read_asked([*ENOUGH, "machines=p3"]))
    with pytest.raises(ValueError, match="machines: which may it be"):
        check_given({"workload": "resnet50"}, read_asked([*ENOUGH]))
    check_given({"workload": "resnet50", "device": "v100"}, read_asked([*ENOUGH]))
