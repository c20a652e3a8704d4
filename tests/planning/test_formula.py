"""The formula of a plan: within 1 % of the engine where nothing contends, and not used elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from families_of_words import family_of

from sim.evidence.range import Range
from sim.planning.formula import SEVERAL, formula
from sim.planning.knowledge import Knowledge
from sim.planning.pace import SHARES, Feed, paces
from sim.planning.verified import verified

KNOWN = Knowledge()
DRAWS = 200

#: What the formula is used for: machines of one device and of many, one card and several, each transport, small and
#: large buckets, accumulation, precisions, a model from a file, wires that take no time.
UNCONTENDED = (
    "machines=p3 workload=resnet50 batch=64",
    "machines=p4d workload=resnet50 batch=256 workload.precision=amp",
    "machines=g4dn workload=vgg16 batch=32",
    "machines=p3.2xlarge workload=resnet101 batch=32",
    "machines=dgx1 workload=bert_base batch=8",
    "machines=dgx_a100 workload=gpt2 batch=4 workload.precision=bf16",
    "machines=p5 workload=resnet152 batch=32 workload.precision=bf16",
    "machines=p3 workload=alexnet batch=128 workload.accumulation=4",
    "machines=p3dn workload=inception_v3 batch=32 transport=rdma network.bandwidth_gbps=25",
    "machines=p3dn workload=transformer_xl batch=2 transport=tcp transport.interference=0.5",
    "machines=p3 workload=resnet18 batch=16 transport=ideal",
    "workload=resnet50 device=v100 batch=32 network=single_switch network.bandwidth_gbps=10 transport=tcp",
    "workload=resnet50 device=a100 batch=32 network=ideal transport=ideal",
    "machines=p3 workload=resnet50 batch=64 transport.nic_cap_gbps=20 collective=ring",
)

#: What it is not used for, and the key that says so.
CONTENDED = {
    "protocol=hardsync": "protocol=hardsync",
    "protocol=async_ps": "protocol=async_ps",
    "protocol=sharded": "protocol=sharded",
    "protocol=local_sgd": "protocol=local_sgd",
    "protocol=dpsgd": "protocol=dpsgd",
    "protocol.bucket_bytes=null": "the keys of protocol=allreduce",
    "protocol.bucketing=horovod": "the keys of protocol=allreduce",
    "straggler=lognormal": "straggler=lognormal",
    "background=random": "background=random",
    "compression=top_k": "compression=top_k",
    "placement=random": "placement=random",
    "network=leaf_spine": "network=leaf_spine",
    "network=torus": "network=torus",
    "collective=hierarchical": "collective=hierarchical",
    "transport.overlap=false": "transport.overlap=false",
}


#: On one machine, on two and on four; of two the first case alone is quick.
CASES = [(words, count) for words in UNCONTENDED for count in (1, 2, 4)]


@pytest.mark.parametrize(
    ("words", "count"), [case if case == CASES[1] else pytest.param(*case, marks=pytest.mark.slow) for case in CASES]
)
def test_formula_is_within_one_percent_of_the_engine(words: str, count: int) -> None:
    family = family_of(*words.split())
    assert family.beyond_formula is None
    found = verified(formula(family, (count,), KNOWN, DRAWS), count)
    assert found.off < 0.01


@pytest.mark.slow
@pytest.mark.parametrize(
    "word", [pytest.param(word, marks=[] if number < 2 else pytest.mark.slow) for number, word in enumerate(CONTENDED)]
)
def test_formula_is_not_used_elsewhere(word: str) -> None:
    assert family_of("machines=p3", "workload=resnet50", "batch=32", word).beyond_formula == CONTENDED[word]


def test_shares_of_a_step_add_up() -> None:
    for pace in paces(formula(family_of("machines=p3", "workload=vgg16", "batch=32"), (1, 2, 8), KNOWN, DRAWS)):
        whole = sum(pace.shares[name] for name in SHARES)
        np.testing.assert_allclose(whole, 1.0, rtol=1e-12)


def test_one_machine_sends_nothing() -> None:
    (pace,) = paces(formula(family_of("machines=p3", "workload=vgg16", "batch=32"), (1,), KNOWN, DRAWS))
    assert pace.share("exposed") == 0.0
    assert pace.carried == 0.0
    assert pace.bound_by == "compute"


def test_half_the_bytes_is_twice_every_rate() -> None:
    found = formula(family_of("machines=p3", "workload=vgg16", "batch=32"), (4,), KNOWN, DRAWS)
    fewer = found.changed("bytes", 0.5).step().seconds
    faster = found.changed("nic", 2.0).changed("flow_cap", 2.0).step().seconds
    np.testing.assert_allclose(fewer, faster, rtol=1e-12)


@pytest.mark.parametrize(
    ("part", "factor"),
    [("device", 2.0), ("nic", 2.0), ("flow_cap", 2.0), ("bytes", 0.5), ("stragglers", 0.0), ("latency", 0.5)],
)
def test_nothing_is_slower_for_being_better(part: str, factor: float) -> None:
    found = formula(family_of("machines=g4dn", "workload=vgg16", "batch=32"), (2, 8), KNOWN, DRAWS)
    assert np.all(found.changed(part, factor).step().seconds <= found.step().seconds * (1.0 + 1e-12))


def test_paths_of_a_card_are_as_many_as_are_given() -> None:
    family = family_of("machines=p3", "workload=vgg16", "batch=32")
    one, four, unknown = (formula(family, (4,), KNOWN, DRAWS, paths) for paths in (1, 4, None))
    np.testing.assert_allclose(four.drawn.unknowns.cap, 4.0 * one.drawn.unknowns.cap, rtol=1e-12)
    several = ~unknown.one_path
    assert abs(float(several.mean()) - SEVERAL) < 0.1
    assert np.all(unknown.drawn.unknowns.cap[several] >= 2.0 * one.drawn.unknowns.cap[several])
    np.testing.assert_array_equal(unknown.drawn.unknowns.cap[~several], one.drawn.unknowns.cap[~several])


def test_input_is_a_cap() -> None:
    (pace,) = paces(formula(family_of("machines=p3", "workload=resnet50", "batch=64"), (1,), KNOWN, DRAWS))
    fed = pace.fed(Feed(each=100.0).most(1))
    np.testing.assert_allclose(fed.rate, 100.0)
    assert fed.bound_by == "input"
    assert fed.share("input") > 0.9
    assert Feed(each=100.0, together=150.0).most(2) == 150.0
    assert pace.fed(Feed().most(3)) is pace


def test_middle_is_of_the_usual_case_and_the_interval_of_all() -> None:
    (pace,) = paces(formula(family_of("machines=p3", "workload=vgg16", "batch=32"), (8,), KNOWN, 500))
    range_ = pace.range_of(pace.rate)
    assert isinstance(range_, Range)
    assert range_.middle == np.median(pace.rate[pace.one_path])
    assert range_.high > np.quantile(pace.rate[pace.one_path], 0.9)
