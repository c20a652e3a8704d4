"""Stale synchronous parallel: how far workers may be apart, and what it brings."""

import pytest
from on_the_clock import harmonic, on_the_clock

WORKERS = 6


def clocks(spans):
    """Of every gradient: when it was begun, and how many its worker and the slowest had finished by then."""
    computing = [
        sorted(
            (start, end)
            for worker, kind, start, end in zip(spans.worker, spans.kind, spans.start, spans.end, strict=True)
            if worker == rank and spans.kinds[kind] == "compute"
        )
        for rank in range(WORKERS)
    ]
    ends = [[end for _, end in own] for own in computing]
    for own in computing:
        for clock, (start, _) in enumerate(own):
            yield clock, min(sum(end <= start for end in theirs) for theirs in ends)


@pytest.mark.parametrize("network", ["ideal", "single_switch"])
@pytest.mark.parametrize("shards", [1, 2])
@pytest.mark.parametrize("slack", [0, 1, 3])
def test_nobody_begins_a_gradient_more_than_the_slack_ahead_of_the_slowest(slack, shards, network):
    # One worker is three times slower than the others and lets them exhaust any slack.
    fields = {"straggler": "slow_node factor=3", "server": f"shards={shards}", "record": "spans=true"}
    result = on_the_clock(f"ssp slack={slack}", WORKERS, 60, network=network, **fields)
    gaps = {clock - slowest for clock, slowest in clocks(result.spans)}
    assert max(gaps) == slack


def test_throughput_grows_with_the_slack_from_that_of_hardsync_to_that_of_async_ps():
    # 1000 rounds of the slowest of 6 have a standard error of 1.22 / sqrt(1000) = 0.04 s, 1.6 % of H_6.
    summaries = [on_the_clock(f"ssp slack={slack}", WORKERS, 1000).summary for slack in (0, 1, 2, 4, 8, 16, 1000)]
    rates = [summary.gradients / summary.virtual_seconds for summary in summaries]
    assert rates == sorted(rates)
    assert rates[0] == pytest.approx(WORKERS / harmonic(WORKERS), rel=0.03)
    free = on_the_clock("async_ps", WORKERS, 1000).summary
    assert rates[-1] == free.gradients / free.virtual_seconds


def test_staleness_grows_with_the_slack():
    means = [
        on_the_clock(f"ssp slack={slack}", WORKERS, 3000).summary.mean_staleness for slack in (0, 1, 2, 4, 8, 1000)
    ]
    assert means == sorted(means)
    assert means[0] == 0
    assert means[-1] == pytest.approx(WORKERS - 1, abs=2 * WORKERS**2 / 3000)


def test_a_slow_worker_holds_up_the_others_by_its_own_pace():
    # In the long run all have the rate of the slowest: 6 gradients in 3 s, however large the slack.
    summary = on_the_clock("ssp slack=4", WORKERS, 3000, straggler="slow_node factor=3").summary
    assert summary.gradients / summary.virtual_seconds == pytest.approx(WORKERS / 3.0, rel=0.01)


def test_gradients_of_workers_that_waited_make_one_update_with_that_of_the_slowest():
    # Worker 0 takes 10 s, the others 1 s. With slack 1 these have a gradient each applied at 1 s and the next one kept
    # at 2 s. At 10 s those five, taken at versions 1 to 5, and worker 0's, taken at 0, are one update of version 5.
    result = on_the_clock("ssp slack=1", WORKERS, 6, straggler="slow_node factor=10")
    assert result.summary.virtual_seconds == 10.0
    assert result.staleness == {0: 2, 1: 2, 2: 2, 3: 2, 4: 2, 5: 1}


def test_exponential_workers_never_deadlock_on_a_slow_server():
    summary = on_the_clock("ssp slack=2", WORKERS, 500, server="shards=3 apply_rate=1e6").summary
    assert (summary.status, summary.updates) == ("completed", 500)
