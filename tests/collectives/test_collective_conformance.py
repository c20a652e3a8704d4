"""What every collective promises; collectives are found by themselves."""

from __future__ import annotations

import math
from functools import cache
from typing import get_args

import networkx as nx
import numpy as np
import pytest
from alone import departures, seconds, switch
from data_flow import contributions, follow, most_at_once
from experiments import OPTIONS

from sim.collectives import Collective, offering
from sim.collectives.operations.bounds import bounds
from sim.collectives.operations.operation import Kind, Operation
from sim.fabric.clock import Clock
from sim.fabric.fabric import Fabric
from topologies.field_error import FieldError
from topologies.networks.leaf_spine import LeafSpine
from topologies.networks.single_switch import single_switch
from topologies.networks.torus import Torus

NAMES = OPTIONS["collective"]
COLLECTIVES: list[type[Collective]] = [*NAMES.values()]
KINDS: tuple[Kind, ...] = get_args(Kind)
RANKS = (1, 2, 3, 5, 8, 12, 16, 31, 64)
MANY = (12, 31, 64)
NAMES_OF = {option: name for name, option in NAMES.items()}

#: What there is: a collective, an operation that it offers, a number of ranks that it can do.
POWERS_OF_TWO = {("halving_doubling", "reduce_scatter"), ("halving_doubling", "all_gather")}
CASES = [
    pytest.param(
        NAMES[name], kind, ranks, id=f"{name}-{kind}-{ranks}", marks=[pytest.mark.slow] if ranks in MANY else []
    )
    for kind in KINDS
    for name in offering(kind)
    for ranks in RANKS
    if (name, kind) not in POWERS_OF_TWO or ranks & (ranks - 1) == 0
]
SMALL = [case for case in CASES if case.values[2] <= 16]


@cache
def make(option: type[Collective], kind: Kind, ranks: int, nbytes: float = 1e6, gamma: float = 0.0) -> Operation:
    """The operation, pipelines in few chunks."""
    collective = option(gamma)
    if getattr(collective, "chunks", None) is not None:
        collective.chunks = 3
    operation: Operation = getattr(collective, kind)(ranks, nbytes)
    return operation


def test_all_collectives_of_the_first_network_are_there() -> None:
    assert sorted(NAMES) == [
        "auto", "central", "chain", "direct", "double_tree", "halving_doubling", "hierarchical", "recursive_doubling",
        "ring", "tree",
    ]  # fmt: skip


@pytest.mark.parametrize("gamma", [0.0, 1e-9])
@pytest.mark.parametrize(("option", "kind", "ranks"), CASES)
def test_every_rank_ends_with_its_result(option: type[Collective], kind: Kind, ranks: int, gamma: float) -> None:
    operation = make(option, kind, ranks, gamma=gamma)
    everything = np.ones((operation.pieces, ranks), np.int8)
    if kind == "all_reduce":
        result = follow(operation, contributions(operation))
        assert np.all(result == everything), "every piece has every contribution exactly once"
    elif kind == "broadcast":
        initial = contributions(operation)
        initial[1:] = 0
        result = follow(operation, initial)
        assert np.all(result == initial[0])
    else:
        scattered = make(option, "reduce_scatter", ranks, gamma=gamma)
        complete = np.all(follow(scattered, contributions(scattered)) == 1, axis=2)
        assert np.all(complete.sum(axis=0) == 1), "each piece of the sum is with one rank"
        assert np.all(complete.sum(axis=1) == scattered.pieces // ranks), "all have equally many"
        if kind == "all_gather":
            gathered = follow(operation, complete[:, :, np.newaxis] * everything)
            assert np.all(gathered == everything)


@pytest.mark.parametrize(("option", "kind", "ranks"), CASES)
def test_every_rank_gets_the_bytes_it_needs(option: type[Collective], kind: Kind, ranks: int) -> None:
    operation = make(option, kind, ranks)
    sends = operation.source >= 0
    received = np.bincount(operation.target[sends], (operation.nbytes * operation.times())[sends], minlength=ranks)
    least = {
        "all_reduce": np.ones(ranks),  # of each byte a rank gets the sum, or what it needs to make it
        "reduce_scatter": np.full(ranks, 1 / ranks),
        "all_gather": np.full(ranks, 1 - 1 / ranks),
        "broadcast": np.arange(ranks) > 0,
    }[kind]
    assert np.all(received >= (1 - 1e-12) * 1e6 * least * (ranks > 1))
    repeats = 2 if kind == "all_reduce" else 1
    assert received.sum() >= (1 - 1e-12) * repeats * (ranks - 1) * 1e6


@pytest.mark.parametrize(("option", "kind", "ranks"), SMALL)
def test_bytes_are_conserved(option: type[Collective], kind: Kind, ranks: int) -> None:
    operation = make(option, kind, ranks)
    fabric = Fabric(Clock(), single_switch(ranks, 1e9, 1e-6))
    fabric.start(operation, range(ranks), lambda _: None)
    assert fabric.bytes_sent == pytest.approx((operation.nbytes * operation.times()).sum(), rel=1e-12)
    assert np.all(operation.nbytes[operation.source < 0] == 0.0)
    assert operation.nbytes == pytest.approx((operation.end - operation.begin) * 1e6 / operation.pieces, rel=1e-12)


#: Each on so many hosts.
NETWORKS = {
    "switch": lambda hosts: single_switch(hosts, bandwidth=1e9, latency=1e-5),
    "wide_switch": lambda hosts: single_switch(hosts, bandwidth=1e15, latency=1e-5),
    "near_switch": lambda hosts: single_switch(hosts, bandwidth=1e9, latency=0.0),
    "leaf_spine": lambda hosts: LeafSpine(hosts_per_leaf=4, spines=2, oversubscription=4.0).graph(hosts),
    "torus": lambda hosts: Torus(bandwidth_gbps=10.0).graph(hosts),
}


@cache
def graph_of(network: str, hosts: int) -> nx.Graph:
    return NETWORKS[network](hosts)


@pytest.mark.slow
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(("option", "kind", "ranks"), CASES)
def test_no_result_beats_the_wire(option: type[Collective], kind: Kind, ranks: int, network: str) -> None:
    operation = make(option, kind, ranks)
    graph = graph_of(network, ranks)
    took = seconds(operation, graph)
    limit = bounds(operation, graph, range(ranks))
    limit.check(first=0.0, last=0.0, end=took)
    # On a switch, by hand: 2 (N - 1) / N S / B for an all-reduce, half for its halves, S / B for a broadcast; and
    # log2 N route latencies for whoever speaks with one rank at a time (k: log(k + 1)).
    if network.endswith("switch"):
        vectors = {"all_reduce": 2 * (ranks - 1) / ranks, "broadcast": float(ranks > 1)}.get(kind, (ranks - 1) / ranks)
        bandwidth = graph.edges[0, "switch"]["bandwidth"]
        assert took >= (1 - 1e-9) * vectors * 1e6 / bandwidth
        rounds = math.log(ranks, operation.ports + 1)
        assert took >= (1 - 1e-9) * rounds * 2 * graph.edges[0, "switch"]["latency"]


@pytest.mark.parametrize(("option", "kind", "ranks"), SMALL)
def test_it_says_how_many_sends_a_rank_has_under_way(option: type[Collective], kind: Kind, ranks: int) -> None:
    # With all sends of one length and nothing else the graph runs in rounds.
    operation = make(option, kind, ranks)
    assert most_at_once(operation) <= operation.ports


@pytest.mark.parametrize(("option", "kind", "ranks"), SMALL)
def test_who_is_late_delays_by_no_more_than_that(option: type[Collective], kind: Kind, ranks: int) -> None:
    graph = switch(ranks, latency=1e-4, inverse_bandwidth=1e-9)
    operation = make(option, kind, ranks, gamma=1e-10)
    late = [((7 * rank) % ranks) * 3e-4 for rank in range(ranks)]
    left = departures(operation, graph, entries=late)
    if kind in ("all_reduce", "all_gather"):
        assert min(left) >= max(late)
    assert all(leave >= entered for leave, entered in zip(left, late, strict=True))
    assert max(left) <= (max(late) + seconds(operation, graph)) * (1 + 1e-9)
    bounds(operation, graph, range(ranks)).check(first=0.0, last=max(late), end=max(left))


@pytest.mark.parametrize(("option", "kind", "ranks"), SMALL)
def test_it_can_be_started_again_and_again(option: type[Collective], kind: Kind, ranks: int) -> None:
    operation = make(option, kind, ranks)
    environment = Clock()
    fabric = Fabric(environment, switch(ranks, latency=1e-4, inverse_bandwidth=1e-9))
    took = []
    for _ in range(3):
        begun = environment.now
        running = fabric.start(operation, range(ranks), lambda _: None)
        for rank in range(ranks):
            running.enter(rank)
        environment.run()
        took.append(environment.now - begun)
    assert took == pytest.approx([took[0]] * 3, rel=1e-9)
    assert fabric.bytes_sent == pytest.approx(3 * (operation.nbytes * operation.times()).sum(), rel=1e-12)


@pytest.mark.parametrize(("option", "kind", "ranks"), [case for case in CASES if case.values[2] == 8])
def test_on_an_ideal_network_only_the_additions_take_time(option: type[Collective], kind: Kind, ranks: int) -> None:
    assert seconds(make(option, kind, ranks), None) == 0.0
    # Each part of the sum needs ranks - 1 additions, by no more than all ranks at once: (n - 1) / n S gamma at least.
    reduces = kind in ("all_reduce", "reduce_scatter")
    assert seconds(make(option, kind, ranks, gamma=1e-6), None) >= reduces * (1 - 1e-9) * 7 / 8


@pytest.mark.parametrize("option", COLLECTIVES)
@pytest.mark.parametrize(
    ("ranks", "nbytes", "message"),
    [
        (0, 1.0, "^ranks: must be >= 1, got 0; give"),
        (2, -1.0, "^nbytes: must be finite and >= 0, got -1.0; give"),
        (2, math.inf, "^nbytes: must be finite and >= 0, got inf; give"),
    ],
)
def test_arguments_out_of_range_are_refused(option: type[Collective], ranks: int, nbytes: float, message: str) -> None:
    for kind in KINDS:
        if NAMES_OF[option] in offering(kind):
            with pytest.raises(FieldError, match=message):
                getattr(option(), kind)(ranks, nbytes)


@pytest.mark.parametrize("option", COLLECTIVES)
def test_an_operation_that_it_lacks_names_who_has_it(option: type[Collective]) -> None:
    for kind in KINDS:
        if NAMES_OF[option] not in offering(kind):
            others = ", ".join(offering(kind))
            message = f"^collective: {NAMES_OF[option]} has no {kind}; choose one that has: {others}$"
            with pytest.raises(FieldError, match=message):
                getattr(option(), kind)(8, 1e6)


@pytest.mark.parametrize("option", COLLECTIVES)
@pytest.mark.parametrize("gamma", [-1e-9, math.nan, math.inf])
def test_a_time_of_adding_out_of_range_is_refused(option: type[Collective], gamma: float) -> None:
    with pytest.raises(FieldError, match=f"^reduce_seconds_per_byte: must be at least 0( and finite)?, got {gamma}"):
        option(reduce_seconds_per_byte=gamma)
