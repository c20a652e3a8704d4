"""Compressed gradients: the bytes of their messages, the time that these take, and what does not go together."""

import math

import pytest
from compressions import COMPRESSIONS
from experiments import cluster_of, names, option, simulated
from on_the_clock import ring, seconds_of_an_update
from same_events import assert_same_events

from sim.compressors.sign_sgd import Mode
from sim.connections.group.buckets import bucket_parts
from sim.problems.part import Part

#: Parameters of the digits' perceptron, and what its P and Q of rank r are made of (64 x 128, 128 x 64, 64 x 10).
PARAMETERS = 17_226
ROWS, COLUMNS, VECTORS = 64 + 128 + 64, 128 + 64 + 10, 128 + 64 + 10


def elementwise(compression, nbytes):
    """Bytes of one message instead of `nbytes`, from what the papers send."""
    d, name, chosen = nbytes / 4, compression.partition(" ")[0], option("compression", compression)
    if name == "top_k":
        return 8 * max(1, round(chosen.share * d))
    if name == "random_k":
        return 8 + 4 * max(1, round(chosen.share * d))
    if name == "qsgd":
        norms = 1 if chosen.bucket is None else math.ceil(d / chosen.bucket)
        return math.ceil(d * (1 + math.ceil(math.log2(chosen.levels + 1))) / 8) + 4 * norms
    if name == "sign_sgd":
        return math.ceil(d / 8) + (4 if chosen.mode is Mode.error_feedback else 0)
    return nbytes


SMALLER = [
    "top_k share=0.01",
    "top_k share=1e-9",
    "random_k share=0.25",
    "qsgd levels=1 bucket=null",
    "qsgd levels=7",
    "qsgd levels=8 bucket=100",
    "sign_sgd",
    "sign_sgd mode=error_feedback",
]


@pytest.mark.parametrize("compression", ["none", *SMALLER])
@pytest.mark.parametrize("problem", ["digits_mlp", "none"])
def test_a_push_has_the_bytes_of_its_message_and_a_reply_those_of_the_model(compression, problem):
    # Every update is n pushes, and n replies to them or, before the first, to the pulls.
    result = simulated("hardsync", workers=5, compression=compression, problem=problem, until="updates=7")
    assert result.summary.bytes_sent == 7 * 5 * (4 * PARAMETERS + elementwise(compression, 4 * PARAMETERS))


@pytest.mark.parametrize("compression", ["none", *SMALLER])
def test_the_bytes_of_a_workload_follow_whatever_is_learned(compression):
    # Two updates are 12 pushes; replies to 6 pulls, to the 6 pushes of the first and, when the second shard's apply
    # ends the run, to 3 of the second.
    fields = {"problem": "quadratic dim=5", "workload": "synthetic seconds=0.1 bytes=1e8", "server": "shards=2"}
    result = simulated("hardsync", workers=3, compression=compression, until="updates=2", **fields)
    assert result.summary.bytes_sent == 12 * elementwise(compression, 5e7) + 15 * 5e7


def group_bytes(compression, collective, **fields):
    """Of three updates by four workers."""
    fields |= {"collective": collective, "compression": compression}
    return simulated("allreduce", workers=4, until="updates=3", **fields).summary.bytes_sent


@pytest.mark.parametrize("compression", [one for one in SMALLER if not option("compression", one).linear])
@pytest.mark.parametrize("collective", ["ring", "direct", "hierarchical"])
def test_what_cannot_be_all_reduced_is_sent_to_all(compression, collective):
    # All-gather: the message of each of 4 ranks to the 3 others.
    expected = 3 * 4 * 3 * elementwise(compression, 4 * PARAMETERS)
    assert group_bytes(compression, collective) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("collective", ["ring", "direct", "hierarchical"])
def test_what_can_be_all_reduced_is(collective):
    # All-reduce: every byte of the sum 2 (n - 1) times. Random elements have no indices and, in a group, no seed.
    each = 3 * 2 * 3
    random = group_bytes("random_k share=0.25", collective)
    assert random == pytest.approx(each * 4 * round(0.25 * PARAMETERS), rel=1e-12)
    for rank in (1, 2, 4):
        numbers = rank * (ROWS + COLUMNS) + VECTORS
        assert group_bytes(f"power_sgd rank={rank}", collective) == pytest.approx(each * 4 * numbers, rel=1e-12)
    assert group_bytes("power_sgd rank=2", collective, problem="none") == group_bytes("power_sgd rank=2", collective)


def test_matrices_that_low_rank_does_not_make_smaller_are_sent_as_they_are():
    # Rank 9: 9 (64 + 10) = 666 > 640; the two large ones have 9 * 192 < 8192 numbers each.
    numbers = 9 * 2 * (64 + 128) + 640 + VECTORS
    assert group_bytes("power_sgd rank=9", "ring") == pytest.approx(3 * 2 * 3 * 4 * numbers, rel=1e-12)
    assert group_bytes("power_sgd rank=1000", "ring") == pytest.approx(group_bytes("none", "ring"), rel=1e-12)


@pytest.mark.parametrize(
    ("server", "numbers"),
    [
        ("shards=1", 2 * (ROWS + COLUMNS) + VECTORS),
        ("shards=3 sharding=per_tensor", 2 * (ROWS + COLUMNS) + VECTORS),
        # Cut at 5742 and 11484: through the matrices 0..8192 and 8320..16512, beside the third one, 16576..17216.
        ("shards=3", 2 * 8192 + 2 * (64 + 10) + VECTORS),
    ],
    ids=["one", "per_tensor", "even"],
)
def test_a_server_is_sent_p_and_q_of_the_matrices_that_are_not_cut(server, numbers):
    cluster = cluster_of("hardsync", workers=2, compression="power_sgd rank=2", server=server, until="updates=5")
    assert sum(shard.push_nbytes for shard in cluster.shards) == pytest.approx(4 * numbers, rel=1e-3)


def test_every_bucket_has_the_bytes_of_its_own_message():
    # From the last tensor on, sizes 10, 640, 64, 8192, 128, 8192; a bucket is closed at 700: 714, then 8192, 8320.
    sparse, low_rank = (
        simulated(
            "allreduce bucket_bytes=2800", workers=3, collective="ring", compression=compression, until="updates=2"
        ).summary
        for compression in ("top_k share=0.01", "power_sgd rank=1")
    )
    assert sparse.bytes_sent == pytest.approx(2 * 3 * 2 * 8 * (7 + 82 + 83), rel=1e-12)
    assert low_rank.bytes_sent == pytest.approx(2 * 2 * 2 * 4 * (ROWS + COLUMNS + VECTORS), rel=1e-12)


def test_a_workload_of_its_own_tensors_cuts_the_problem_in_proportion():
    cluster = cluster_of(
        "allreduce bucket_bytes=3e7",
        collective="ring",
        workers=2,
        problem="quadratic dim=10",
        workload="synthetic seconds=0.1 bytes=1e8 tensors=10",
        compression="sign_sgd mode=error_feedback",
        until="updates=2",
    )
    parts = bucket_parts(cluster.experiment.problem, cluster.blueprint.buckets)
    assert [part.ranges for part in parts] == [[(7, 10)], [(4, 7)], [(1, 4)], [(0, 1)]]
    cluster.run()
    assert cluster.world.recorder.bytes_sent == pytest.approx(2 * 2 * (1e8 / 32 + 4 * 4), rel=1e-12)


def test_votes_have_no_weights():
    with pytest.raises(ValueError, match=r"^protocol.modulation: per_gradient gives .*compression.mode=error_feedback"):
        simulated("async_ps modulation=per_gradient", compression="sign_sgd")
    for modulation, mode in (("per_gradient", "error_feedback"), ("mean_staleness", "majority_vote")):
        fields = {"compression": f"sign_sgd mode={mode}", "until": "updates=20"}
        assert simulated(f"async_ps modulation={modulation}", **fields).summary.status == "completed"


def test_a_convolution_is_a_matrix_of_its_filters():
    # digits_cnn: 9 x 16 and 16, 144 x 32 and 32, then 128 x 10 and 10 (2 x 2 x 32 inputs).
    problem = option("problem", "digits_cnn")
    assert problem.shapes == [(9, 16), (1, 16), (144, 32), (1, 32), (128, 10), (1, 10)]
    numbers = (9 + 16) + (144 + 32) + (128 + 10) + 16 + 32 + 10
    whole = Part(problem, [(0, problem.parameters)])
    found = option("compression", "power_sgd rank=1").message_bytes(4.0 * problem.parameters, whole)
    assert found == pytest.approx(4 * numbers)


def test_a_workload_of_its_own_size_has_the_proportions_of_the_problems_matrices():
    numbers = 2 * (ROWS + COLUMNS) + VECTORS
    expected = 3 * 2 * 3 * 1e8 * numbers / PARAMETERS
    workload = "synthetic seconds=0.1 bytes=1e8"
    assert group_bytes("power_sgd rank=2", "ring", workload=workload) == pytest.approx(expected, rel=1e-12)


def free(compression):
    """A compression that takes no time by itself."""
    return compression if compression == "none" else f"{compression} seconds_per_byte=0"


def ring_seconds(compression, problem):
    """What a ring of 4 with 4e6 B on links of 1 GB/s adds to an update, beside compressing."""
    wires = {"workload": "synthetic seconds=0.5 bytes=4e6", "network": "single_switch bandwidth_gbps=8 latency_us=10"}
    fields = {"straggler": "none", "collective": "ring", "compression": free(compression), "problem": problem}
    return seconds_of_an_update("allreduce", 4, 3, **wires | fields) - 0.5


def test_an_update_takes_the_time_of_its_collective():
    # Thakur et al. 2005: a ring all-gather of n parts of b bytes takes (n - 1) (alpha + b / B), an all-reduce of b
    # bytes 2 (n - 1) (alpha + b / n / B), two all-reduces in turn the sum of both.
    alpha = 20e-6  # of two links
    assert ring_seconds("none", "quadratic") == pytest.approx(ring(4, 4e6, 1e9, alpha), rel=1e-9)
    assert ring_seconds("top_k share=0.01", "quadratic") == pytest.approx(3 * (alpha + 8e4 / 1e9), rel=1e-9)
    assert ring_seconds("random_k share=0.01", "quadratic") == pytest.approx(6 * (alpha + 4e4 / 4 / 1e9), rel=1e-9)
    first, second = (4e6 * numbers / PARAMETERS for numbers in (2 * ROWS + VECTORS, 2 * COLUMNS))
    expected = 6 * (alpha + first / 4 / 1e9) + 6 * (alpha + second / 4 / 1e9)
    assert ring_seconds("power_sgd rank=2", "digits_mlp") == pytest.approx(expected, rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("protocol", ["hardsync", "allreduce", "async_ps"])
def test_nothing_learned_gives_the_same_events(compression, protocol):
    fields = {"straggler": "exponential", "server": "shards=2", "until": "updates=40"}
    assert_same_events(protocol, workers=5, compression=compression, **fields)


# -- what does not go together


@pytest.mark.parametrize("compression", [one for one in names("compression") if one != "none"])
@pytest.mark.parametrize("protocol", ["dpsgd", "local", "local_sgd", "diloco", "sandblaster", "sgp"])
def test_protocols_that_send_no_gradients_refuse(compression, protocol):
    with pytest.raises(ValueError, match=r"^compression: \w+ is for gradients, .*use compression=none"):
        simulated(protocol, compression=compression)


def test_a_collective_without_all_gather_refuses_what_cannot_be_all_reduced():
    fields = {"protocol": "allreduce", "collective": "tree", "until": "updates=2"}
    with pytest.raises(ValueError, match=r"^collective: tree has no all_gather; choose .*ring.*those of top_k cannot$"):
        simulated(compression="top_k", **fields)
    for compression in ("random_k", "power_sgd"):
        assert simulated(compression=compression, **fields).summary.status == "completed"


def test_power_sgd_asks_for_the_shapes_of_a_problem_of_sizes():
    fields = {"protocol": "allreduce", "problem": "none sizes=[1000,10]"}
    assert simulated(**fields, until="updates=2").summary.status == "completed"
    with pytest.raises(ValueError, match=r"^problem.rows: must be a divisor of each of problem.sizes=\[1000, 10\]"):
        simulated(compression="power_sgd", **fields)
