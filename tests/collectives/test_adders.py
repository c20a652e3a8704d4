"""All-reduces through switches that add up: the right result, what they take, and nothing faster than these wires.

M machines of g ranks, S bytes; a rank's link inside has v B/s each way and latency l (s), a card B B/s.
"""

from __future__ import annotations

from typing import get_args

import networkx as nx
import pytest
from alone import departures, seconds
from data_flow import contributions, follow, most_at_once

from sim.collectives.auto import Auto
from sim.collectives.hierarchical import Hierarchical
from sim.collectives.operations.bounds import bounds
from sim.collectives.operations.form import NoClosedFormError
from sim.collectives.operations.operation import Kind, Operation
from sim.collectives.operations.site import Site
from sim.collectives.ring import Ring
from sim.prediction.alone import OverWires
from sim.transports.ideal import Ideal
from topologies.networks.gpu_pod import GPUPod

SIZE, INSIDE, CARD, LATENCY = 1e8, 8e9, 1e9, 1e-6


def pod(machines: int, gpus: int, *, reduces: bool = True, latency: float = LATENCY) -> nx.Graph:
    return GPUPod(
        gpus_per_machine=gpus,
        machines=machines,
        intra_bandwidth_gbps=INSIDE * 8e-9,
        intra_latency_us=latency * 1e6,
        in_network_reduction=reduces,
        bandwidth_gbps=CARD * 8e-9,
        latency_us=0.0,
    ).graph(machines * gpus)


def made(graph: nx.Graph, hosts: tuple[int, ...], chunks: int | None = 1, kind: Kind = "all_reduce") -> Operation:
    operation: Operation = getattr(Hierarchical(chunks=chunks).on(Site(graph, hosts)), kind)(len(hosts), SIZE)
    return operation


@pytest.mark.parametrize(("machines", "gpus"), [(1, 2), (1, 8), (2, 4), (3, 3)])
@pytest.mark.parametrize("chunks", [1, 3])
def test_every_rank_ends_with_the_sum_of_all(machines: int, gpus: int, chunks: int) -> None:
    operation = made(pod(machines, gpus), tuple(range(machines * gpus)), chunks)
    assert operation.through == tuple(f"machine{machine}" for machine in range(machines))
    assert (follow(operation, contributions(operation)) == 1).all()
    assert most_at_once(operation) <= operation.ports


def test_a_machine_with_some_of_its_gpus() -> None:
    operation = made(pod(3, 4), (0, 1, 2, 8, 9, 11))
    assert operation.through == ("machine0", "machine2")
    assert (follow(operation, contributions(operation)) == 1).all()


@pytest.mark.parametrize("gpus", [2, 3, 8])
def test_one_chunk_goes_up_whole_and_down_in_parts_and_back(gpus: int) -> None:
    # S up, S / g down, S / g up, S down, one after the other, a link's latency each
    took = seconds(made(pod(1, gpus), tuple(range(gpus))), pod(1, gpus))
    assert took == pytest.approx(4 * LATENCY + 2 * (1 + 1 / gpus) * SIZE / INSIDE, rel=1e-9)


@pytest.mark.parametrize("gpus", [2, 8])
def test_chunks_overlap_up_and_down(gpus: int) -> None:
    # each way carries (1 + 1 / g) S; what the last of C chunks does after it has been sent in overlaps with nothing:
    # down 1 / g, up 1 / g and down 1 of a chunk, (1 + 2 / g) / C S less the 1 / g / C S that it owes anyway, and the
    # rest of the chunk before, which may have shared its links: less than 1.5 / C of the whole
    graph, hosts = pod(1, gpus, latency=0.0), tuple(range(gpus))
    least = (1 + 1 / gpus) * SIZE / INSIDE
    for chunks in (2, 8, 64):
        took = seconds(made(graph, hosts, chunks), graph)
        assert least * (1 - 1e-9) <= took <= least * (1 + 1.5 / chunks)
    # a ring of 8 sends 2 (g - 1) / g of the vector: what adds up beats its links' rate
    if gpus == 8:
        ring = seconds(Ring().on(Site(graph, hosts)).all_reduce(gpus, SIZE), graph)
        assert ring == pytest.approx(2 * 7 / 8 * SIZE / INSIDE, rel=1e-9)
        assert took < ring


@pytest.mark.parametrize(("machines", "gpus"), [(2, 4), (3, 2)])
def test_between_machines_counterparts_have_rings(machines: int, gpus: int) -> None:
    # inside as above; between 2 (M - 1) steps of S / N over a card of its own
    graph, hosts = pod(machines, gpus, latency=0.0), tuple(range(machines * gpus))
    within = 2 * (1 + 1 / gpus) * SIZE / INSIDE
    between = 2 * (machines - 1) * SIZE / len(hosts) / CARD
    assert seconds(made(graph, hosts), graph) == pytest.approx(within + between, rel=1e-9)


@pytest.mark.parametrize(("machines", "gpus"), [(1, 2), (1, 8), (3, 3)])
@pytest.mark.parametrize("chunks", [1, None])
def test_no_wire_is_beaten(machines: int, gpus: int, chunks: int | None) -> None:
    graph, hosts = pod(machines, gpus), tuple(range(machines * gpus))
    operation = made(graph, hosts, chunks)
    bound = bounds(operation, graph, hosts)
    assert bound.bandwidth >= SIZE / INSIDE  # each has to send its own, and to get the sum
    bound.check(first=0.0, last=0.0, end=seconds(operation, graph))
    late = [1e-3 * (rank % 2) for rank in range(len(hosts))]
    left = departures(operation, graph, hosts, late)
    assert min(left) >= max(late)
    bound.check(first=0.0, last=max(late), end=max(left))


def test_only_an_all_reduce_goes_by_it_and_only_where_all_machines_add_up() -> None:
    graph, hosts = pod(2, 4), tuple(range(8))
    for kind in get_args(Kind):
        if kind not in ("all_reduce", "broadcast"):
            assert made(graph, hosts, kind=kind).through == ()
    assert made(pod(2, 4, reduces=False), hosts).through == ()
    half = pod(2, 4)
    del half.nodes["machine1"]["reduces"]
    assert made(half, hosts).through == ()
    assert made(graph, (0, 1, 2, 4)).through == ()  # machines of different sizes have leaders
    assert made(graph, (0, 4)).through == ()  # alone on their machines
    assert Hierarchical(group=4).on(Site(graph, hosts)).all_reduce(8, SIZE).through == ()


def test_auto_takes_it_where_it_is_the_fastest() -> None:
    graph, hosts = pod(1, 8), tuple(range(8))
    assert isinstance(Auto().on(Site(graph, hosts)).choice("all_reduce", 8, 1e9), Hierarchical)
    plain = Site(pod(1, 8, reduces=False), hosts)
    assert not isinstance(Auto().on(plain).choice("all_reduce", 8, 1e9), Hierarchical)


def test_it_has_no_closed_form() -> None:
    with pytest.raises(
        NoClosedFormError, match=r"^network\.in_network_reduction: what a switch adds up has no closed form"
    ):
        OverWires(Hierarchical(chunks=1), pod(2, 4), tuple(range(8)), Ideal())
    OverWires(Hierarchical(chunks=1), pod(2, 4, reduces=False), tuple(range(8)), Ideal()).seconds("all_reduce", SIZE)
    OverWires(Ring(), pod(2, 4), tuple(range(8)), Ideal()).seconds("all_reduce", SIZE)
