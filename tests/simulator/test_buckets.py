"""Which tensors travel together, and when they are ready."""

import pytest
from experiments import option

from sim.connections.group.buckets import by_cycle, fill, whole
from sim.workloads import Tensor


def tensors(*costs):
    """Tensors whose size and arithmetic are the same number."""
    return [Tensor(float(cost), float(cost)) for cost in costs]


@pytest.mark.parametrize(
    ("bucket_bytes", "sizes"),
    [
        (0, [6, 5, 4, 3, 2, 1]),
        (5, [6, 5, 7, 3]),  # 4 is not full, 3 more fill it; 2 and 1 are left over
        (6, [6, 9, 6]),
        (7, [11, 7, 3]),
        (21, [21]),
        (1e9, [21]),
    ],
)
def test_buckets_fill_from_the_last_tensor_until_they_have_reached_their_size(bucket_bytes, sizes):
    assert [bucket.nbytes for bucket in fill(tensors(1, 2, 3, 4, 5, 6), bucket_bytes)] == sizes


def test_the_first_bucket_may_be_full_with_less():
    assert [bucket.nbytes for bucket in fill(tensors(1, 2, 3, 4, 5, 6), 11, 2)] == [6, 12, 3]
    assert [bucket.nbytes for bucket in fill(tensors(1, 2, 3), 3, 100)] == [3, 3]  # with no more


def test_the_rule_of_ddp_is_one_megabyte_and_then_25_unless_a_size_is_given():
    # PyTorch's reducer: the first bucket of the default size has 1 MiB, of a size of the user's own there is no
    # exception.
    sizes = {
        words: [bucket.nbytes for bucket in option("protocol", f"allreduce {words}").buckets(tensors(*[0.4e6] * 200))]
        for words in ("", "bucket_bytes=2.5e7", "bucket_bytes=2e7", "bucket_bytes=2e7 first_bucket_bytes=4e5")
    }
    assert sizes[""] == sizes["bucket_bytes=2.5e7"] == pytest.approx([1.2e6, 25.2e6, 25.2e6, 25.2e6, 3.2e6])
    assert sizes["bucket_bytes=2e7"] == pytest.approx([20e6] * 4)
    assert sizes["bucket_bytes=2e7 first_bucket_bytes=4e5"] == pytest.approx([0.4e6, 20e6, 20e6, 20e6, 19.6e6])


@pytest.mark.parametrize("cycle", [0.01, 0.05, 0.3, 5.0])
def test_horovod_flushes_what_a_cycle_has_made_ready(cycle):
    # 10 tensors that take 2/3 s backwards are ready every 1/15 s from 0.4 s on; cycles end at 1, 1 - cycle, ...
    buckets = by_cycle(tensors(*[1] * 10), 1.0, cycle, 1e9)
    ends = [1.0 - number * cycle for number in range(200)]
    expected = {}
    for number in range(1, 11):
        ready = 1 / 3 + number / 15
        end = min(each for each in ends if each > ready - 1e-9)
        expected[round(end, 9)] = expected.get(round(end, 9), 0) + 1
    assert {round(bucket.ready, 9): bucket.nbytes for bucket in buckets} == expected
    assert buckets[-1].ready == 1.0


def test_horovod_sends_no_more_than_its_buffer_holds_unless_a_tensor_is_larger():
    assert [bucket.nbytes for bucket in by_cycle(tensors(1, 2, 3, 9, 4, 4), 0.0, 1.0, 8)] == [8, 9, 6]
    assert [bucket.nbytes for bucket in by_cycle(tensors(1, 2, 3), 0.0, 1.0, 0)] == [3, 2, 1]


def test_a_tensor_is_never_cut():
    assert [bucket.nbytes for bucket in fill(tensors(1, 100, 1), 10)] == [101, 1]


def test_a_bucket_is_ready_when_the_backward_pass_has_come_to_its_first_tensor():
    # A third of the time is forward; then 3/6, 2/6 and 1/6 of the other two thirds.
    ready = [bucket.ready for bucket in fill(tensors(1, 2, 3), 0)]
    assert ready == pytest.approx([1 / 3 + 2 / 3 * 3 / 6, 1 / 3 + 2 / 3 * 5 / 6, 1.0], rel=1e-15)
    assert ready[-1] == 1.0


def test_arithmetic_decides_when_a_bucket_is_ready_and_not_its_size():
    first, last = fill([Tensor(nbytes=100.0, flops=1.0), Tensor(nbytes=1.0, flops=9.0)], 0)
    assert (first.nbytes, first.ready) == (1.0, pytest.approx(1 / 3 + 2 / 3 * 0.9))
    assert (last.nbytes, last.ready) == (100.0, 1.0)


def test_tensors_without_arithmetic_are_ready_in_the_end():
    assert [bucket.ready for bucket in fill([Tensor(8.0, 0.0), Tensor(4.0, 0.0)], 0)] == [1.0, 1.0]


def test_one_bucket_for_everything_is_ready_in_the_end():
    assert whole(tensors(1, 2, 3)) == fill(tensors(1, 2, 3), 6.0) == [(6.0, 1.0)]
    assert option("protocol", "allreduce bucket_bytes=null").buckets(tensors(1, 2, 3)) == [(6.0, 1.0)]


@pytest.mark.parametrize(
    "problem", ["digits_mlp", "digits_cnn", "quadratic dim=7", "none sizes=[3,4]", "none sizes=[]"]
)
@pytest.mark.parametrize("workload", ["native", "synthetic bytes=1e6 tensors=7"])
def test_the_tensors_of_a_message_make_up_its_bytes(workload, problem):
    workload, problem = option("workload", workload), option("problem", problem)
    sizes = [tensor.nbytes for tensor in workload.message_tensors(problem)]
    assert len(sizes) >= 1
    assert sum(sizes) == pytest.approx(workload.message_bytes(problem), rel=1e-12)


def message_tensors(workload, problem):
    return option("workload", workload).message_tensors(option("problem", problem))


def test_a_synthetic_message_is_made_of_equal_tensors():
    assert message_tensors("synthetic bytes=6 tensors=3", "none") == [(2.0, 1.0)] * 3


def test_a_convolutions_arithmetic_counts_its_places():
    # Layers of 9 x 16, 144 x 32 and 128 x 10 weights with their biases, applied at 64, 16 places and once.
    flops = [9 * 16 * 64, 16 * 64, 144 * 32 * 16, 32 * 16, 128 * 10, 10]
    assert [tensor.flops for tensor in message_tensors("native", "digits_cnn")] == flops


def test_the_clock_alone_has_the_same_tensors_as_the_default_problem():
    assert message_tensors("native", "none") == message_tensors("native", "digits_mlp")
    workload, device = option("workload", "native"), option("device", "cpu_core")
    clock, learning = (
        workload.gradient_seconds(option("problem", name), device, 32) for name in ("none", "digits_mlp")
    )
    assert clock == learning
