"""Wait-free backpropagation: gradients that are all-reduced bucket by bucket while the rest is computed.

With FIFO order a bucket sets out when it is ready and the one before has arrived: e_l = max(ready_l, e_{l+1}) + comm_l
over tensors l from the last to the first (Zhang et al. 2017; Li et al. 2020).
"""

import numpy as np
import pytest
from experiments import OPTIONS, experiment, names, simulated
from on_the_clock import on_the_clock, ring

from sim.cluster.blueprint import Blueprint

#: Links of 10 Gb/s and 2 us, two in a route.
SWITCH = "single_switch bandwidth_gbps=10 latency_us=2"
OVERLAP = "ideal overlap=true"


def fifo(buckets, comm):
    """The end of the last of buckets (bytes, when ready), one after the other."""
    end = 0.0
    for nbytes, ready in buckets:
        end = max(ready, end) + comm(nbytes)
    return end


def run(workers, updates, bucket_bytes=0, **fields):
    common = {"network": SWITCH, "straggler": "none", "collective": "ring"}
    return on_the_clock(f"allreduce bucket_bytes={bucket_bytes}", workers, updates, **common | fields)


def seconds(workers=4, updates=3, **fields):
    """Virtual time of an update."""
    return run(workers, updates, **fields).summary.virtual_seconds / updates


@pytest.mark.parametrize("workers", [2, 3, 8])
@pytest.mark.parametrize("nbytes", [1e6, 3e8, 1.2e9, 1e10], ids=["hidden", "partly", "about", "bound"])
@pytest.mark.parametrize("per_bucket", [1, 2, 5, 12])
def test_an_update_takes_the_fifo_recursion(workers, nbytes, per_bucket):
    # 12 equal tensors, of which every `per_bucket` fill a bucket; backward pass from 1/3 s to 1 s.
    workload = f"synthetic seconds=1 bytes={nbytes} tensors=12"
    bucket_bytes = nbytes / 12 * (per_bucket - 0.5)
    counts = [per_bucket] * (12 // per_bucket) + ([12 % per_bucket] if 12 % per_bucket else [])
    buckets = [
        (nbytes / 12 * count, 1 / 3 + 2 / 3 * done / 12) for count, done in zip(counts, np.cumsum(counts), strict=True)
    ]
    expected = fifo(buckets, lambda size: ring(workers, size))
    measured = seconds(workers, workload=workload, bucket_bytes=bucket_bytes, transport=OVERLAP)
    assert measured == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("bucket_bytes", [0.0, 3e6, 2e7, None])
def test_unequal_tensors_take_the_fifo_recursion(bucket_bytes):
    # As many parameters, so much arithmetic: the shares of the backward pass. 1e9 FLOP/s make the gradient 0.1 s.
    sizes = [100_000, 4_000_000, 10, 2_000_000, 500_000]
    device = "cpu_core peak_flops=1e9 efficiency=1 overhead_seconds=0"
    problem = f"none sizes={sizes} flops_per_sample=1e8"
    buckets, nbytes, done = [], 0, 0
    for number, size in enumerate(reversed(sizes)):
        nbytes, done = nbytes + 4 * size, done + size
        if number == 4 or (bucket_bytes is not None and nbytes >= bucket_bytes):
            buckets.append((nbytes, 0.1 * (1 / 3 + 2 / 3 * done / sum(sizes))))
            nbytes = 0
    fields = {"problem": problem, "device": device, "batch": 1, "workload": "native", "transport": OVERLAP}
    measured = seconds(bucket_bytes=bucket_bytes, **fields)
    assert len(buckets) == {0.0: 5, 3e6: 3, 2e7: 2, None: 1}[bucket_bytes]
    assert measured == pytest.approx(fifo(buckets, lambda size: ring(4, size)), rel=1e-9)


def test_fast_communication_hides_all_but_the_last_bucket():
    # 100 buckets of 1e6 B: each takes 6.7 ms of backward pass and 1.2 ms of ring. Only the last one's ring is seen.
    measured = seconds(workload="synthetic seconds=1 bytes=1e8 tensors=100", transport=OVERLAP)
    assert measured == pytest.approx(1.0 + ring(4, 1e6), rel=1e-9)


def test_slow_communication_hides_all_of_the_backward_pass_but_the_first_bucket():
    measured = seconds(workload="synthetic seconds=1 bytes=1e10 tensors=100", transport=OVERLAP)
    assert measured == pytest.approx(1 / 3 + 2 / 3 / 100 + 100 * ring(4, 1e8), rel=1e-9)


def test_without_overlap_computation_and_all_buckets_follow_each_other():
    # More buckets carry the same bytes and pay the latencies again.
    workload = "synthetic seconds=1 bytes=1e8 tensors=10"
    for bucket_bytes, count in ((0.0, 10), (2e7, 5), (None, 1)):
        measured = seconds(workload=workload, bucket_bytes=bucket_bytes)
        assert measured == pytest.approx(1.0 + count * ring(4, 1e8 / count), rel=1e-9)


def test_a_straggler_stretches_forward_and_backward_pass():
    # All four are three times as slow: 1 s of forward pass, 2 s of backward.
    workload = "synthetic seconds=1 bytes=1.2e9 tensors=6"
    buckets = [(2e8, 1.0 + 2.0 * done / 6) for done in range(1, 7)]
    measured = seconds(workload=workload, straggler="slow_node count=4 factor=3", transport=OVERLAP)
    assert measured == pytest.approx(fifo(buckets, lambda size: ring(4, size)), rel=1e-9)


def test_nobody_sends_before_the_slowest_has_the_bucket_ready():
    # One worker is ten times as slow: it computes until 10 s, and its last bucket is everybody's last.
    fields = {"workload": "synthetic seconds=1 bytes=6e6 tensors=6", "straggler": "slow_node factor=10"}
    summary = run(2, 1, transport=OVERLAP, **fields).summary
    assert 10.0 < summary.virtual_seconds <= 10.0 + ring(2, 1e6) * (1 + 1e-9)
    # The fast one computes 1 s and waits for the slow one, although it may communicate beside.
    assert summary.compute_fraction * 2 * summary.virtual_seconds == pytest.approx(11.0, rel=1e-12)


@pytest.mark.parametrize("straggler", ["slow_node factor=2", "exponential"])
@pytest.mark.parametrize("collective", names("collective"))
def test_overlap_is_never_slower(collective, straggler):
    fields = {
        "workload": "synthetic seconds=0.1 bytes=4e7 tensors=8",
        "collective": collective,
        "network": "leaf_spine",
        "straggler": straggler,
        "bucket_bytes": 1e7,
    }
    assert seconds(6, 20, transport="tcp overlap=true", **fields) < seconds(6, 20, transport="tcp", **fields)


def test_while_a_worker_computes_it_is_not_said_to_communicate():
    # Buckets are ready at 5/9, 7/9 and 1 s and take 0.48 s each: the first is over at 1.04 s, then come the others.
    workload = "synthetic seconds=1 bytes=1.2e9 tensors=3"
    result = run(4, 2, workload=workload, transport=OVERLAP, record="spans=true")
    update = fifo([(4e8, 5 / 9), (4e8, 7 / 9), (4e8, 1.0)], lambda size: ring(4, size))
    kinds = np.array(result.spans.kinds)[result.spans.kind[result.spans.worker == 2]]
    assert kinds.tolist() == ["compute", "send", "send", "send"] * 2
    assert result.summary.virtual_seconds == pytest.approx(2 * update, rel=1e-9)
    assert result.summary.communicate_fraction == pytest.approx(1 - 1 / update, rel=1e-9)


@pytest.mark.parametrize("overlap", [False, True])
@pytest.mark.parametrize("bucket_bytes", [0.0, 4e4, 25e6])
def test_buckets_change_the_time_and_not_a_bit_of_the_model(bucket_bytes, overlap):
    fields = {
        "workers": 5,
        "problem": "digits_mlp",
        "optimizer": "adam",
        "straggler": "exponential",
        "until": "updates=12",
        "record": "every_updates=3 trajectory=true",
    }
    plain = simulated("allreduce bucket_bytes=null", **fields)
    bucketed = simulated(f"allreduce bucket_bytes={bucket_bytes}", transport=f"ideal overlap={overlap}", **fields)
    np.testing.assert_array_equal(bucketed.trajectory.x, plain.trajectory.x)
    assert bucketed.summary.bytes_sent == pytest.approx(plain.summary.bytes_sent, rel=1e-12)


def test_buckets_on_an_ideal_network_take_no_time():
    fields = {"workload": "synthetic seconds=1 bytes=1e8 tensors=10", "network": "ideal"}
    assert seconds(transport=OVERLAP, **fields) == seconds(**fields) == 1.0


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_few_workers_overlap(workers):
    workload = "synthetic seconds=1 bytes=1.2e9 tensors=4"
    buckets = [(3e8, 1 / 3 + 2 / 3 * done / 4) for done in range(1, 5)]
    measured = seconds(workers, workload=workload, transport=OVERLAP)
    assert measured == pytest.approx(fifo(buckets, lambda size: ring(workers, size)), rel=1e-9)


@pytest.mark.parametrize("protocol", names("protocol"))
def test_overlap_is_refused_where_a_protocol_would_ignore_it(protocol):
    if OPTIONS["protocol"][protocol].overlaps:
        Blueprint(experiment(protocol, transport=OVERLAP))
    else:
        with pytest.raises(ValueError, match=r"^transport\.overlap: \w+ sends nothing before its gradient is complete"):
            Blueprint(experiment(protocol, transport=OVERLAP))
