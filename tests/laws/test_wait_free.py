"""Wait-free backpropagation: gradients that are all-reduced bucket by bucket while the rest is computed.

With FIFO order a bucket sets out when it is ready and the one before has arrived: e_l = max(ready_l, e_{l+1}) + comm_l
over tensors l from the last to the first (Zhang et al. 2017; Li et al. 2020).
"""

import dataclasses

import numpy as np
import pytest
from options import options_of

from sim.collectives import Collective
from sim.experiment import Experiment
from sim.optimizers.adam import Adam
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.none import NoProblem
from sim.protocols import Protocol
from sim.protocols.allreduce import AllReduce
from sim.record import Record
from sim.simulate import simulate
from sim.stragglers.exponential import Exponential
from sim.stragglers.slow_node import SlowNode
from sim.transports.ideal import Ideal
from sim.transports.tcp import TCP
from sim.until import Until
from sim.workloads.native import Native
from sim.workloads.synthetic import Synthetic
from topologies.networks.ideal import Ideal as IdealNetwork
from topologies.networks.leaf_spine import LeafSpine
from topologies.networks.single_switch import SingleSwitch

#: Links of 10 Gb/s and 2 us.
SWITCH = SingleSwitch(bandwidth_gbps=10.0, latency_us=2.0)
OVERLAP = Ideal(overlap=True)


def ring(workers, nbytes):
    """2 (n - 1) (latency + S / (n B)) on `SWITCH`, whose routes have two links."""
    return 2 * (workers - 1) * (4e-6 + nbytes / (workers * 1.25e9))


def fifo(buckets, comm):
    """The end of the last of buckets (bytes, when ready), one after the other."""
    end = 0.0
    for nbytes, ready in buckets:
        end = max(ready, end) + comm(nbytes)
    return end


def seconds(updates=3, **fields):
    """Virtual time of an update."""
    common = {"workers": 4, "problem": NoProblem(), "network": SWITCH, "protocol": AllReduce()}
    return simulate(Experiment(until=Until(updates=updates), **common | fields)).summary.virtual_seconds / updates


@pytest.mark.parametrize("workers", [2, 3, 8])
@pytest.mark.parametrize("nbytes", [1e6, 3e8, 1.2e9, 1e10], ids=["hidden", "partly", "about", "bound"])
@pytest.mark.parametrize("per_bucket", [1, 2, 5, 12])
def test_an_update_takes_the_fifo_recursion(workers, nbytes, per_bucket):
    # 12 equal tensors, of which every `per_bucket` fill a bucket; backward pass from 1/3 s to 1 s.
    workload = Synthetic(seconds=1.0, bytes=nbytes, tensors=12)
    protocol = AllReduce(bucket_bytes=nbytes / 12 * (per_bucket - 0.5))
    counts = [per_bucket] * (12 // per_bucket) + ([12 % per_bucket] if 12 % per_bucket else [])
    buckets = [
        (nbytes / 12 * count, 1 / 3 + 2 / 3 * done / 12) for count, done in zip(counts, np.cumsum(counts), strict=True)
    ]
    expected = fifo(buckets, lambda size: ring(workers, size))
    measured = seconds(workers=workers, workload=workload, protocol=protocol, transport=OVERLAP)
    assert measured == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("bucket_bytes", [0.0, 3e6, 2e7, None])
def test_unequal_tensors_take_the_fifo_recursion(bucket_bytes):
    # As many parameters, so much arithmetic: the shares of the backward pass. 1e9 FLOP/s make the gradient 0.1 s.
    sizes = [100_000, 4_000_000, 10, 2_000_000, 500_000]
    device = dataclasses.replace(Experiment().device, peak_flops=1e9, efficiency=1.0, overhead_seconds=0.0)
    problem = NoProblem(sizes=sizes, flops_per_sample=1e8)
    buckets, nbytes, done = [], 0, 0
    for number, size in enumerate(reversed(sizes)):
        nbytes, done = nbytes + 4 * size, done + size
        if number == 4 or (bucket_bytes is not None and nbytes >= bucket_bytes):
            buckets.append((nbytes, 0.1 * (1 / 3 + 2 / 3 * done / sum(sizes))))
            nbytes = 0
    measured = seconds(
        problem=problem,
        device=device,
        batch=1,
        workload=Native(),
        protocol=AllReduce(bucket_bytes=bucket_bytes),
        transport=OVERLAP,
    )
    assert len(buckets) == {0.0: 5, 3e6: 3, 2e7: 2, None: 1}[bucket_bytes]
    assert measured == pytest.approx(fifo(buckets, lambda size: ring(4, size)), rel=1e-9)


def test_fast_communication_hides_all_but_the_last_bucket():
    # 100 buckets of 1e6 B: each takes 6.7 ms of backward pass and 1.2 ms of ring. Only the last one's ring is seen.
    workload = Synthetic(seconds=1.0, bytes=1e8, tensors=100)
    measured = seconds(workload=workload, protocol=AllReduce(bucket_bytes=0.0), transport=OVERLAP)
    assert measured == pytest.approx(1.0 + ring(4, 1e6), rel=1e-9)


def test_slow_communication_hides_all_of_the_backward_pass_but_the_first_bucket():
    workload = Synthetic(seconds=1.0, bytes=1e10, tensors=100)
    measured = seconds(workload=workload, protocol=AllReduce(bucket_bytes=0.0), transport=OVERLAP)
    assert measured == pytest.approx(1 / 3 + 2 / 3 / 100 + 100 * ring(4, 1e8), rel=1e-9)


def test_without_overlap_computation_and_all_buckets_follow_each_other():
    # More buckets carry the same bytes and pay the latencies again.
    workload = Synthetic(seconds=1.0, bytes=1e8, tensors=10)
    for bucket_bytes, count in ((0.0, 10), (2e7, 5), (None, 1)):
        measured = seconds(workload=workload, protocol=AllReduce(bucket_bytes=bucket_bytes))
        assert measured == pytest.approx(1.0 + count * ring(4, 1e8 / count), rel=1e-9)


def test_a_straggler_stretches_forward_and_backward_pass():
    # All four are three times as slow: 1 s of forward pass, 2 s of backward.
    workload = Synthetic(seconds=1.0, bytes=1.2e9, tensors=6)
    buckets = [(2e8, 1.0 + 2.0 * done / 6) for done in range(1, 7)]
    measured = seconds(
        workload=workload,
        straggler=SlowNode(count=4, factor=3.0),
        protocol=AllReduce(bucket_bytes=0.0),
        transport=OVERLAP,
    )
    assert measured == pytest.approx(fifo(buckets, lambda size: ring(4, size)), rel=1e-9)


def test_nobody_sends_before_the_slowest_has_the_bucket_ready():
    # One worker is ten times as slow: it computes until 10 s, and its last bucket is everybody's last.
    workload = Synthetic(seconds=1.0, bytes=6e6, tensors=6)
    straggler = SlowNode(count=1, factor=10.0)
    summary = simulate(
        Experiment(
            workers=2,
            problem=NoProblem(),
            network=SWITCH,
            workload=workload,
            straggler=straggler,
            protocol=AllReduce(bucket_bytes=0.0),
            transport=OVERLAP,
            until=Until(updates=1),
        )
    ).summary
    assert 10.0 < summary.virtual_seconds <= 10.0 + ring(2, 1e6) * (1 + 1e-9)
    # The fast one computes 1 s and waits for the slow one, although it may communicate beside.
    assert summary.compute_fraction * 2 * summary.virtual_seconds == pytest.approx(11.0, rel=1e-12)


@pytest.mark.parametrize("straggler", [SlowNode(count=1, factor=2.0), Exponential()], ids=["slow_node", "exponential"])
@pytest.mark.parametrize("collective", options_of("sim.collectives", Collective), ids=lambda option: option.__name__)
def test_overlap_is_never_slower(collective, straggler):
    fields = {
        "workers": 6,
        "workload": Synthetic(seconds=0.1, bytes=4e7, tensors=8),
        "collective": collective(),
        "network": LeafSpine(),
        "straggler": straggler,
        "protocol": AllReduce(bucket_bytes=1e7),
        "updates": 20,
    }
    assert seconds(transport=TCP(overlap=True), **fields) < seconds(transport=TCP(), **fields)


def test_while_a_worker_computes_it_is_not_said_to_communicate():
    # Buckets are ready at 5/9, 7/9 and 1 s and take 0.48 s each: the first is over at 1.04 s, then come the others.
    workload = Synthetic(seconds=1.0, bytes=1.2e9, tensors=3)
    result = simulate(
        Experiment(
            workers=4,
            problem=NoProblem(),
            network=SWITCH,
            workload=workload,
            protocol=AllReduce(bucket_bytes=0.0),
            transport=OVERLAP,
            until=Until(updates=2),
            record=Record(spans=True),
        )
    )
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
        "problem": DigitsMLP(),
        "optimizer": Adam(),
        "straggler": Exponential(),
        "until": Until(updates=12),
        "record": Record(every_updates=3, trajectory=True),
    }
    plain = simulate(Experiment(protocol=AllReduce(bucket_bytes=None), **fields))
    bucketed = simulate(Experiment(protocol=AllReduce(bucket_bytes), transport=Ideal(overlap=overlap), **fields))
    np.testing.assert_array_equal(bucketed.trajectory.x, plain.trajectory.x)
    assert bucketed.summary.bytes_sent == pytest.approx(plain.summary.bytes_sent, rel=1e-12)


def test_buckets_on_an_ideal_network_take_no_time():
    workload = Synthetic(seconds=1.0, bytes=1e8, tensors=10)
    fields = {"workload": workload, "network": IdealNetwork(), "protocol": AllReduce(bucket_bytes=0.0)}
    assert seconds(transport=OVERLAP, **fields) == seconds(**fields) == 1.0


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_few_workers_overlap(workers):
    workload = Synthetic(seconds=1.0, bytes=1.2e9, tensors=4)
    buckets = [(3e8, 1 / 3 + 2 / 3 * done / 4) for done in range(1, 5)]
    measured = seconds(workers=workers, workload=workload, protocol=AllReduce(bucket_bytes=0.0), transport=OVERLAP)
    assert measured == pytest.approx(fifo(buckets, lambda size: ring(workers, size)), rel=1e-9)


@pytest.mark.parametrize("protocol", options_of("sim.protocols", Protocol), ids=lambda option: option.__name__)
def test_overlap_is_refused_where_a_protocol_would_ignore_it(protocol):
    if protocol.overlaps:
        Experiment(protocol=protocol(), transport=OVERLAP)
    else:
        with pytest.raises(ValueError, match=r"^transport\.overlap: \w+ sends nothing before its gradient is complete"):
            Experiment(protocol=protocol(), transport=OVERLAP)
