"""A model's table of tensors decides shards, buckets, compressed bytes and times, whatever is learned beside it."""

import pytest
from experiments import experiment, names, option, simulated

from sim.cluster.blueprint import Blueprint


def blueprint(protocol, **fields):
    return Blueprint(experiment(protocol, **{"workers": 4, "until": "updates=3"} | fields))


def test_fc6_is_the_hot_spot_of_whole_tensors_on_shards():
    # 411.0 of 553.4 MB are one tensor: whoever has it has 74.3 % of the model, however many shards there are; cut into
    # parts, or evenly, nobody has more than an eighth and a part.
    server = "shards=8 sharding={}"
    shares = {
        sharding: max(
            part.share for part in blueprint("hardsync", workload="vgg16", server=server.format(sharding)).layout
        )
        for sharding in ("per_tensor", "partitioned", "even")
    }
    assert shares["per_tensor"] == 25_088 * 4096 / 138_357_544
    assert shares["even"] == 1 / 8
    assert 1 / 8 <= shares["partitioned"] < 1 / 8 + 4e6 / (4 * 138_357_544)


def test_whoever_has_fc6_sets_the_pace_of_whole_tensors():
    # 8 workers push fc6 through the one link of its shard and are answered through it: 2 x 8 x 411.0 MB at 1.25 GB/s;
    # even shards have an eighth of all there. Latencies are 0. A worker's own link has to carry 553 MB, which is less,
    # or as much where eight shards are even.
    fields = {"workers": 8, "workload": "vgg16", "network": "single_switch bandwidth_gbps=10 latency_us=0"}
    for sharding, crowded in (("per_tensor", 4 * 25_088 * 4096), ("even", 4 * 138_357_544 / 8)):
        server = f"shards=8 sharding={sharding}"
        summary = simulated("hardsync", until="updates=3", server=server, **fields).summary
        seconds = blueprint("hardsync", workload="vgg16").seconds
        assert summary.virtual_seconds == pytest.approx(3 * (seconds + 2 * 8 * crowded / 1.25e9), rel=1e-9)


def test_buckets_are_ddp_s_of_the_table_from_the_last_tensor_to_the_first():
    # fc of ResNet-50 is the first to be ready: fc.bias and fc.weight (8.2 MB) fill the first bucket, of 1 MB, and then
    # layer4.2 and what is before it the second, of 25 MB.
    rows = option("workload", "resnet50").table.rows[::-1]
    first, second, *_, last = blueprint("allreduce", workload="resnet50").buckets
    ends = [2, next(n for n in range(2, len(rows)) if sum(4 * row.size for row in rows[2:n]) >= 25e6)]
    assert first.nbytes == sum(4 * row.size for row in rows[: ends[0]]) == 4 * (2048 * 1000 + 1000)
    assert second.nbytes == sum(4 * row.size for row in rows[ends[0] : ends[1]])
    # The backward pass is two thirds of the time, and goes through the tensors in proportion to their arithmetic.
    for bucket, end in zip((first, second), ends, strict=True):
        done = sum(row.flops for row in rows[:end]) / sum(row.flops for row in rows)
        assert bucket.ready == pytest.approx(1 / 3 + 2 / 3 * done, rel=1e-12)
    assert last.ready == 1.0


def test_power_sgd_sends_the_table_s_matrices_as_thin_ones():
    # Every matrix of m x n becomes 2 (m + n) numbers where that is less, whatever is learned.
    workload = option("workload", "resnet50")
    sent = sum(min(m * n, 2 * (m + n)) if m > 1 else n for m, n in workload.table.shapes)
    for problem in ("none", "digits_mlp"):
        fields = {"workload": workload, "problem": problem, "compression": "power_sgd rank=2"}
        result = simulated("hardsync", workers=2, until="updates=1", network="ideal", **fields)
        models = 2 * 4 * 25_557_032  # what the two are answered
        assert (result.summary.bytes_sent - models) / 2 == pytest.approx(4 * sent, rel=1e-9)


@pytest.mark.parametrize("server", ["shards=1", "shards=5 sharding=per_tensor", "shards=3 sharding=partitioned"])
@pytest.mark.parametrize("compression", ["none", "power_sgd", "top_k"])
def test_a_problem_beside_it_changes_no_event_on_a_server(server, compression):
    fields = {"workers": 3, "workload": "resnet18", "server": server, "compression": compression}
    assert_same_clock("hardsync", **fields)


@pytest.mark.parametrize("compression", ["none", "power_sgd", "qsgd"])
def test_a_problem_beside_it_changes_no_event_of_a_group(compression):
    fields = {"workers": 3, "workload": "resnet18", "compression": compression, "transport": "ideal overlap=true"}
    assert_same_clock("allreduce", **fields)


@pytest.mark.parametrize("protocol", names("protocol"))
def test_a_problem_beside_it_changes_no_event_of_any_protocol(protocol):
    assert_same_clock(protocol, workers=4, batch=2, workload="resnet18 accumulation=2", straggler="exponential")


def assert_same_clock(protocol, **fields):
    found = [
        simulated(protocol, until="updates=4", problem=problem, **fields).summary for problem in ("none", "digits_mlp")
    ]
    times = [(one.virtual_seconds, one.bytes_sent, one.gradients) for one in found]
    assert times[0] == times[1]


def test_a_gradient_is_three_forward_passes_of_the_batch():
    device = "a100 peak_flops=1e14 efficiency=0.25 overhead_seconds=1e-3"
    seconds = blueprint("allreduce", workload="resnet50", device=device, batch=32).seconds
    # 4.089184256 G multiply-adds, two FLOP each, three times, 32 samples.
    assert seconds == 1e-3 + 32 * 3 * 2 * 4_089_184_256 / (1e14 * 0.25)


@pytest.mark.parametrize("times", [1, 2, 5])
def test_accumulation_multiplies_the_compute_and_not_the_bytes(times):
    one = blueprint("allreduce", workload="resnet50")
    several = blueprint("allreduce", workload=f"resnet50 accumulation={times}")
    assert several.seconds == pytest.approx(times * one.seconds, rel=1e-12)
    assert [bucket.nbytes for bucket in several.buckets] == [bucket.nbytes for bucket in one.buckets]
    # A bucket of the only mini-batch that is ready 1 - x before the end is so x / times before it now.
    for now, before in zip(several.buckets, one.buckets, strict=True):
        assert 1 - now.ready == pytest.approx((1 - before.ready) / times, abs=1e-12)
    summary = simulated("allreduce", workers=2, until="updates=3", workload=f"resnet18 accumulation={times}").summary
    assert (summary.samples, summary.gradients) == (3 * 2 * 32 * times, 6)


def test_accumulated_gradients_are_those_of_a_batch_as_large():
    fields = {"workers": 2, "until": "updates=5", "problem": "digits_softmax"}
    accumulated = simulated("allreduce", workload="resnet18 accumulation=4", batch=8, **fields)
    at_once = simulated("allreduce", workload="resnet18", batch=32, **fields)
    assert accumulated.summary.final_train_loss == at_once.summary.final_train_loss
    assert accumulated.summary.samples == at_once.summary.samples


@pytest.mark.parametrize(("precision", "width"), [("fp32", 4), ("tf32", 4), ("amp", 4), ("bf16", 2)])
def test_precision_says_how_wide_a_number_travels(precision, width):
    summary = simulated("hardsync", workers=2, until="updates=1", workload=f"resnet18 precision={precision}").summary
    assert summary.bytes_sent == 2 * 2 * width * 11_689_512


def test_without_a_problem_it_is_the_clock_alone():
    summary = simulated("allreduce", workers=2, until="updates=2", workload="resnet18").summary
    assert (summary.final_test_accuracy, summary.final_train_loss) == (None, None)
