"""Where in a step workers begin, and that those who wait for nobody are not in step for ever."""

import numpy as np
import pytest
from experiments import EVERY_UPDATE, experiment, names, simulated

from sim.cluster.blueprint import Blueprint
from sim.start import Start
from sim.streams import stream

WORKERS = 4
ASYNCHRONOUS = {
    *("async_ps", "softsync", "ssp", "k_async", "k_batch_async", "rennala", "ringmaster", "adpsgd"),
    *("async_easgd", "easgd_tree", "gossip_pull", "gossip_push"),
}
#: A gradient takes 50 ms, a model 1e7 B / (1.25e9 B/s) = 8 ms.
CLUSTER = {
    "problem": "none",
    "workload": "synthetic seconds=0.05 bytes=1e7",
    "network": "single_switch bandwidth_gbps=10 latency_us=0",
}


def first_turns(protocol, **words):
    """When each worker first turns from waiting to something else (s), by rank."""
    fields = {"workload": "synthetic seconds=1 bytes=1e3", "problem": "none"}
    words = {"until": "updates=20", "record": "spans=true"} | fields | words
    spans = simulated(protocol, workers=WORKERS, **words).spans
    busy = np.array([spans.kinds[kind] != "wait" for kind in spans.kind])
    return [float(spans.start[busy & (spans.worker == rank)].min()) for rank in range(WORKERS)]


@pytest.mark.parametrize("protocol", names("protocol"))
def test_workers_of_asynchronous_protocols_begin_spread_over_one_step(protocol):
    # All of them have a turn of their own, in an order that the seed draws.
    spread = sorted(first_turns(protocol))
    assert spread == ([0.0, 0.25, 0.5, 0.75] if protocol in ASYNCHRONOUS else [0.0] * WORKERS)


# Workers of sandblaster are reached by a command before they begin, and count as communicating.
@pytest.mark.parametrize("protocol", [name for name in names("protocol") if name != "sandblaster"])
def test_what_the_user_says_of_the_start_is_so(protocol):
    assert first_turns(protocol, start=Start.together) == [0.0] * WORKERS
    assert sorted(first_turns(protocol, start=Start.spread)) == [0.0, 0.25, 0.5, 0.75]


@pytest.mark.parametrize("protocol", ["ssp slack=0", f"k_async k={WORKERS}"])
def test_with_a_barrier_a_protocol_is_synchronous(protocol):
    assert Blueprint(experiment(protocol, workers=WORKERS)).start is Start.together


def test_the_seed_deals_the_places():
    orders = {tuple(first_turns("async_ps", seed=seed)) for seed in range(5)}
    assert len(orders) > 1
    assert first_turns("async_ps", seed=3) == first_turns("async_ps", seed=3, straggler="exponential")


@pytest.mark.parametrize("protocol", names("protocol"))
def test_one_worker_begins_at_once(protocol):
    fields = {"workers": 1, "problem": "quadratic", "until": "updates=6", "record": EVERY_UPDATE}
    spread, together = (simulated(protocol, start=start, **fields).trajectory for start in Start)
    np.testing.assert_array_equal(spread.x, together.x)
    np.testing.assert_array_equal(spread.seconds, together.seconds)


def test_equally_fast_workers_do_not_share_a_link_that_is_free():
    # Four that push at one instant share the server's link both ways: 50 ms + 2 * 4 * 8 ms for 4 updates, for ever.
    # Spread they follow each other at 12.5 ms, longer than a model takes: 50 ms + 2 * 8 ms.
    run = {"workers": WORKERS, "until": "updates=4000"} | CLUSTER
    together, spread = (simulated("async_ps", start=start, **run).summary for start in (Start.together, Start.spread))
    assert together.updates_per_second == pytest.approx(4 / 0.114, rel=2e-3)
    assert spread.updates_per_second == pytest.approx(4 / 0.066, rel=2e-3)


def test_without_stragglers_a_busy_server_is_as_fast_as_with_few():
    # 16 workers ask for more than the 125 models per second of the link; in step they also leave it free at times.
    run = {"workers": 16, "until": "updates=2000"} | CLUSTER
    regular, jittered = (
        simulated("async_ps", straggler=law, **run).summary.updates_per_second for law in ("none", "lognormal cv=0.2")
    )
    assert regular == pytest.approx(jittered, rel=0.05)
    assert regular > 1.9 * simulated("hardsync", **run | {"until": "updates=100"}).summary.updates_per_second


def test_equally_fast_workers_take_turns():
    # The first gradients are of version 0, all others of that after the worker's last: P - 1 versions old, exactly.
    result = simulated("async_ps", workers=WORKERS, until="updates=100", **CLUSTER)
    assert result.staleness == {0: 1, 1: 1, 2: 1, 3: 97}


def test_the_wait_before_the_start_is_counted_as_waiting():
    # Delays of 0, 1/4, 1/2 and 3/4 of a step of 1 s, and nobody waits later: 3/2 s of all workers' time.
    fields = {"problem": "none", "workload": "synthetic seconds=1 bytes=0", "network": "ideal"}
    summary = simulated("async_ps", workers=WORKERS, until="updates=40", **fields).summary
    assert summary.wait_fraction * WORKERS * summary.virtual_seconds == pytest.approx(1.5)


def test_springs_that_pull_one_after_the_other_hold():
    # A centre that 16 workers read at one instant moves by the sum of their pulls: the distance between it and
    # their mean becomes 1 - 17 alpha times as much, which is -7.5. One after the other nobody overshoots.
    fields = {"workers": 16, "problem": "quadratic dim=3", "network": "ideal", "until": "updates=300"}
    protocol = "async_easgd alpha=0.5"
    together, spread = (simulated(protocol, start=start, **fields).summary for start in (Start.together, Start.spread))
    assert together.status == "diverged"
    assert (spread.status, spread.final_test_loss < 1.5) == ("completed", True)


def test_nobody_is_in_step_after_a_warm_start():
    # All who wait for version 3 are answered at one instant, and go on at the distances of the start.
    words = {"problem": "none", "workload": "synthetic seconds=1 bytes=1e3", "network": "ideal", "record": "spans=true"}
    spans = simulated("async_ps warm_start=3", workers=WORKERS, until="updates=20", **words).spans
    computing = np.array([spans.kinds[kind] == "compute" for kind in spans.kind])
    begun = [float(spans.start[computing & (spans.worker == rank)].min()) for rank in range(WORKERS)]
    delays = Start.spread.delays(WORKERS, 1.0, stream(0, "start"))
    assert begun[0] == delays[0]
    assert begun[1:] == pytest.approx([delays[0] + 3.0 + delay for delay in delays[1:]])
