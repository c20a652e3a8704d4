"""The bounds that no operation can beat, and the alarm."""

from __future__ import annotations

import networkx as nx
import pytest
from alone import switch

from sim.collectives.direct import Direct
from sim.collectives.operations.bounds import Bounds, bounds
from sim.collectives.ring import Ring
from sim.collectives.tree import Tree
from topologies.networks.single_switch import single_switch
from topologies.networks.torus import torus

SIZE = 1e8


def test_on_a_switch_of_equal_links() -> None:
    graph = single_switch(8, bandwidth=1e9, latency=1e-6)
    # 2 (N - 1) / N S / B = 2 x 7/8 x 0.1 s; log2 8 = 3 route latencies of 2 us; the last rank's vector leaves: 0.1 s.
    limit = bounds(Ring().all_reduce(8, SIZE), graph, range(8))
    assert (limit.bandwidth, limit.latency, limit.after_last) == pytest.approx((0.175, 6e-6, 0.1), rel=1e-12)
    # Half of it for one way.
    limit = bounds(Ring().reduce_scatter(8, SIZE), graph, range(8))
    assert (limit.bandwidth, limit.latency, limit.after_last) == pytest.approx((0.0875, 6e-6, 0.0), rel=1e-12)
    limit = bounds(Ring().all_gather(8, SIZE), graph, range(8))
    assert (limit.bandwidth, limit.latency) == pytest.approx((0.0875, 6e-6), rel=1e-12)
    # Everyone but the root receives everything.
    limit = bounds(Tree().broadcast(8, SIZE), graph, range(8))
    assert (limit.bandwidth, limit.latency) == pytest.approx((0.1, 6e-6), rel=1e-12)


def test_who_sends_to_all_at_once_needs_one_round() -> None:
    # Eight times as many know after one latency: log 8 / log 8 = 1.
    graph = single_switch(8, bandwidth=1e9, latency=1e-6)
    assert bounds(Direct().all_reduce(8, SIZE), graph, range(8)).latency == pytest.approx(2e-6, rel=1e-12)


def test_nine_ranks_need_four_rounds() -> None:
    graph = single_switch(9, bandwidth=1e9, latency=1e-6)
    assert bounds(Ring().all_reduce(9, SIZE), graph, range(9)).latency == pytest.approx(8e-6, rel=1e-12)


def test_a_slow_link_bounds_by_one_vector() -> None:
    # All links together: 2 x 3 S / (3 B + B / 100) = 1.99 S / B; through the slow one S has to pass: 100 S / B.
    graph = single_switch(4, bandwidth=1e9, latency=0.0)
    graph.edges[2, "switch"]["bandwidth"] = 1e7
    assert bounds(Ring().all_reduce(4, SIZE), graph, range(4)).bandwidth == pytest.approx(10.0, rel=1e-12)


def test_ranks_of_one_host_need_no_wire() -> None:
    graph = single_switch(2, bandwidth=1e9, latency=1e-6)
    assert bounds(Ring().all_reduce(4, SIZE), graph, [1] * 4) == Bounds(
        "all_reduce of 100000000.0 B over 4 ranks", latency=0.0, bandwidth=0.0, after_last=0.0
    )
    # Two hosts: 2 (2 - 1) / 2 S / B, one round.
    limit = bounds(Ring().all_reduce(4, SIZE), graph, [0, 0, 1, 1])
    assert (limit.bandwidth, limit.latency) == pytest.approx((0.1, 2e-6), rel=1e-12)
    # Three ranks on one of them: the other needs 3/4 of a gathered vector.
    limit = bounds(Ring().all_gather(4, SIZE), graph, [0, 0, 1, 0])
    assert limit.bandwidth == pytest.approx(0.075, rel=1e-12)
    limit = bounds(Ring().reduce_scatter(4, SIZE), graph, [0, 0, 1, 0])
    assert limit.bandwidth == pytest.approx(0.075, rel=1e-12)


def test_on_an_ideal_network_nothing_is_bounded() -> None:
    limit = bounds(Ring().all_reduce(8, SIZE), None, range(8))
    assert (limit.bandwidth, limit.latency, limit.after_last) == (0.0, 0.0, 0.0)


def test_on_a_torus_a_host_has_all_its_links() -> None:
    # Four links each: 2 x 15/16 S / (4 B); neighbours are one link of 1 us apart: 4 us.
    limit = bounds(Ring().all_reduce(16, SIZE), torus([4, 4], bandwidth=1e9, latency=1e-6), range(16))
    assert (limit.bandwidth, limit.latency) == pytest.approx((2 * 15 / 16 * 0.1 / 4, 4e-6), rel=1e-12)


def test_directions_may_differ() -> None:
    graph = nx.DiGraph()
    for host in range(2):
        graph.add_edge(host, "switch", bandwidth=1e9, latency=1e-6)
        graph.add_edge("switch", host, bandwidth=1e8, latency=3e-6)
    limit = bounds(Ring().all_reduce(2, SIZE), graph, range(2))
    assert (limit.bandwidth, limit.latency, limit.after_last) == pytest.approx((1.0, 4e-6, 0.1), rel=1e-12)


@pytest.mark.parametrize(
    ("times", "what"),
    [
        ((5.0, 5.0, 5.174), "bandwidth"),
        ((5.0, 5.2, 5.299), "distance"),
        ((5.0, 5.0, 5.0000059), "latency"),
    ],
)
def test_what_beats_the_wire_is_an_internal_error(times: tuple[float, float, float], what: str) -> None:
    limit = bounds(Ring().all_reduce(8, SIZE), single_switch(8, bandwidth=1e9, latency=1e-6), range(8))
    message = f"^all_reduce of 100000000.0 B over 8 ranks took .* s, which beats the wire: the {what} of this network"
    with pytest.raises(RuntimeError, match=message):
        limit.check(*times)


def test_what_takes_exactly_the_bound_passes_even_late_in_a_run() -> None:
    limit = bounds(Ring().all_reduce(2, SIZE), switch(2, 0.0, 1e-9), range(2))
    limit.check(first=0.0, last=0.0, end=0.1)
    begins = 1e9  # where the clock counts in steps of 0.12 us
    limit.check(first=begins, last=begins, end=begins + 0.1)
    with pytest.raises(RuntimeError, match="beats the wire"):
        limit.check(first=begins, last=begins, end=begins + 0.09)
