"""Compressed gradients: what they promise of learning."""

import experiments
import numpy as np
import pytest
from compressions import COMPRESSIONS
from experiments import cluster_of, option, simulated
from quadratic_gradients import Gradients

from sim.connections.group.reduction import Reduction
from sim.problems.quadratic import Quadratic
from sim.streams import key, stream
from sim.tape.player import Player
from sim.tape.recording import RecordingTape

#: Those whose messages hold nothing random.
CERTAIN = ["top_k share=0.1", "top_k share=0.1 error_feedback=false", "sign_sgd", "sign_sgd mode=error_feedback"]


def trajectory(protocol, **fields):
    return experiments.trajectory(protocol, **{"workers": 4, "until": "updates=20"} | fields)


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["hardsync", "allreduce", "async_ps"])
@pytest.mark.parametrize("compression", ["top_k share=1", "random_k share=1"])
@pytest.mark.parametrize("error_feedback", [True, False])
@pytest.mark.parametrize("batch", [4, 32])
def test_to_send_every_element_is_to_send_the_gradient(protocol, compression, error_feedback, batch):
    fields = {"batch": batch, "optimizer": "momentum lr=0.02", "workload": "synthetic seconds=0.01 bytes=0"}
    everything = f"{compression} error_feedback={error_feedback}"
    dense = trajectory(protocol, **fields)
    np.testing.assert_array_equal(trajectory(protocol, compression=everything, **fields), dense)


@pytest.mark.parametrize("compression", [*CERTAIN, "qsgd"])
@pytest.mark.parametrize("problem", ["digits_mlp hidden=[17]", "quadratic"])
def test_a_server_and_a_group_make_the_same_of_the_same_messages(compression, problem):
    fields = {"problem": problem, "compression": compression, "straggler": "exponential", "optimizer": "sgd lr=0.01"}
    np.testing.assert_array_equal(trajectory("hardsync", **fields), trajectory("allreduce", **fields))


@pytest.mark.slow
@pytest.mark.parametrize("compression", CERTAIN)
def test_a_bucket_is_a_message_just_as_what_one_shard_is_sent(compression):
    # A bucket of each of the six tensors, from the last on, and a shard for each, from the largest on.
    fields = {"compression": compression, "optimizer": "sgd lr=0.01", "straggler": "exponential"}
    buckets = trajectory("allreduce bucket_bytes=0", **fields)
    shards = trajectory("hardsync", server="shards=6 sharding=per_tensor", **fields)
    overlapping = trajectory("allreduce bucket_bytes=0", transport="tcp overlap=true", **fields)
    np.testing.assert_array_equal(buckets, shards)
    np.testing.assert_array_equal(overlapping, buckets)


def sent_by_numpy(compression, p):
    """The message that becomes of a gradient with what the ones before have left out."""
    if compression.startswith("top_k"):
        return np.where(np.arange(len(p)) == np.argmax(abs(p)), p, 0.0)  # k = 1
    return np.where(p < 0, -1.0, 1.0) * (1.0 if compression == "sign_sgd" else abs(p).mean())


@pytest.mark.parametrize("protocol", ["hardsync", "allreduce"])
@pytest.mark.parametrize("compression", CERTAIN)
def test_what_is_applied_is_the_mean_of_the_messages_that_numpy_makes(compression, protocol):
    # Three workers meet gradients of their own, and keep errors of their own; of votes the majority is applied.
    workers, lr, d, problem = 3, 0.25, 10, "quadratic dim=10 noise=2 start=1"
    fields = {"workers": workers, "batch": 4, "optimizer": f"sgd lr={lr}", "problem": problem}
    models = trajectory(protocol, compression=compression, **fields)
    g = Gradients(problem, seed=0, batch=4)
    x, errors, keeps = g.initial, np.zeros((workers, d)), option("compression", compression).states
    for step, model in enumerate(models):
        np.testing.assert_allclose(model, x, rtol=0, atol=1e-13)
        ps = [g(rank, step, x) + errors[rank] for rank in range(workers)]
        messages = np.array([sent_by_numpy(compression, p) for p in ps])
        errors = np.array(ps) - messages if keeps else errors
        assert len({message.tobytes() for message in messages}) > 1
        x = x - lr * (np.sign(messages.sum(axis=0)) if compression == "sign_sgd" else messages.mean(axis=0))


def test_the_majority_decides_and_a_tie_does_nothing():
    task = Quadratic(dim=4).task(np.random.default_rng(0))
    with RecordingTape(Player(task, None, key(0, "batch"), replacement=False, batch=1, slots=4), task.initial) as tape:
        gradients = [tape.constant(numbers) for numbers in ([5.0, -1, 0, 1], [-1.0, -1, 0, 1], [-1.0, 1, 0, -9])]
        votes = option("compression", "sign_sgd")
        compressors = [votes.compressor(tape.initial(), None, None) for _ in gradients]
        three, two = Reduction(votes, [compressors]), Reduction(votes, [compressors[:2]])
        assert tape.value(three(gradients)).tolist() == [-1.0, -1.0, 1.0, 1.0]
        assert tape.value(two(gradients[:2])).tolist() == [0.0, -1.0, 1.0, 1.0]


class Matrix(Quadratic):
    """A quadratic whose parameters are a matrix."""

    shapes = [(5, 4)]  # noqa: RUF012


@pytest.mark.parametrize(
    "compression", ["top_k share=0.3", "random_k share=0.3", "power_sgd rank=1", "sign_sgd mode=error_feedback"]
)
def test_what_a_group_has_applied_and_what_it_has_left_out_are_all_gradients(compression):
    # Where the gradients are noise that does not depend on the model (h = 0 but for rounding), the model is behind that
    # of uncompressed gradients by lr times the mean of the errors: sum of sent + e = sum of g.
    noise = Matrix(dim=20, curvature=1e-300, start=0.0)
    fields = {"workers": 3, "problem": noise, "optimizer": "sgd lr=0.5", "until": "updates=30"}
    dense, sparse = (cluster_of("allreduce", compression=each, **fields) for each in ("none", compression))
    for cluster in (dense, sparse):
        cluster.run()
    compressors = sparse.workers[0].group._group._reduce._compressors[0]
    left = np.mean([sparse.tape.value(compressor._states[0]) for compressor in compressors], axis=0)
    assert abs(left).min() > 0 or not compression.startswith("power_sgd")
    behind = sparse.tape.value(sparse.workers[0].x) - dense.tape.value(dense.workers[0].x)
    np.testing.assert_allclose(behind, 0.5 * left, rtol=0, atol=1e-13)


@pytest.mark.parametrize("workers", [1, 2])
def test_power_sgd_is_exact_where_its_rank_suffices(workers):
    # A weight matrix's gradient over b samples is a sum of b products of two vectors: its rank is at most b.
    fields = {"workers": workers, "batch": 2 // workers, "optimizer": "sgd lr=0.02"}
    dense, third, first = (
        trajectory("allreduce", compression=compression, **fields)
        for compression in ("none", "power_sgd rank=3", "power_sgd rank=1")
    )
    np.testing.assert_allclose(third, dense, rtol=0, atol=2e-5)
    assert abs(first - dense).max() > 1e-3


class LowRankTwin:
    """PowerSGD of one sender of 5 x 4 matrices: Algorithms 1 and 2 with NumPy's QR decomposition."""

    def __init__(self, rank, *sender):
        factors = stream(0, "compression", *sender, 0).standard_normal(20)  # the first of them are Q, column by column
        self._q = factors[: 4 * rank].reshape(rank, 4).T
        self._error = np.zeros((5, 4))

    def __call__(self, gradient):
        m = gradient.reshape(5, 4) + self._error
        p = np.linalg.qr(m @ self._q)[0]
        self._q = m.T @ p
        self._error = m - p @ self._q.T
        return (p @ self._q.T).ravel()


@pytest.mark.parametrize("rank", [1, 2])
@pytest.mark.parametrize("protocol", ["allreduce", "hardsync"])
def test_power_sgd_applies_the_products_that_numpy_makes(rank, protocol):
    # Three workers meet gradients of their own. P and Q are linear in the gradients, so that all-reduced they are those
    # of the mean, with one error; to a server every worker sends its own.
    workers, lr, matrix = 3, 0.25, Matrix(dim=20, noise=2.0)
    fields = {"workers": workers, "batch": 4, "optimizer": f"sgd lr={lr}", "problem": matrix}
    models = trajectory(protocol, compression=f"power_sgd rank={rank}", **fields)
    g = Gradients(matrix, seed=0, batch=4)
    ranks = [(number,) for number in range(workers)] if protocol == "hardsync" else [()]
    senders = [LowRankTwin(rank, *sender) for sender in ranks]
    x = g.initial
    for step, model in enumerate(models):
        np.testing.assert_allclose(model, x, rtol=0, atol=1e-10)
        gradients = [g(number, step, x) for number in range(workers)]
        if protocol == "allreduce":
            gradients = [np.mean(gradients, axis=0)]
        x = x - lr * np.mean([send(each) for send, each in zip(senders, gradients, strict=True)], axis=0)


@pytest.mark.parametrize("protocol", ["allreduce", "hardsync", "async_ps"])
@pytest.mark.parametrize("problem", ["digits_mlp hidden=[13,7]", "quadratic"])
def test_power_sgd_sends_a_model_as_it_is_that_it_would_not_make_smaller(protocol, problem):
    # Rank 11 would make 11 (64 + 13) = 847 numbers of the largest matrix, 64 x 13 = 832.
    fields = {"problem": problem, "batch": 5, "straggler": "exponential", "workload": "synthetic seconds=0.01 bytes=0"}
    found = trajectory(protocol, compression="power_sgd rank=11", **fields)
    np.testing.assert_array_equal(found, trajectory(protocol, **fields))


def accuracy(protocol, updates, **fields):
    """What is recognised in the end, by four workers."""
    fields |= {"until": f"updates={updates}", "record": f"every_updates={updates}"}
    return simulated(protocol, workers=4, **fields).summary.final_test_accuracy


@pytest.mark.slow
@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("protocol", ["hardsync", "allreduce", "async_ps"])
def test_the_digits_are_learned(compression, protocol):
    lr = 0.002 if compression == "sign_sgd" else 0.02 if compression.startswith("qsgd") else 0.05
    lr /= 10 if compression == "random_k share=0.1 error_feedback=false" else 1  # ten times the variance
    updates = 1200 if protocol == "async_ps" else 300
    fields = {"compression": compression, "optimizer": f"sgd lr={lr}"}
    assert accuracy(protocol, updates, **fields) > 0.75


@pytest.mark.slow
def test_an_asynchronous_run_over_shards_learns_with_its_errors():
    fields = {"straggler": "exponential", "server": "shards=3 sharding=per_tensor"}
    assert accuracy("async_ps", 1500, compression="top_k share=0.02", **fields) > 0.8


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_run_is_the_same_again_and_another_with_another_seed(compression):
    fields = {"compression": compression, "problem": "digits_mlp hidden=[8]"}
    first, again, other = (trajectory("allreduce", seed=seed, **fields) for seed in (0, 0, 1))
    np.testing.assert_array_equal(again, first)
    assert (other != first).any()
