"""Compressed gradients: what they promise of learning, of bytes and of time."""

import dataclasses
import math

import numpy as np
import pytest
from options import options_of

from kernels.contract import EVALUATE, GRADIENT
from kernels.jit import kernel
from sim.cluster.cluster import Cluster
from sim.cluster.senders import bucket_parts
from sim.collectives.direct import Direct
from sim.collectives.hierarchical import Hierarchical
from sim.collectives.ring import Ring
from sim.collectives.tree import Tree
from sim.compressors import Compression
from sim.compressors.none import NoCompression
from sim.compressors.power_sgd import PowerSGD
from sim.compressors.qsgd import QSGD
from sim.compressors.random_k import RandomK
from sim.compressors.sign_sgd import Mode, SignSGD
from sim.compressors.top_k import TopK
from sim.connections.group.reduction import Reduction
from sim.connections.server.modulation import Modulation
from sim.connections.server.sharding import Sharding
from sim.experiment import Experiment
from sim.optimizers.momentum import Momentum
from sim.optimizers.sgd import SGD
from sim.partitions.shared import Shared
from sim.problems import Problem, Samples
from sim.problems.digits_cnn import DigitsCNN
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.none import NoProblem
from sim.problems.part import Part
from sim.problems.quadratic import Quadratic
from sim.problems.task import Task
from sim.protocols.allreduce import AllReduce
from sim.protocols.async_ps import AsyncPS
from sim.protocols.diloco import DiLoCo
from sim.protocols.dpsgd import DPSGD
from sim.protocols.hardsync import HardSync
from sim.protocols.local import Local
from sim.protocols.local_sgd import LocalSGD
from sim.protocols.sandblaster import Sandblaster
from sim.protocols.sgp import SGP
from sim.record import Record
from sim.server import Server
from sim.simulate import simulate
from sim.stragglers.exponential import Exponential
from sim.streams import key
from sim.tape.player import Player
from sim.tape.recording import RecordingTape
from sim.transports.tcp import TCP
from sim.until import Until
from sim.workloads.synthetic import Synthetic
from topologies.networks.single_switch import SingleSwitch

COMPRESSIONS = [
    *(option() for option in options_of("sim.compressors", Compression)),
    SignSGD(Mode.error_feedback),
    TopK(0.1, error_feedback=False),
    RandomK(0.1, error_feedback=False),
    QSGD(3, bucket=None),
]
#: Those whose messages hold nothing random.
CERTAIN = [TopK(0.1), TopK(0.1, error_feedback=False), SignSGD(), SignSGD(Mode.error_feedback)]

#: Parameters of the digits' perceptron, and what its P and Q of rank r are made of (64 x 128, 128 x 64, 64 x 10).
PARAMETERS = 17_226
ROWS, COLUMNS, VECTORS = 64 + 128 + 64, 128 + 64 + 10, 128 + 64 + 10


def named(option):
    return "-".join([type(option).__name__, *(str(value) for value in vars(option).values())])


def trajectory(**fields):
    defaults = {"workers": 4, "until": Until(updates=20), "record": Record(every_updates=1, trajectory=True)}
    return simulate(Experiment(**defaults | fields)).trajectory.x


# -- what is learned


@pytest.mark.parametrize("protocol", [HardSync(), AllReduce(), AsyncPS()], ids=named)
@pytest.mark.parametrize("compression", [TopK(1.0), TopK(1.0, False), RandomK(1.0), RandomK(1.0, False)], ids=named)
@pytest.mark.parametrize("batch", [4, 32])
def test_to_send_every_element_is_to_send_the_gradient(protocol, compression, batch):
    fields = {"protocol": protocol, "batch": batch, "optimizer": Momentum(0.02), "workload": Synthetic(0.01, bytes=0)}
    dense = trajectory(**fields)
    np.testing.assert_array_equal(trajectory(compression=compression, **fields), dense)


@pytest.mark.parametrize("compression", [*CERTAIN, QSGD()], ids=named)
@pytest.mark.parametrize("problem", [DigitsMLP(hidden=[17]), Quadratic()], ids=named)
def test_a_server_and_a_group_make_the_same_of_the_same_messages(compression, problem):
    fields = {"problem": problem, "compression": compression, "straggler": Exponential(), "optimizer": SGD(0.01)}
    np.testing.assert_array_equal(trajectory(protocol=HardSync(), **fields), trajectory(protocol=AllReduce(), **fields))


@pytest.mark.parametrize("compression", CERTAIN, ids=named)
def test_a_bucket_is_a_message_just_as_what_one_shard_is_sent(compression):
    # A bucket of each of the six tensors, from the last on, and a shard for each, from the largest on.
    fields = {"compression": compression, "optimizer": SGD(0.01), "straggler": Exponential()}
    buckets = trajectory(protocol=AllReduce(bucket_bytes=0.0), **fields)
    shards = trajectory(protocol=HardSync(), server=Server(shards=6, sharding=Sharding.per_tensor), **fields)
    overlapping = trajectory(protocol=AllReduce(bucket_bytes=0.0), transport=TCP(overlap=True), **fields)
    np.testing.assert_array_equal(buckets, shards)
    np.testing.assert_array_equal(overlapping, buckets)


@pytest.mark.parametrize("compression", CERTAIN, ids=named)
def test_hardsync_applies_the_mean_of_the_messages_that_numpy_makes(compression):
    # On a quadratic without noise and h = 1 every gradient is the model itself; on one with noise it is not known, so
    # the law is told with three workers that all send the same: their mean, or majority, is the message of each.
    workers, lr, d = 3, 0.25, 10
    models = trajectory(
        workers=workers,
        protocol=HardSync(),
        compression=compression,
        optimizer=SGD(lr),
        problem=Quadratic(dim=d, noise=0.0, start=1.0),
    )
    x, error = np.ones(d), np.zeros(d)
    for model in models:
        np.testing.assert_allclose(model, x, rtol=0, atol=1e-14)
        p = x + error
        if isinstance(compression, TopK):
            sent = np.where(np.arange(d) == np.argmax(abs(p)), p, 0.0)  # k = 1
        else:
            sent = np.where(p < 0, -1.0, 1.0) * (abs(p).mean() if compression.states else 1.0)
        error = p - sent if compression.states else error
        x = x - lr * sent


def test_the_majority_decides_and_a_tie_does_nothing():
    task = Quadratic(dim=4).task(np.random.default_rng(0))
    with RecordingTape(Player(task, None, key(0, "batch"), replacement=False, batch=1, slots=4), task.initial) as tape:
        gradients = [tape.constant(numbers) for numbers in ([5.0, -1, 0, 1], [-1.0, -1, 0, 1], [-1.0, 1, 0, -9])]
        votes = SignSGD()
        compressors = [votes.compressor(tape.initial(), None, None) for _ in gradients]
        three, two = Reduction(votes, [compressors]), Reduction(votes, [compressors[:2]])
        assert tape.value(three(gradients)).tolist() == [-1.0, -1.0, 1.0, 1.0]
        assert tape.value(two(gradients[:2])).tolist() == [0.0, -1.0, 1.0, 1.0]


class Matrix(Quadratic):
    """A quadratic whose parameters are a matrix."""

    shapes = [(5, 4)]  # noqa: RUF012


@pytest.mark.parametrize("compression", [TopK(0.3), RandomK(0.3), PowerSGD(1), SignSGD(Mode.error_feedback)], ids=named)
def test_what_a_group_has_applied_and_what_it_has_left_out_are_all_gradients(compression):
    # Where the gradients are noise that does not depend on the model (h = 0 but for rounding), the model is behind that
    # of uncompressed gradients by lr times the mean of the errors: sum of sent + e = sum of g.
    experiment = Experiment(
        workers=3,
        protocol=AllReduce(),
        compression=compression,
        problem=Matrix(dim=20, curvature=1e-300, start=0.0),
        optimizer=SGD(0.5),
        until=Until(updates=30),
    )
    dense, sparse = Cluster(dataclasses.replace(experiment, compression=NoCompression()), 0), Cluster(experiment, 0)
    for cluster in (dense, sparse):
        cluster.run()
    compressors = sparse.workers[0].group._group._reduce._compressors[0]
    left = np.mean([sparse.tape.value(compressor._states[0]) for compressor in compressors], axis=0)
    assert abs(left).min() > 0 or type(compression) is not PowerSGD
    behind = sparse.tape.value(sparse.workers[0].x) - dense.tape.value(dense.workers[0].x)
    np.testing.assert_allclose(behind, 0.5 * left, rtol=0, atol=1e-13)


@pytest.mark.parametrize("workers", [1, 2])
def test_power_sgd_is_exact_where_its_rank_suffices(workers):
    # A weight matrix's gradient over b samples is a sum of b products of two vectors: its rank is at most b.
    fields = {"protocol": AllReduce(), "workers": workers, "batch": 2 // workers, "optimizer": SGD(0.02)}
    dense = trajectory(**fields)
    np.testing.assert_allclose(trajectory(compression=PowerSGD(3), **fields), dense, rtol=0, atol=2e-5)
    assert abs(trajectory(compression=PowerSGD(1), **fields) - dense).max() > 1e-3


@pytest.mark.parametrize("rank", [1, 2])
@pytest.mark.parametrize("protocol", [AllReduce(), HardSync()], ids=named)
def test_power_sgd_is_exact_on_a_matrix_of_rank_1(rank, protocol):
    # Without noise the gradient is a multiple of the start, where all elements are equal.
    fields = {"protocol": protocol, "problem": Matrix(dim=20, noise=0.0)}
    dense = trajectory(**fields)
    np.testing.assert_allclose(trajectory(compression=PowerSGD(rank), **fields), dense, rtol=1e-13)


@pytest.mark.parametrize("protocol", [AllReduce(), HardSync(), AsyncPS()], ids=named)
@pytest.mark.parametrize("problem", [DigitsMLP(hidden=[13, 7]), Quadratic()], ids=named)
def test_power_sgd_sends_a_model_as_it_is_that_it_would_not_make_smaller(protocol, problem):
    # Rank 11 would make 11 (64 + 13) = 847 numbers of the largest matrix, 64 x 13 = 832.
    fields = {"protocol": protocol, "problem": problem, "batch": 5, "straggler": Exponential()}
    fields["workload"] = Synthetic(0.01, bytes=0)
    np.testing.assert_array_equal(trajectory(compression=PowerSGD(11), **fields), trajectory(**fields))


@pytest.mark.parametrize("compression", COMPRESSIONS, ids=named)
@pytest.mark.parametrize("protocol", [HardSync(), AllReduce(), AsyncPS()], ids=named)
def test_the_digits_are_learned(compression, protocol):
    lr = 0.002 if compression == SignSGD() else 0.02 if type(compression) is QSGD else 0.05
    lr /= 10 if compression == RandomK(0.1, error_feedback=False) else 1  # ten times the variance
    updates = 1200 if isinstance(protocol, AsyncPS) else 300
    experiment = Experiment(
        workers=4,
        protocol=protocol,
        compression=compression,
        optimizer=SGD(lr),
        until=Until(updates=updates),
        record=Record(every_updates=updates),
    )
    assert simulate(experiment).summary.final_test_accuracy > 0.75


def test_an_asynchronous_run_over_shards_learns_with_its_errors():
    experiment = Experiment(
        workers=4,
        protocol=AsyncPS(),
        compression=TopK(0.02),
        straggler=Exponential(),
        server=Server(shards=3, sharding=Sharding.per_tensor),
        until=Until(updates=1500),
        record=Record(every_updates=1500),
    )
    assert simulate(experiment).summary.final_test_accuracy > 0.8


@pytest.mark.parametrize("compression", COMPRESSIONS, ids=named)
def test_a_run_is_the_same_again_and_another_with_another_seed(compression):
    fields = {"protocol": AllReduce(), "compression": compression, "problem": DigitsMLP(hidden=[8])}
    first = trajectory(**fields)
    np.testing.assert_array_equal(trajectory(**fields), first)
    assert (trajectory(seed=1, **fields) != first).any()


# -- the counterexample of Karimireddy et al. 2019, section 3

EPSILON = 0.5


@kernel(GRADIENT["float64"])
def counterexample_gradient(x, out, index, key, inputs, targets, layout, settings, scratch, ahead):
    """a (a . x), a = inputs[index[0]]."""
    a = inputs[index[0]]
    slope = a[0] * x[0] + a[1] * x[1]
    out[0], out[1] = slope * a[0], slope * a[1]


@kernel(EVALUATE["float64"])
def counterexample_evaluate(x, inputs, targets, layout, settings, scratch, measures):
    """Mean of (a . x)^2 / 2."""
    measures[0] = measures[1] = 0.0
    for i in range(inputs.shape[0]):
        measures[0] += (inputs[i, 0] * x[0] + inputs[i, 1] * x[1]) ** 2 / (2 * inputs.shape[0])


class Counterexample(Problem):
    """Least squares over a = +-(1, -1) + epsilon (1, 1), one sample at a time (their Counterexample 3)."""

    itemsize = 8
    tensors = [2]  # noqa: RUF012
    flops_per_sample = 100.0
    samples = 2

    def task(self, generator):
        data = Samples(np.array([[1 + EPSILON, EPSILON - 1], [EPSILON - 1, 1 + EPSILON]]), np.array([0.0, 1.0]))
        return Task(
            initial=np.array([1.0, 1.0]),
            train=data,
            test=data,
            gradient=counterexample_gradient,
            evaluate=counterexample_evaluate,
            layout=np.array([2]),
            settings=np.empty(0),
            scratch_size=lambda batch: 0,
        )


def counterexample(compression):
    experiment = Experiment(
        workers=1,
        batch=1,
        protocol=AllReduce(),
        problem=Counterexample(),
        partition=Shared(),
        compression=compression,
        optimizer=SGD(0.05),
        until=Until(updates=2000),
        record=Record(every_updates=1, trajectory=True),
    )
    return simulate(experiment)


def test_signs_alone_never_leave_a_line_that_misses_the_optimum():
    # Every gradient is along (1 + eps, eps - 1) or (eps - 1, 1 + eps): its signs are opposite, so x_1 + x_2 stays 2,
    # and on that line (a . x)^2 / 2 is in the mean at least (2 epsilon)^2 / 2 = 0.5.
    result = counterexample(SignSGD())
    np.testing.assert_allclose(result.trajectory.x.sum(axis=1), 2.0, rtol=0, atol=1e-9)
    assert min(row.train_loss for row in result.metrics) > 0.5 - 1e-9


def test_error_feedback_mends_the_signs():
    assert counterexample(SignSGD(Mode.error_feedback)).metrics[-1].train_loss < 1e-6


# -- bytes and seconds


def elementwise(compression, nbytes):
    """Bytes of one message instead of `nbytes`, from what the papers send."""
    d = nbytes / 4
    if isinstance(compression, TopK):
        return 8 * max(1, round(compression.share * d))
    if isinstance(compression, RandomK):
        return 8 + 4 * max(1, round(compression.share * d))
    if isinstance(compression, QSGD):
        norms = 1 if compression.bucket is None else math.ceil(d / compression.bucket)
        return math.ceil(d * (1 + math.ceil(math.log2(compression.levels + 1))) / 8) + 4 * norms
    if isinstance(compression, SignSGD):
        return math.ceil(d / 8) + (4 if compression.mode is Mode.error_feedback else 0)
    return nbytes


SMALLER = [
    TopK(0.01),
    TopK(1e-9),
    RandomK(0.25),
    QSGD(1, bucket=None),
    QSGD(7),
    QSGD(8, bucket=100),
    SignSGD(),
    SignSGD(Mode.error_feedback),
]


@pytest.mark.parametrize("compression", [NoCompression(), *SMALLER], ids=named)
@pytest.mark.parametrize("problem", [DigitsMLP(), NoProblem()], ids=named)
def test_a_push_has_the_bytes_of_its_message_and_a_reply_those_of_the_model(compression, problem):
    # Every update is n pushes, and n replies to them or, before the first, to the pulls.
    experiment = Experiment(
        workers=5, protocol=HardSync(), compression=compression, problem=problem, until=Until(updates=7)
    )
    expected = 7 * 5 * (4 * PARAMETERS + elementwise(compression, 4 * PARAMETERS))
    assert simulate(experiment).summary.bytes_sent == expected


@pytest.mark.parametrize("compression", [NoCompression(), *SMALLER], ids=named)
def test_the_bytes_of_a_workload_follow_whatever_is_learned(compression):
    experiment = Experiment(
        workers=3,
        protocol=HardSync(),
        compression=compression,
        problem=Quadratic(dim=5),
        workload=Synthetic(0.1, bytes=1e8),
        server=Server(shards=2),
        until=Until(updates=2),
    )
    # Two updates are 12 pushes; replies to 6 pulls, to the 6 pushes of the first and, when the second shard's apply
    # ends the run, to 3 of the second.
    expected = 12 * elementwise(compression, 5e7) + 15 * 5e7
    assert simulate(experiment).summary.bytes_sent == expected


def group_bytes(compression, collective, workers=4, **fields):
    experiment = Experiment(
        workers=workers,
        protocol=AllReduce(),
        collective=collective,
        compression=compression,
        until=Until(updates=3),
        **fields,
    )
    return simulate(experiment).summary.bytes_sent


@pytest.mark.parametrize("compression", [one for one in SMALLER if not one.linear], ids=named)
@pytest.mark.parametrize("collective", [Ring(), Direct(), Hierarchical()], ids=named)
def test_what_cannot_be_all_reduced_is_sent_to_all(compression, collective):
    # All-gather: the message of each of 4 ranks to the 3 others.
    expected = 3 * 4 * 3 * elementwise(compression, 4 * PARAMETERS)
    assert group_bytes(compression, collective) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("collective", [Ring(), Direct(), Hierarchical()], ids=named)
def test_what_can_be_all_reduced_is(collective):
    # All-reduce: every byte of the sum 2 (n - 1) times. Random elements have no indices and, in a group, no seed.
    each = 3 * 2 * 3
    assert group_bytes(RandomK(0.25), collective) == pytest.approx(each * 4 * round(0.25 * PARAMETERS), rel=1e-12)
    for rank in (1, 2, 4):
        numbers = rank * (ROWS + COLUMNS) + VECTORS
        assert group_bytes(PowerSGD(rank), collective) == pytest.approx(each * 4 * numbers, rel=1e-12)
    assert group_bytes(PowerSGD(2), collective, problem=NoProblem()) == group_bytes(PowerSGD(2), collective)


def test_matrices_that_low_rank_does_not_make_smaller_are_sent_as_they_are():
    # Rank 9: 9 (64 + 10) = 666 > 640; the two large ones have 9 * 192 < 8192 numbers each.
    numbers = 9 * 2 * (64 + 128) + 640 + VECTORS
    assert group_bytes(PowerSGD(9), Ring()) == pytest.approx(3 * 2 * 3 * 4 * numbers, rel=1e-12)
    assert group_bytes(PowerSGD(1000), Ring()) == pytest.approx(group_bytes(NoCompression(), Ring()), rel=1e-12)


@pytest.mark.parametrize(
    ("server", "numbers"),
    [
        (Server(), 2 * (ROWS + COLUMNS) + VECTORS),
        (Server(shards=3, sharding=Sharding.per_tensor), 2 * (ROWS + COLUMNS) + VECTORS),
        # Cut at 5742 and 11484: through the matrices 0..8192 and 8320..16512, beside the third one, 16576..17216.
        (Server(shards=3), 2 * 8192 + 2 * (64 + 10) + VECTORS),
    ],
    ids=["one", "per_tensor", "even"],
)
def test_a_server_is_sent_p_and_q_of_the_matrices_that_are_not_cut(server, numbers):
    experiment = Experiment(
        workers=2, protocol=HardSync(), compression=PowerSGD(2), server=server, until=Until(updates=5)
    )
    cluster = Cluster(experiment, 0)
    assert sum(shard.push_nbytes for shard in cluster.shards) == pytest.approx(4 * numbers, rel=1e-3)


def test_every_bucket_has_the_bytes_of_its_own_message():
    # From the last tensor on, sizes 10, 640, 64, 8192, 128, 8192; a bucket is closed at 700: 714, then 8192, 8320.
    buckets = AllReduce(bucket_bytes=2800.0)
    experiment = Experiment(workers=3, protocol=buckets, compression=TopK(0.01), until=Until(updates=2))
    assert simulate(experiment).summary.bytes_sent == pytest.approx(2 * 3 * 2 * 8 * (7 + 82 + 83), rel=1e-12)
    experiment = dataclasses.replace(experiment, compression=PowerSGD(1))
    expected = 2 * 2 * 2 * 4 * (ROWS + COLUMNS + VECTORS)
    assert simulate(experiment).summary.bytes_sent == pytest.approx(expected, rel=1e-12)


def test_a_workload_of_its_own_tensors_cuts_the_problem_in_proportion():
    experiment = Experiment(
        workers=2,
        protocol=AllReduce(bucket_bytes=3e7),
        problem=Quadratic(dim=10),
        workload=Synthetic(0.1, bytes=1e8, tensors=10),
        compression=SignSGD(Mode.error_feedback),
        until=Until(updates=2),
    )
    cluster = Cluster(experiment, 0)
    parts = bucket_parts(experiment.problem, cluster.buckets)
    assert [part.ranges for part in parts] == [[(7, 10)], [(4, 7)], [(1, 4)], [(0, 1)]]
    cluster.run()
    assert cluster.world.recorder.bytes_sent == pytest.approx(2 * 2 * (1e8 / 32 + 4 * 4), rel=1e-12)


def test_votes_have_no_weights():
    experiment = Experiment(protocol=AsyncPS(modulation=Modulation.per_gradient), compression=SignSGD())
    with pytest.raises(ValueError, match=r"^protocol.modulation: per_gradient gives .*compression.mode=error_feedback"):
        simulate(experiment)
    for change in (
        {"compression": SignSGD(Mode.error_feedback)},
        {"protocol": AsyncPS(modulation=Modulation.mean_staleness)},
    ):
        run = dataclasses.replace(experiment, until=Until(updates=20), **change)
        assert simulate(run).summary.status == "completed"


def test_a_convolution_is_a_matrix_of_its_filters():
    # digits_cnn: 9 x 16 and 16, 144 x 32 and 32, then 128 x 10 and 10 (2 x 2 x 32 inputs).
    problem = DigitsCNN()
    assert problem.shapes == [(9, 16), (1, 16), (144, 32), (1, 32), (128, 10), (1, 10)]
    numbers = (9 + 16) + (144 + 32) + (128 + 10) + 16 + 32 + 10
    assert PowerSGD(1).message_bytes(
        4.0 * problem.parameters, Part(problem, [(0, problem.parameters)])
    ) == pytest.approx(4 * numbers)


def test_a_workload_of_its_own_size_has_the_proportions_of_the_problems_matrices():
    numbers = 2 * (ROWS + COLUMNS) + VECTORS
    expected = 3 * 2 * 3 * 1e8 * numbers / PARAMETERS
    workload = Synthetic(0.1, bytes=1e8)
    assert group_bytes(PowerSGD(2), Ring(), workload=workload) == pytest.approx(expected, rel=1e-12)


def ring_seconds(compression, problem):
    experiment = Experiment(
        workers=4,
        protocol=AllReduce(),
        compression=compression,
        problem=problem,
        workload=Synthetic(seconds=0.5, bytes=4e6),
        network=SingleSwitch(bandwidth_gbps=8.0, latency_us=10.0),  # 1 GB/s
        until=Until(updates=3),
    )
    return simulate(experiment).summary.virtual_seconds / 3 - 0.5


def test_an_update_takes_the_time_of_its_collective():
    # Thakur et al. 2005: a ring all-gather of n parts of b bytes takes (n - 1) (alpha + b / B), an all-reduce of b
    # bytes 2 (n - 1) (alpha + b / n / B), two all-reduces in turn the sum of both.
    dense = ring_seconds(NoCompression(), Quadratic())
    alpha = dense / 6 - 4e6 / 4 / 1e9
    assert alpha in (pytest.approx(10e-6), pytest.approx(20e-6))
    assert ring_seconds(TopK(0.01), Quadratic()) == pytest.approx(3 * (alpha + 8e4 / 1e9), rel=1e-9)
    assert ring_seconds(RandomK(0.01), Quadratic()) == pytest.approx(6 * (alpha + 4e4 / 4 / 1e9), rel=1e-9)
    first, second = (4e6 * numbers / PARAMETERS for numbers in (2 * ROWS + VECTORS, 2 * COLUMNS))
    expected = 6 * (alpha + first / 4 / 1e9) + 6 * (alpha + second / 4 / 1e9)
    assert ring_seconds(PowerSGD(2), DigitsMLP()) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("compression", COMPRESSIONS, ids=named)
@pytest.mark.parametrize("protocol", [HardSync(), AllReduce(), AsyncPS()], ids=named)
def test_nothing_learned_gives_the_same_events(compression, protocol):
    experiment = Experiment(
        workers=5,
        protocol=protocol,
        compression=compression,
        straggler=Exponential(),
        server=Server(shards=2),
        until=Until(updates=40),
    )
    learning = simulate(experiment).summary
    timing = simulate(dataclasses.replace(experiment, problem=NoProblem())).summary
    for name in ("virtual_seconds", "updates", "gradients", "bytes_sent", "events", "mean_staleness", "wait_fraction"):
        assert getattr(learning, name) == getattr(timing, name), name


# -- what does not go together


@pytest.mark.parametrize("compression", [one for one in COMPRESSIONS if one != NoCompression()], ids=named)
@pytest.mark.parametrize("protocol", [DPSGD(), Local(), LocalSGD(), DiLoCo(), Sandblaster(), SGP()], ids=named)
def test_protocols_that_send_no_gradients_refuse(compression, protocol):
    with pytest.raises(ValueError, match=r"^compression: \w+ is for gradients, .*use compression=none"):
        simulate(Experiment(protocol=protocol, compression=compression))


def test_a_collective_without_all_gather_refuses_what_cannot_be_all_reduced():
    fields = {"protocol": AllReduce(), "collective": Tree(), "until": Until(updates=2)}
    with pytest.raises(ValueError, match=r"^collective: tree has no all_gather; choose .*ring.*those of top_k cannot$"):
        simulate(Experiment(compression=TopK(), **fields))
    for compression in (RandomK(), PowerSGD()):
        assert simulate(Experiment(compression=compression, **fields)).summary.status == "completed"


def test_power_sgd_asks_for_the_shapes_of_a_problem_of_sizes():
    fields = {"protocol": AllReduce(), "problem": NoProblem(sizes=[1000, 10])}
    assert simulate(Experiment(**fields, until=Until(updates=2))).summary.status == "completed"
    with pytest.raises(ValueError, match=r"^problem.rows: must be a divisor of each of problem.sizes=\[1000, 10\]"):
        simulate(Experiment(compression=PowerSGD(), **fields))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: TopK(0.0), "share: must be above 0 and at most 1, got 0.0; give"),
        (lambda: RandomK(1.5), "share: must be above 0 and at most 1, got 1.5; give"),
        (lambda: QSGD(0), "levels: must be at least 1 and at most 1000000, got 0; give"),
        (lambda: QSGD(bucket=0), "bucket: must be at least 1, got 0; give"),
        (lambda: PowerSGD(0), "rank: must be at least 1, got 0; give"),
        (lambda: NoProblem(rows=[0]), "rows: must be at least 1, got 0"),
    ],
)
def test_fields_out_of_range_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
