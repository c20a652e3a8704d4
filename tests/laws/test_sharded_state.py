"""ZeRO: workers that keep a share of everything learn what an all-reduce has them learn, by the clock of its bytes.

Of n workers, links of bandwidth B and routes of latency a, a ring carries a bucket of s bytes in half an all-reduce,
h(s) = (n - 1) (a + s / (n B)), be it scattered or gathered (Rajbhandari et al. 2020, section 7).
"""

import numpy as np
import pytest
from experiments import experiment, simulated, trajectory
from on_the_clock import harmonic, on_the_clock, ring

from sim.collectives import offering
from sim.collectives.operations.form import NoClosedFormError
from sim.predict_step import predict_step
from topologies.field_error import FieldError

#: Links of 10 Gb/s and 2 us, two in a route.
SWITCH = "single_switch bandwidth_gbps=10 latency_us=2"
OVERLAP = "ideal overlap=true"
STAGES = (2, 3)
LEARNED = {
    "workers": 5,
    "problem": "digits_mlp",
    "optimizer": "adam",
    "straggler": "exponential",
    "until": "updates=12",
    "record": "every_updates=3 trajectory=true",
}


def half(workers, nbytes):
    return ring(workers, nbytes) / 2


def seconds(stage, workers=4, bucket_bytes=0, updates=3, **fields):
    """Virtual time of an update."""
    common = {"network": SWITCH, "straggler": "none", "collective": "ring"}
    words = f"sharded stage={stage} bucket_bytes={bucket_bytes}"
    return on_the_clock(words, workers, updates, **common | fields).summary.virtual_seconds / updates


# -- What is learned


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("bucket_bytes", [0.0, 4e4, None])
@pytest.mark.parametrize("overlap", ["false", "true interference=0.5"])
def test_every_bit_of_the_model_is_that_of_an_all_reduce(stage, bucket_bytes, overlap):
    # The same vectors are added up in the same order, and the optimizers of the house work parameter by parameter.
    words, transport = f"sharded stage={stage} bucket_bytes={bucket_bytes}", f"ideal overlap={overlap}"
    found = trajectory(words, transport=transport, **LEARNED)
    np.testing.assert_array_equal(found, trajectory("allreduce", **LEARNED))


@pytest.mark.parametrize("stage", STAGES)
def test_it_is_that_of_a_synchronous_server_to_rounding(stage):
    fields = LEARNED | {"optimizer": "momentum", "straggler": "none"}
    np.testing.assert_allclose(
        trajectory(f"sharded stage={stage}", **fields), trajectory("hardsync", **fields), rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("stage", STAGES)
def test_every_gradient_is_counted_and_can_be_looked_at(stage):
    record = "every_updates=3 gradients=true"
    result, other = (
        simulated(words, **LEARNED | {"record": record}) for words in (f"sharded stage={stage}", "allreduce")
    )
    assert result.summary.gradients == other.summary.gradients == 60
    assert [row.gradient_variance for row in result.metrics] == [row.gradient_variance for row in other.metrics]


# -- How long it takes


@pytest.mark.parametrize("workers", [2, 3, 8])
@pytest.mark.parametrize(("bucket_bytes", "count"), [(0.0, 10), (1.5e7, 5), (None, 1)])
def test_without_overlap_computing_and_all_operations_follow_each_other(workers, bucket_bytes, count):
    # Stage s carries each bucket s times: 1.5 times the bytes, and latencies, in stage 3.
    fields = {"workload": "synthetic seconds=1 bytes=1e8 tensors=10", "bucket_bytes": bucket_bytes}
    for stage in STAGES:
        expected = 1.0 + stage * count * half(workers, 1e8 / count)
        assert seconds(stage, workers, **fields) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("nbytes", [1e6, 3e8, 1.2e9, 1e10], ids=["hidden", "partly", "about", "bound"])
def test_stage_2_scatters_during_the_backward_pass_and_gathers_after_it(nbytes):
    # 12 equal buckets; scattered by the recursion of wait-free backpropagation, then 12 gathers.
    end = 0.0
    for number in range(1, 13):
        end = max(1 / 3 + 2 / 3 * number / 12, end) + half(4, nbytes / 12)
    workload = f"synthetic seconds=1 bytes={nbytes} tensors=12"
    measured = seconds(2, workload=workload, transport=OVERLAP)
    assert measured == pytest.approx(end + 12 * half(4, nbytes / 12), rel=1e-9)


def test_stage_3_hides_all_but_the_first_gather_and_the_last_scatter_where_wires_are_fast():
    # A bucket takes 1/3/B s forwards and 2/3/B s backwards. One gather fits under the former, gather and scatter under
    # the latter: only the first bucket has nothing to be hidden under, and the last gradient nothing behind it.
    measured = seconds(3, workload="synthetic seconds=1 bytes=1.2e8 tensors=12", transport=OVERLAP)
    assert 2 * half(4, 1e7) < 1 / 3 / 12
    assert measured == pytest.approx(1.0 + 2 * half(4, 1e7), rel=1e-9)


def test_stage_3_hides_all_computing_where_wires_are_slow():
    # A backward segment, 2/3/B s, ends while the next operation is on its way: the wires never rest, and all that
    # counts is 3 B operations.
    measured = seconds(3, workload="synthetic seconds=1 bytes=6e9 tensors=12", transport=OVERLAP)
    assert half(4, 5e8) > 2 / 3 / 12
    assert measured == pytest.approx(36 * half(4, 5e8), rel=1e-9)


@pytest.mark.parametrize("stage", STAGES)
def test_overlap_is_never_slower_and_no_faster_than_either_part(stage):
    for nbytes in (1e7, 3e8, 1e9, 4e9):
        workload = f"synthetic seconds=1 bytes={nbytes} tensors=8"
        alone = seconds(stage, workload=workload)
        hidden = seconds(stage, workload=workload, transport=OVERLAP)
        assert max(1.0, alone - 1.0) * (1.0 - 1e-9) < hidden < alone


@pytest.mark.parametrize("stage", STAGES)
def test_an_update_waits_for_the_slowest(stage):
    # Where wires take no time it takes the longest of n exponential times, H_n on average; those of an all-reduce.
    found, other = (
        on_the_clock(words, 6, 400, transport=OVERLAP).summary.virtual_seconds
        for words in (f"sharded stage={stage}", "allreduce")
    )
    assert found == pytest.approx(other, rel=1e-9)
    assert found / 400 == pytest.approx(harmonic(6), rel=0.1)


def test_interference_lengthens_the_segments_that_traffic_is_under():
    # One bucket: its second gather is under its forward pass, all of it; 1/3 s become longer by half the gather.
    fields = {"workload": "synthetic seconds=1 bytes=1e8", "transport": "ideal overlap=true interference=0.5"}
    assert seconds(3, bucket_bytes=None, **fields) == pytest.approx(1.0 + 2.5 * half(4, 1e8), rel=1e-9)


# -- What it sends


@pytest.mark.parametrize("micro_batches", [1, 3])
@pytest.mark.parametrize("stage", STAGES)
def test_nobody_has_room_to_add_up_whole_gradients(stage, micro_batches):
    # Each of m micro-batches is scattered by itself, and in stage 3 gathers twice; stage 2 gathers once.
    fields = {"workload": f"resnet18 accumulation={micro_batches}", "problem": "none", "network": "ideal"}
    sent = simulated(f"sharded stage={stage}", workers=4, until="updates=200", **fields).summary.bytes_sent / 200
    passes = 3 * micro_batches if stage == 3 else micro_batches + 1
    assert sent == pytest.approx(3 * 4 * 11_689_512 * passes, rel=0.01)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("overlap", ["false", "true"])
def test_micro_batches_take_as_long_as_said_in_closed_form(stage, overlap):
    fields = {
        "workers": 4,
        "workload": "resnet50 accumulation=3",
        "problem": "none",
        "device": "a100",
        "network": SWITCH,
        "collective": "ring",
        "transport": f"ideal overlap={overlap}",
    }
    measured = simulated(f"sharded stage={stage}", until="updates=5", **fields).summary.virtual_seconds / 5
    assert measured == pytest.approx(predict_step(experiment(f"sharded stage={stage}", **fields)).seconds, rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("collective", offering("reduce_scatter"))
@pytest.mark.parametrize("network", ["single_switch", "leaf_spine", "gpu_pod", "torus", "fat_tree", "dragonfly", "wan"])
def test_every_network_and_collective_with_both_halves_carries_it(network, collective, stage):
    # Half an all-reduce carries (n - 1) S at least: each of n ranks has to get, or to give, all that it lacks.
    fields = {"network": network, "collective": collective, "transport": "tcp overlap=true"}
    summary = on_the_clock(f"sharded stage={stage} bucket_bytes=0", 8, 20, **fields).summary
    assert (summary.status, summary.updates) == ("completed", 20)
    assert summary.bytes_sent >= 20 * stage * 7 * 1e6 * (1 - 1e-9)


# -- What it cannot be


def test_a_collective_without_halves_is_refused():
    with pytest.raises(FieldError, match=r"^collective: tree has no reduce_scatter; choose one that has: auto, direct"):
        simulated("sharded", collective="tree")


@pytest.mark.parametrize("stage", [1, 4])
def test_there_are_two_stages(stage):
    with pytest.raises(FieldError, match=r"^stage: must be .*; give 2 for gradients, or 3 for parameters, too"):
        simulated(f"sharded stage={stage}")


def test_shares_are_not_compressed():
    with pytest.raises(FieldError, match=r"^compression: "):
        simulated("sharded", compression="top_k")


def test_a_step_is_taken_apart():
    # 12 buckets are gathered twice and scattered once, each with a ring's three latencies of 4 us: 36 operations, of
    # which the first gather and the last scatter alone are waited for.
    fields = {"workload": "synthetic seconds=1 bytes=1.2e8 tensors=12", "problem": "none", "network": SWITCH}
    words = fields | {"workers": 4, "collective": "ring", "transport": OVERLAP}
    step = predict_step(experiment("sharded stage=3 bucket_bytes=0", **words))
    assert (step.compute_seconds, step.bound_by) == (pytest.approx(1.0, rel=1e-12), "compute")
    assert step.exposed_seconds == pytest.approx(2 * half(4, 1e7), rel=1e-9)
    assert step.hidden_seconds == pytest.approx(34 * half(4, 1e7), rel=1e-9)
    assert step.latency_seconds == pytest.approx(36 * 3 * 4e-6, rel=1e-9)


def test_what_has_no_closed_form_is_refused():
    with pytest.raises(NoClosedFormError, match=r"^straggler: "):
        predict_step(experiment("sharded stage=3", straggler="exponential"))
