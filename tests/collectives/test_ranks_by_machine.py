"""Collectives that heed machines and rails: the right result, the closed forms, and nothing faster than the wire.

M machines of g ranks, S bytes; between machines R rails of B B/s and b = 1 / B each. A route inside has latency i (s),
one to another machine a.
"""

from __future__ import annotations

from functools import cache
from typing import get_args

import networkx as nx
import numpy as np
import pytest
from alone import departures, seconds, switch
from data_flow import contributions, follow, most_at_once
from experiments import OPTIONS

from sim.collectives import Collective, offering
from sim.collectives.double_tree import DoubleTree
from sim.collectives.hierarchical import Hierarchical
from sim.collectives.operations.bounds import bounds
from sim.collectives.operations.operation import Kind, Operation
from sim.collectives.operations.site import Site
from sim.collectives.ring import Ring
from sim.collectives.tree import Tree
from topologies.field_error import FieldError
from topologies.networks.gpu_pod import gpu_pod

SIZE = 1e8
SLOW, FAST = 1e9, 1e25  # B/s; so fast that what is inside takes no time


def pod(machines: int, gpus: int, rails: int, latency: float = 0.0, inside: float = FAST) -> nx.Graph:
    graph = gpu_pod(machines, gpus, rails, SLOW, latency / 4, intra_bandwidth=inside, intra_latency=latency / 4)
    graph.graph["routing"] = "rail"
    return graph


#: Hosts of the ranks on machines of four GPUs with two rails.
PLACES = {
    "full": tuple(range(16)),
    "spread": (0, 4, 8, 12, 1, 5, 9, 13),
    "unequal": (0, 1, 2, 3, 4, 5, 6, 8, 9),
    "unequal and mixed": (5, 0, 8, 1, 4, 9, 10, 2),
    "one machine": (4, 5, 6, 7),
    "two ranks on a host": (0, 0, 1, 4, 4, 5),
    "one rank": (3,),
}
KINDS: tuple[Kind, ...] = get_args(Kind)
CASES = [
    pytest.param(name, kind, place, id=f"{name}-{kind}-{place}")
    for kind in KINDS
    for name in offering(kind)
    for place, hosts in PLACES.items()
    if (name, kind) not in {("halving_doubling", "reduce_scatter"), ("halving_doubling", "all_gather")}
    or len(hosts) & (len(hosts) - 1) == 0
]


@cache
def site(place: str) -> Site:
    return Site(gpu_pod(4, 4, 2, SLOW, 1e-5, intra_bandwidth=5e9, intra_latency=1e-6), PLACES[place])


@cache
def make(name: str, kind: Kind, place: str, gamma: float = 0.0) -> Operation:
    collective: Collective = OPTIONS["collective"][name](gamma)
    if hasattr(collective, "chunks"):
        collective.chunks = 3
    made: Operation = getattr(collective.on(site(place)), kind)(len(PLACES[place]), 1e6)
    return made


@pytest.mark.parametrize(("name", "kind", "place"), CASES)
def test_every_rank_ends_with_its_result(name: str, kind: Kind, place: str) -> None:
    operation = make(name, kind, place)
    everything = np.ones((operation.pieces, operation.ranks), np.int8)
    if kind == "all_reduce":
        assert np.all(follow(operation, contributions(operation)) == everything)
    elif kind == "broadcast":
        initial = contributions(operation)
        initial[1:] = 0
        assert np.all(follow(operation, initial) == initial[0])
    else:
        scattered = make(name, "reduce_scatter", place)
        if name == "auto":
            return  # the two may be of different algorithms, each of which is tested by its name
        complete = np.all(follow(scattered, contributions(scattered)) == 1, axis=2)
        # A leader has summed what is others' in the end: each piece is whose pieces are fewest, of those who have it.
        few = np.where(complete, complete.sum(axis=1)[:, np.newaxis], complete.size)
        owned = complete & (np.arange(len(few))[:, np.newaxis] == few.argmin(axis=0))
        assert np.all(owned.sum(axis=0) == 1), "each piece of the sum is with one rank"
        assert np.all(owned.sum(axis=1) == scattered.pieces // scattered.ranks), "all have equally many"
        if kind == "all_gather":
            assert np.all(follow(operation, owned[:, :, np.newaxis] * everything) == everything)


@pytest.mark.slow
@pytest.mark.parametrize("gamma", [0.0, 1e-10])
@pytest.mark.parametrize(("name", "kind", "place"), CASES)
def test_no_result_beats_the_wire(name: str, kind: Kind, place: str, gamma: float) -> None:
    operation, graph, hosts = make(name, kind, place, gamma), site(place).graph, PLACES[place]
    took = seconds(operation, graph, hosts)
    bounds(operation, graph, hosts).check(first=0.0, last=0.0, end=took)
    # By hand, of full machines: over its two rails a machine has to send 2 (M - 1) / M S of an all-reduce.
    if place == "full" and kind == "all_reduce":
        assert took >= (1 - 1e-9) * 2 * 3 / 4 * 1e6 / (2 * SLOW)
    assert site(place).seconds(operation) == took


@pytest.mark.parametrize(("name", "kind", "place"), CASES)
def test_it_says_how_many_sends_a_rank_has_under_way(name: str, kind: Kind, place: str) -> None:
    operation = make(name, kind, place)
    assert most_at_once(operation) <= operation.ports


@pytest.mark.parametrize(("name", "kind", "place"), [case for case in CASES if case.values[2] == "unequal"])
def test_who_is_late_delays_by_no_more_than_that(name: str, kind: Kind, place: str) -> None:
    operation, graph, hosts = make(name, kind, place), site(place).graph, PLACES[place]
    late = [((7 * rank) % len(hosts)) * 3e-4 for rank in range(len(hosts))]
    left = departures(operation, graph, hosts, late)
    assert all(leave >= entered for leave, entered in zip(left, late, strict=True))
    if kind == "all_reduce":
        assert min(left) >= max(late)
    bounds(operation, graph, hosts).check(first=0.0, last=max(late), end=max(left))


# -- closed forms


@pytest.mark.parametrize("channels", [1, 2, 4, None])
@pytest.mark.parametrize("kind", ["all_reduce", "reduce_scatter", "all_gather"])
def test_rings_on_rails_of_their_own(kind: Kind, channels: int | None) -> None:
    # C rings, one a rail. Each link between machines passes 2 (N - 1) chunks of S / (N C), one after the other: inside,
    # where nothing takes time, there is always one ready. None: a ring for each of the four rails.
    network, hosts = pod(3, 4, 4), tuple(range(12))
    made = getattr(Ring(channels=channels).on(Site(network, hosts)), kind)(12, SIZE)
    turns = 2 if kind == "all_reduce" else 1
    assert seconds(made, network) == pytest.approx(turns * 11 / 12 * SIZE / (channels or 4) / SLOW, rel=1e-9)


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_rings_that_share_one_switch_are_as_fast_as_one(channels: int) -> None:
    # Latencies are paid side by side, bandwidth and time of adding shared.
    network = switch(6, 3e-6, 0.8e-9)
    took = seconds(Ring(0.3e-9, channels=channels).all_reduce(6, SIZE), network)
    assert took == pytest.approx(10 * 3e-6 + 10 / 6 * SIZE * 0.8e-9 + 5 / 6 * SIZE * 0.3e-9, rel=1e-9)


def test_one_ring_without_machines_is_the_ring() -> None:
    one, other = Ring(channels=1).all_reduce(7, SIZE), Ring().all_reduce(7, SIZE)
    for column in ("source", "target", "nbytes", "successors", "offsets", "begin", "end"):
        assert np.array_equal(getattr(one, column), getattr(other, column))
    assert one.source[:7].tolist() == list(range(7))


def test_a_ring_passes_through_one_machine_after_the_other_wherever_ranks_are() -> None:
    # By rank, each of the 8 hops would leave its machine.
    made = Ring(channels=1).on(site("spread")).all_reduce(8, SIZE)
    hosts = np.array(PLACES["spread"])
    leaving = hosts[made.source[:8]] // 4 != hosts[made.target[:8]] // 4
    assert leaving.sum() == 4


@pytest.mark.parametrize("channels", [1, 2, 4, None])
def test_pairs_of_trees_on_rails_of_their_own(channels: int | None) -> None:
    # Two machines, one above both trees: S / C up over each of C rails, then S / C down; inside nothing takes time.
    network, hosts = pod(2, 4, 4), tuple(range(8))
    made = DoubleTree(channels=channels).on(Site(network, hosts)).all_reduce(8, SIZE)
    assert seconds(made, network) == pytest.approx(2 * SIZE / (channels or 4) / SLOW, rel=1e-9)


@pytest.mark.parametrize(("machines", "gpus", "group"), [(4, 2, None), (3, 4, None), (3, 4, 4)])
def test_groups_are_machines(machines: int, gpus: int, group: int | None) -> None:
    # Inside 2 (g - 1) steps of i + S / g c; between M counterparts, each pair on a rail of its own, 2 (M - 1) steps of
    # a + S / N b.
    inside = 8e9
    network, hosts = pod(machines, gpus, gpus, latency=1e-5, inside=inside), tuple(range(machines * gpus))
    took = seconds(Hierarchical(group=group, chunks=1).on(Site(network, hosts)).all_reduce(len(hosts), SIZE), network)
    within = 2 * (gpus - 1) * (0.5e-5 + SIZE / gpus / inside)
    between = 2 * (machines - 1) * (1e-5 + SIZE / len(hosts) / SLOW)
    assert took == pytest.approx(within + between, rel=1e-9)


@pytest.mark.parametrize("chunks", [1, 2, 5, 16])
def test_phases_of_chunks_overlap(chunks: int) -> None:
    # Inside as fast as all rails together. One chunk after the other: the first is summed inside, all are between, the
    # last is shared inside; less than one phase after the other, and no less than the longest.
    network, hosts = pod(4, 4, 4, inside=4 * SLOW), tuple(range(16))
    took = seconds(Hierarchical(chunks=chunks).on(Site(network, hosts)).all_reduce(16, SIZE), network)
    within, between = 2 * 3 / 4 * SIZE / (4 * SLOW), 2 * 3 / 4 * SIZE / 4 / SLOW
    assert max(within, between) * (1 - 1e-9) <= took <= (within + between) * (1 + 1e-9)
    if chunks == 1:
        assert took == pytest.approx(within + between, rel=1e-9)
    if chunks == 16:
        assert took < 0.75 * (within + between)


def test_machines_of_different_sizes_have_leaders() -> None:
    # Machines of 4 and 3: three hops of i + S c to the leader of the larger one, two steps between leaders of
    # a + S / 2 b, and three hops back.
    inside = 8e9
    network, hosts = pod(2, 4, 4, latency=1e-5, inside=inside), tuple(range(7))
    took = seconds(Hierarchical(chunks=1).on(Site(network, hosts)).all_reduce(7, SIZE), network)
    assert took == pytest.approx(2 * 3 * (0.5e-5 + SIZE / inside) + 2 * (1e-5 + SIZE / 2 / SLOW), rel=1e-9)


def test_chains_to_leaders_are_pipelines() -> None:
    # In C chunks the two hops to a leader take 2 + C - 1 times as long as a chunk's hop, and so do those back; nothing
    # takes time between machines of latency 0 and links as fast as those inside, which pass a chunk meanwhile.
    network, hosts = pod(2, 3, 3), (0, 1, 2, 3, 4)
    for chunks in (1, 4, 25):
        took = seconds(Hierarchical(chunks=chunks).on(Site(network, hosts)).all_reduce(5, SIZE), network)
        assert took == pytest.approx(SIZE / SLOW, rel=1e-9), "two steps of half a vector, without a pause"


def test_a_tree_of_machines_crosses_the_network_once_for_each_but_the_first() -> None:
    made = Tree().on(site("unequal and mixed")).broadcast(8, SIZE)
    machine = np.array(PLACES["unequal and mixed"])[np.arange(8)] // 4
    sends = made.source >= 0
    assert np.count_nonzero(machine[made.source[sends]] != machine[made.target[sends]]) == 2


def test_more_channels_than_a_schedule_can_have_are_refused() -> None:
    with pytest.raises(
        FieldError, match=r"^channels: must be at least 1 and at most 128, got 129; give the rings or trees side by"
    ):
        Ring(channels=129)
    with pytest.raises(
        FieldError, match=r"^channels: must be at most 6, got 128; with 7996000 messages each they make"
    ):
        Ring(channels=128).all_reduce(2000, SIZE)
    with pytest.raises(FieldError, match=r"^channels: must be at least 1 and at most 128, got 0"):
        DoubleTree(channels=0)
    with pytest.raises(FieldError, match=r"^chunks: must be at least 1 and at most 1000, got 1001"):
        Hierarchical(chunks=1001)
