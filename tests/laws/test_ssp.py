"""Stale synchronous parallel: how far workers may be apart, and what it brings."""

import math

import numpy as np
import pytest
from experiments import option, simulated
from on_the_clock import harmonic, on_the_clock

from sim.start import Start
from topologies.field_error import FieldError

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


@pytest.mark.slow
def test_throughput_grows_with_the_slack_from_that_of_hardsync_to_that_of_async_ps():
    # 6000 updates are 1000 rounds at slack 0, and those of the slowest of 6 have a standard error of
    # 1.22 / sqrt(1000) = 0.04 s, 1.6 % of H_6.
    summaries = [on_the_clock(f"ssp slack={slack}", WORKERS, 6000).summary for slack in (0, 1, 2, 4, 8, 16, 1000)]
    rates = [summary.gradients / summary.virtual_seconds for summary in summaries]
    assert rates == sorted(rates)
    assert rates[0] == pytest.approx(WORKERS / harmonic(WORKERS), rel=0.03)
    free = on_the_clock("async_ps", WORKERS, 6000).summary
    assert rates[-1] == free.gradients / free.virtual_seconds


def test_staleness_grows_with_the_slack():
    # Without slack the gradients of a round are applied 0 to P - 1 versions after the barrier: (P - 1) / 2 on average.
    means = [
        on_the_clock(f"ssp slack={slack}", WORKERS, 3000).summary.mean_staleness for slack in (0, 1, 2, 4, 8, 1000)
    ]
    assert means == sorted(means)
    assert means[0] == (WORKERS - 1) / 2
    assert means[-1] == pytest.approx(WORKERS - 1, abs=2 * WORKERS**2 / 3000)


def test_a_slow_worker_holds_up_the_others_by_its_own_pace():
    # In the long run all have the rate of the slowest: 6 gradients in 3 s, however large the slack.
    summary = on_the_clock("ssp slack=4", WORKERS, 3000, straggler="slow_node factor=3").summary
    assert summary.gradients / summary.virtual_seconds == pytest.approx(WORKERS / 3.0, rel=0.01)


def test_gradients_of_workers_that_wait_are_applied_when_they_arrive():
    # Worker 0 takes 10 s, the others 1 s. With slack 1 these have a gradient each applied at 1 s, which is 0 to 4
    # versions old, and one at 2 s, which was taken at versions 1 to 5 and is applied at 5 to 9: 4 old. Then they wait
    # for worker 0, whose gradient of version 0 is applied as the eleventh.
    result = on_the_clock("ssp slack=1", WORKERS, 11, straggler="slow_node factor=10", start=Start.together)
    assert result.summary.virtual_seconds == 10.0
    assert result.staleness == {0: 1, 1: 1, 2: 1, 3: 1, 4: 6, 10: 1}


@pytest.mark.parametrize("slack", [0, 1, 3])
@pytest.mark.parametrize("arrangement", ["flat", "tree"])
def test_an_update_is_one_gradient_at_any_slack(slack, arrangement):
    summary = on_the_clock(f"ssp slack={slack}", WORKERS, 60, server=f"arrangement={arrangement} fan_out=2").summary
    assert summary.updates == 60
    assert summary.gradients <= 60 + WORKERS  # the others are on their way, or being added up


@pytest.mark.slow
def test_gradients_to_a_target_depend_on_the_slack_by_its_staleness_alone():
    # In a bowl of curvature h a gradient that is tau gradients old moves x by -a x(n - tau), a = lr h / P. For small a
    # |x| falls as e^(-r n), with r = a E[e^(r tau)] (1 + a / 2): the last factor makes the sum of steps an integral. To
    # first order r = a (1 + a (tau + 1/2)), tau the mean staleness; the next are 3/2 (a tau)^2 and, of the scatter of
    # tau, a^2 var / 2: 0.3 % for a = 0.005 and tau <= 7. To ln(1e6) = 13.8 e-folds it takes ln(1e6) / r gradients.
    a, workers = 0.005, 8
    expected, found = {}, {}
    for slack in (0, 1, 3, 50):
        result = simulated(
            f"ssp slack={slack}",
            workers=workers,
            problem=f"quadratic dim=1 curvature={workers * a} noise=0",
            optimizer="sgd lr=1",
            straggler="exponential",
            until="updates=3000",
            record="every_updates=1 trajectory=true",
        )
        found[slack] = int(np.argmax(abs(result.trajectory.x[:, 0]) < 1e-6))
        expected[slack] = math.log(1e6) / (a * (1 + a * (result.summary.mean_staleness + 0.5)))
    assert found == pytest.approx(expected, rel=0.005)
    assert max(found.values()) < 1.03 * min(found.values())


def test_a_rate_that_is_divided_by_the_workers_is_not_divided_again():
    said = "modulation: mean_staleness divides lr by the number of workers, as update=mean has done already; use "
    with pytest.raises(FieldError, match=said):
        option("protocol", "ssp modulation=mean_staleness")
    assert option("protocol", "ssp modulation=mean_staleness update=sum").lr_share(8) == 1.0


def test_exponential_workers_never_deadlock_on_a_slow_server():
    summary = on_the_clock("ssp slack=2", WORKERS, 500, server="shards=3 apply_rate=1e6").summary
    assert (summary.status, summary.updates) == ("completed", 500)
