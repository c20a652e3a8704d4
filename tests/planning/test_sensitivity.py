"""What changes buy: as measured tables and closed forms say."""

from __future__ import annotations

import pytest
from families_of_words import family_of

from sim.planning.asked import Asked, Sites
from sim.planning.candidate import Candidate
from sim.planning.candidates import candidates_of
from sim.planning.goal import Goal
from sim.planning.knowledge import Knowledge
from sim.planning.pace import Feed
from sim.planning.samples import Samples
from sim.planning.sensitivity import PARTS, Saved, sensitivity
from sim.planning.settings import Settings
from sim.planning.unsure import doubts

pytestmark = pytest.mark.slow

DRAWS = 300
KNOWN = Knowledge()


def judged(
    *words: str, count: int = 1, goal: Goal | None = None, feed: Feed | None = None, sites: Sites | None = None
) -> tuple[Candidate, Settings]:
    goal = goal or Goal(samples=1e6)
    family = family_of(*words)
    asked = Asked(goal=goal, counts=(count,), feed=feed or Feed(), sites=sites)
    settings = Settings(KNOWN, Samples(goal, "resnet50"), asked.feed, DRAWS, None)
    (found,) = candidates_of(asked, [family], settings)
    return found, settings


def by_part(best: Candidate, settings: Settings, sites: Sites | None = None) -> dict[str, Saved]:
    return {saved.part: saved for saved in sensitivity(best, settings, sites)}


def test_eight_p3_are_bound_by_what_software_moves() -> None:
    """The table p3-25g-resnet50-fp32-synth: 8 machines have 45 % of linear scaling on a 25 Gb/s card."""
    best, settings = judged("machines=p3", "workload=resnet50", "batch=64", "workload.precision=fp32", count=8)
    saved = by_part(best, settings)
    assert best.pace is not None
    assert best.pace.bound_by == "flow_cap"
    assert abs(saved["nic"].share.middle) < 0.01
    assert saved["flow_cap"].share.middle > 0.25
    assert saved["bytes"].share.middle > 0.25
    (flows,) = [doubt for doubt in doubts(best, settings) if doubt.what == "flows per network card"]
    assert flows.share is not None
    assert flows.share > 0.3
    assert "nccl-tests" in flows.measure
    assert list(saved) == sorted(saved, key=lambda part: -saved[part].share.middle)
    assert set(saved) == set(PARTS)


def test_one_machine_gains_by_computing_alone() -> None:
    best, settings = judged("machines=p3", "workload=resnet50", "batch=64")
    saved = by_part(best, settings)
    assert saved["device"].share.middle == pytest.approx(0.5, abs=0.01)
    for part in ("nic", "flow_cap", "bytes", "servers"):
        assert saved[part].share.middle == 0.0


def test_twice_the_machines_of_one_batch_take_more_samples() -> None:
    best, settings = judged("machines=p4d", "workload=resnet50", "batch=256", count=16, goal=Goal(accuracy=0.759))
    constant, others = judged("machines=p4d", "workload=resnet50", "batch=256", count=16)
    with_table, without = by_part(best, settings)["machines"], by_part(constant, others)["machines"]
    assert without.share.middle > 0.4
    assert with_table.share.middle < without.share.middle - 0.1


def test_a_machine_that_is_not_fed_gains_nothing_by_computing() -> None:
    best, settings = judged("machines=p3", "workload=resnet50", "batch=64", feed=Feed(each=500.0))
    saved = by_part(best, settings)
    assert saved["device"].share.middle == 0.0
    assert saved["machines"].share.middle == pytest.approx(0.5)
    assert best.pace is not None
    assert best.pace.bound_by == "input"


def test_a_card_that_carries_twice_as_much_is_seen() -> None:
    """No result changes nothing where bandwidth changes twofold and decides."""
    words = ("machines=p3dn", "workload=vgg16", "batch=8", "transport=rdma")
    slow, fast = (judged(*words, f"network.bandwidth_gbps={rate}", count=4)[0] for rate in (5, 10))
    assert slow.pace is not None
    assert fast.pace is not None
    assert slow.pace.bound_by == "nic"
    assert fast.pace.range_of(fast.pace.rate).middle > 1.5 * slow.pace.range_of(slow.pace.rate).middle


def test_a_server_that_is_the_bottleneck_is_worth_doubling() -> None:
    words = ("machines=p2.xlarge", "workload=resnet50", "batch=32", "protocol=hardsync", "transport=tcp")
    best, settings = judged(*words, "network.bandwidth_gbps=10", count=8)
    saved = by_part(best, settings)
    assert saved["servers"].share.middle > 0.3
    assert saved["servers"].share.middle > saved["device"].share.middle
