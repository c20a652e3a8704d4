"""Downpour SGD with seldom pushes and fetches, and its warm start (Dean et al. 2012)."""

import experiments
import numpy as np
import pytest
from on_the_clock import on_the_clock

WORKERS = 5


def trajectory(protocol, **fields):
    common = {"problem": "digits_mlp hidden=[16]", "optimizer": "sgd lr=0.1", "until": "updates=24"}
    return experiments.trajectory(protocol, **common | fields)


@pytest.mark.parametrize("n_fetch", [2, 5])
@pytest.mark.parametrize("shards", [1, 2])
def test_the_local_steps_of_one_worker_are_those_of_the_server(n_fetch, shards):
    fields = {"workers": 1, "network": "single_switch", "server": f"shards={shards}"}
    np.testing.assert_array_equal(
        trajectory(f"async_ps n_fetch={n_fetch}", **fields), trajectory("local", workers=1, network="single_switch")
    )


def test_the_general_loop_is_the_plain_one_where_it_must_be():
    # A warm start of one update that one worker alone makes anyhow.
    np.testing.assert_array_equal(trajectory("async_ps warm_start=1", workers=1), trajectory("async_ps", workers=1))


def in_a_bowl(protocol, lr, updates):
    """The model of one worker on f = x^2 / 2, from 1, after each update."""
    fields = {"problem": "quadratic dim=1 noise=0", "optimizer": f"sgd lr={lr}", "until": f"updates={updates}"}
    return trajectory(protocol, workers=1, **fields)[:, 0].tolist()


def test_pushes_are_sums_of_gradients_at_local_models():
    # lr = 1/2: a worker that begins at w has gradients w, w/2, w/4 and pushes 7/4 w after 3 steps, so that the server's
    # w becomes w - 7/8 w = w/8.
    assert in_a_bowl("async_ps n_push=3 n_fetch=3", 0.5, 4) == [1.0, 1 / 8, 1 / 64, 1 / 512, 1 / 4096]


def test_gradients_since_the_last_push_may_be_of_several_fetches():
    # n_fetch = 1, n_push = 2: both gradients are taken at the server's w, which has not changed: 2 w, lr 1/4: w/2.
    assert in_a_bowl("async_ps n_push=2 n_fetch=1", 0.25, 3) == [1.0, 1 / 2, 1 / 4, 1 / 8]


def test_seldom_pushes_and_fetches_send_fewer_bytes_for_a_gradient():
    def bytes_of_a_gradient(protocol, updates):
        summary = on_the_clock(protocol, WORKERS, updates, network="single_switch", straggler="none").summary
        return summary.bytes_sent / summary.gradients / 1e6

    # n_push pushes and n_fetch fetches of 1e6 B each; what is under way at the end is some of 2 x 5 messages.
    assert bytes_of_a_gradient("async_ps", 1000) == pytest.approx(2, abs=0.01)
    assert bytes_of_a_gradient("async_ps n_push=4 n_fetch=4", 250) == pytest.approx(2 / 4, abs=0.01)
    assert bytes_of_a_gradient("async_ps n_push=4", 250) == pytest.approx(1 + 1 / 4, abs=0.01)
    assert bytes_of_a_gradient("async_ps n_fetch=4", 1000) == pytest.approx(1 + 1 / 4, abs=0.01)


@pytest.mark.parametrize("n", [2, 7])
def test_mean_staleness_in_pushes_is_the_number_of_other_workers(n):
    # A push that is answered is Rudra's transaction, however many gradients are in it.
    mean = on_the_clock(f"async_ps n_push={n} n_fetch={n}", WORKERS, 2000).summary.mean_staleness
    assert mean == pytest.approx(WORKERS - 1, abs=2 * WORKERS**2 / 2000)


def test_a_push_that_is_not_waited_for_costs_the_worker_no_time():
    # 1e9 B take 1 s each way, a gradient 1 s: the first pull and ten gradients take 1 + 10 s, nine pushes overlap with
    # the next gradient, the tenth is answered after 2 s. The eleventh update comes a gradient and a push later.
    fields = {
        "network": "single_switch bandwidth_gbps=8 latency_us=0",
        "workload": "synthetic seconds=1 bytes=1e9",
        "straggler": "none",
        "record": "spans=true",
    }
    result = on_the_clock("async_ps n_fetch=10", 1, 11, **fields)
    spans = result.spans
    computing = [spans.kinds[kind] == "compute" for kind in spans.kind]
    assert result.summary.virtual_seconds == pytest.approx(1 + 10 + 2 + 1 + 1)
    assert (spans.end - spans.start)[computing].sum() == pytest.approx(12)


def test_a_push_waits_for_the_one_before():
    # A push takes L + S, latency and bytes, a gradient 1 s: the first leaves after the pull of 2 L + S and a gradient,
    # every other one when the one before has arrived. What a worker waits then, S + L - 1 each time, it communicates.
    latency, transfer, pushes = 2 * 10e-6, 4.0, 10
    result = on_the_clock(
        "async_ps n_fetch=1000",
        1,
        pushes,
        straggler="none",
        workload="synthetic seconds=1 bytes=1e8",
        network="single_switch bandwidth_gbps=0.2 latency_us=10",
    )
    summary = result.summary
    seconds = 2 * latency + transfer + 1 + pushes * (latency + transfer)
    assert summary.virtual_seconds == pytest.approx(seconds, rel=1e-12)
    assert summary.compute_fraction == pytest.approx((1 + pushes) / seconds)
    assert summary.wait_fraction == 0.0
    assert max(result.staleness) == pushes - 1


def test_nor_does_a_line_of_pushes_stand_before_a_slow_server():
    # A server that adds up one gradient in 5 s, of six workers with one per second: each has one push there at most,
    # and computes the gradient of the next meanwhile.
    summary = on_the_clock(
        "async_ps n_fetch=1000", 6, 100, workload="synthetic seconds=1 bytes=1e6", server="apply_rate=2e5"
    ).summary
    assert 4 < summary.server_mean_queue <= 5  # one is being added up
    assert summary.virtual_seconds == pytest.approx(100 * 5, rel=0.02)
    assert summary.gradients <= 100 + 2 * 6


def first_gradients(warm_start, **fields):
    """When each worker begins to compute, and when worker 0 ends each of its gradients (s)."""
    spans = on_the_clock(
        f"async_ps warm_start={warm_start}", WORKERS, warm_start + 20, record="spans=true", **fields
    ).spans
    computing = np.array([spans.kinds[kind] == "compute" for kind in spans.kind])
    starts = [spans.start[computing & (spans.worker == rank)].min() for rank in range(WORKERS)]
    return starts, np.sort(spans.end[computing & (spans.worker == 0)])


@pytest.mark.parametrize("fields", [{"network": "ideal"}, {"network": "single_switch"}, {"server": "shards=2"}])
def test_worker_0_makes_the_first_updates_alone(fields):
    starts, ends = first_gradients(7, **fields)
    assert starts[0] < ends[0]
    # The others are spread over the step of 1 s that follows, whatever worker 0 takes for its own.
    assert all(ends[6] <= start < ends[6] + 1.01 for start in starts[1:])


def test_without_a_warm_start_all_begin_within_one_step():
    starts, _ = first_gradients(0)
    assert sorted(starts) == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8])


def test_the_first_updates_of_a_warm_start_are_plain_sgd():
    warm = trajectory("async_ps warm_start=10", workers=WORKERS)
    alone = trajectory("async_ps", workers=1)
    np.testing.assert_array_equal(warm[:11], alone[:11])
    assert (warm[-1] != alone[-1]).any()
