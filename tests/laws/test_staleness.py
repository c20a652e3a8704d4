"""Laws of the asynchronous parameter server."""

import pytest
from on_the_clock import on_the_clock

UPDATES = 6000


def run(protocol, workers, **fields):
    return on_the_clock(protocol, workers, UPDATES, **{"straggler": "lognormal cv=0.5"} | fields)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2, 30])
def test_mean_staleness_is_the_number_of_other_workers(any_law, workers):
    # Between two applies of one worker there are, on average over gradients, lambda applies. Exactly: the
    # staleness of all gradients applied plus what those under way have gathered is updates * (lambda - 1) less the
    # head start at the first round; both ends are below lambda^2.
    mean = run("async_ps", workers, straggler=any_law).summary.mean_staleness
    assert mean == pytest.approx(workers - 1, abs=workers**2 / UPDATES)


@pytest.mark.parametrize("fields", [{"network": "leaf_spine"}, {"server": "cores=2 apply_rate=2e7"}])
def test_neither_network_nor_queue_changes_the_mean_staleness(fields):
    assert run("async_ps", 16, **fields).summary.mean_staleness == pytest.approx(15, abs=16**2 / UPDATES)


def test_hardsync_has_no_staleness():
    assert run("hardsync", 8).staleness == {0: 8 * UPDATES}


def test_the_histogram_counts_every_applied_gradient():
    assert sum(run("async_ps", 5).staleness.values()) == UPDATES


def test_throughput_of_one_busy_core_is_its_service_rate():
    # Z = 1 s of computing, S = 0.5 s of service: beyond N* = (Z + S) / S = 3 workers the core is the limit.
    summary = run("async_ps", 8, straggler="lognormal cv=0", server="apply_rate=2e6").summary
    assert summary.updates_per_second == pytest.approx(2.0, rel=1e-3)
    assert summary.server_utilisation == pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_deterministic_workers_below_the_limit_do_not_queue(workers):
    # X = N / (Z + S) and R = S once the first round has spread them out.
    summary = run("async_ps", workers, straggler="lognormal cv=0", server="apply_rate=2e6").summary
    assert summary.updates_per_second == pytest.approx(workers / 1.5, rel=2e-3)
    assert summary.server_mean_response_seconds == pytest.approx(0.5, rel=2e-3)


@pytest.mark.parametrize("cores", [1, 3])
def test_littles_law_holds_in_the_closed_loop(cores):
    # N = X (R + Z): workers = updates per second * (response at the server + 1 s of computing on average).
    law = "lognormal cv=0.7"
    summary = run("async_ps", 12, straggler=law, server=f"cores={cores} apply_rate=4e6").summary
    cycle = summary.server_mean_response_seconds + 1.0
    # The mean of 6000 draws of cv 0.7 is off by 0.7 / sqrt(6000) = 0.9 %.
    assert summary.updates_per_second * cycle == pytest.approx(12, rel=0.03)
