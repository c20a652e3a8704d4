"""Interference: a gradient of T seconds, H of them with own traffic on its way, takes T + interference H."""

from __future__ import annotations

import pytest
from experiments import names, option, simulated
from on_the_clock import on_the_clock, ring

from sim.results.result import Result

SWITCH = "single_switch bandwidth_gbps=10 latency_us=2"


def run(interference: float, updates: int = 1, protocol: str = "allreduce bucket_bytes=0", **fields: str) -> Result:
    common = {"network": SWITCH, "straggler": "none", "collective": "ring"}
    words = common | {"transport": f"ideal overlap=true interference={interference}"} | fields
    return on_the_clock(protocol, 4, updates, **words)


@pytest.mark.parametrize("interference", [0.0, 0.25, 2.0])
def test_hidden_buckets_make_the_backward_pass_longer(interference: float) -> None:
    # Four tensors of 1e8 B are ready at 1/2, 2/3, 5/6 s, and take 0.12 s each, so that they are hidden. The last one is
    # ready when the gradient is: at 1 s + interference x 3 x 0.12 s.
    each = ring(4, 1e8)
    summary = run(interference, workload="synthetic seconds=1 bytes=4e8 tensors=4").summary
    assert each < 1 / 6
    assert summary.virtual_seconds == pytest.approx(1.0 + interference * 3 * each + each, rel=1e-9)
    computing = 1.0 + interference * 3 * each
    assert summary.compute_fraction == pytest.approx(computing / (computing + each), rel=1e-9)


def test_traffic_that_reaches_beyond_the_gradient_counts_until_its_end() -> None:
    # Two tensors of 2e9 B, 2.4 s each: the first sets out at 2/3 s, so that 1/3 s of it is under the gradient.
    each = ring(4, 2e9)
    measured = run(0.5, workload="synthetic seconds=1 bytes=4e9 tensors=2").summary.virtual_seconds
    assert measured == pytest.approx(2 / 3 + 2 * each, rel=1e-9)
    assert each > 1 / 3 + 0.5 / 3  # else the gradient would end later than the first


def test_what_is_sent_after_the_gradient_costs_nothing() -> None:
    words = {"workload": "synthetic seconds=1 bytes=4e8 tensors=4", "transport": "ideal interference=3"}
    assert run(0.0, **words).summary.virtual_seconds == pytest.approx(1.0 + 4 * ring(4, 1e8), rel=1e-9)


def test_pushes_and_answers_hinder_whoever_sends_and_gets_them() -> None:
    # One worker, two shards, a tensor of 1.25e8 B on each: the first sets out at 2/3 s, takes 0.1 s and as long for the
    # answer, 0.2 s in all and four latencies of 2 us: hidden. The second is sent at the end, and answered.
    route = 4e-6 + 0.1
    result = on_the_clock(
        "hardsync",
        1,
        1,
        network=SWITCH,
        straggler="none",
        workload="synthetic seconds=1 bytes=2.5e8 tensors=2",
        server="shards=2",
        transport="ideal overlap=true interference=1",
    )
    pull = 4e-6 + 4e-6 + 0.2  # in the beginning: both parts over the worker's link
    assert result.summary.virtual_seconds == pytest.approx(pull + 1.0 + 2 * route + route, rel=1e-9)


def test_a_gradient_beside_models_of_pairs_is_hindered_too() -> None:
    words = {"workload": "synthetic seconds=1 bytes=1e9", "network": SWITCH, "straggler": "none", "topology": "ring"}
    slow, plain = (
        on_the_clock("adpsgd", 4, 20, transport=f"ideal interference={each}", **words).summary for each in (1.0, 0.0)
    )
    assert slow.virtual_seconds is not None
    assert plain.virtual_seconds is not None
    assert plain.virtual_seconds < slow.virtual_seconds < 2.0 * plain.virtual_seconds * (1 + 1e-9)


@pytest.mark.parametrize("protocol", names("protocol"))
def test_it_is_an_option_of_every_protocol_and_changes_nothing_without_wires_that_take_time(protocol: str) -> None:
    overlaps = option("protocol", protocol).overlaps
    words = {
        "workers": 4,
        "problem": "none",
        "network": "single_switch bandwidth_gbps=1e6 latency_us=0",
        "straggler": "exponential",
        "workload": "synthetic seconds=1 bytes=0 tensors=4",
        "until": "updates=8",
    }
    with_it, without = (
        simulated(protocol, transport=f"ideal overlap={overlaps} interference={each}", **words) for each in (2.0, 0.0)
    )
    assert with_it.summary.virtual_seconds == pytest.approx(without.summary.virtual_seconds, rel=1e-12)
