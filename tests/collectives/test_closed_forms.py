"""Alone on one switch, every operation takes its alpha-beta-gamma time.

Thakur, Rabenseifner and Gropp, "Optimization of collective communication operations in MPICH", IJHPCA 2005, unless
another source is named; p ranks, S bytes, a = latency of a route (s), b = inverse bandwidth (s/B), c = addition (s/B).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from alone import departures, seconds, switch

from sim.collectives import Collective
from sim.collectives.central import Central
from sim.collectives.chain import Chain
from sim.collectives.direct import Direct
from sim.collectives.double_tree import DoubleTree
from sim.collectives.halving_doubling import HalvingDoubling
from sim.collectives.hierarchical import Hierarchical
from sim.collectives.operations.operation import Kind, Operation
from sim.collectives.operations.route import Route
from sim.collectives.recursive_doubling import RecursiveDoubling
from sim.collectives.ring import Ring
from sim.collectives.tree import Tree
from topologies.field_error import FieldError
from topologies.networks.leaf_spine import leaf_spine

#: What an operation over p ranks takes: latencies, vectors sent, vectors added.
Terms = tuple[float, float, float]

SIZE = 1e8
ANY = (1, 2, 3, 5, 7, 8, 12, 16, 31, 33, 64)
POWERS_OF_TWO = (1, 2, 4, 8, 16, 64)


def ring(p: int) -> Terms:
    # 2 (p - 1) steps of S / p; p - 1 of them are added.
    return 2 * (p - 1), 2 * (p - 1) / p, (p - 1) / p


def ring_half(p: int) -> Terms:
    return p - 1, (p - 1) / p, (p - 1) / p


def halving_doubling(p: int) -> Terms:
    # Over q = 2^k ranks: k steps of S/2, S/4, ..., S/q = (q - 1) / q S, each added, and as many back. The others hand
    # in all of S, which is added, and get all of S back.
    k = p.bit_length() - 1
    q = 2**k
    return (
        2 * k + 2 * (p > q),
        2 * (q - 1) / q + 2 * (p > q),
        (q - 1) / q + (p > q),
    )


def halving(p: int) -> Terms:
    return math.log2(p), (p - 1) / p, (p - 1) / p


def recursive_doubling(p: int) -> Terms:
    # k steps of S over 2^k ranks, each added; the others as above.
    k, extra = p.bit_length() - 1, p & (p - 1) > 0
    return k + 2 * extra, k + 2 * extra, k + extra


def tree(p: int) -> Terms:
    # ceil(log2 p) steps of S up, each added, and as many down.
    k = (p - 1).bit_length()
    return 2 * k, 2 * k, k


def tree_down(p: int) -> Terms:
    return (p - 1).bit_length(), (p - 1).bit_length(), 0


def direct(p: int) -> Terms:
    # A rank's p - 1 sends of S / p share its link, the p - 1 that it receives share the other direction; twice.
    return 2 * (p > 1), 2 * (p - 1) / p, (p - 1) / p


def direct_half(p: int) -> Terms:
    return p > 1, (p - 1) / p, (p - 1) / p


def direct_down(p: int) -> Terms:
    return 2 * (p > 1), 2 * (p - 1) / p, 0


def central(p: int) -> Terms:
    # p - 1 vectors through the one link in, added, and p - 1 out.
    return 2 * (p > 1), 2 * (p - 1), p - 1


def central_down(p: int) -> Terms:
    return p > 1, p - 1, 0


def groups_of(g: int) -> Callable[[int], Terms]:
    # Inside: 2 (g - 1) steps of S / g. Between m = p / g counterparts: 2 (m - 1) steps of S / (g m).
    def hierarchical(p: int) -> Terms:
        m = p // g
        return (
            2 * (g - 1) + 2 * (m - 1),
            2 * (g - 1) / g + 2 * (m - 1) / (g * m),
            (g - 1) / g + (m - 1) / (g * m),
        )

    return hierarchical


#: Single-port algorithms, and those whose flows share links evenly: the time is a sum of the three terms.
SUMS: list[tuple[Callable[[float], Collective], Kind, Callable[[int], Terms], tuple[int, ...]]] = [
    (Ring, "all_reduce", ring, ANY),
    (Ring, "reduce_scatter", ring_half, ANY),
    (Ring, "all_gather", ring_half, ANY),
    (HalvingDoubling, "all_reduce", halving_doubling, ANY),
    (HalvingDoubling, "reduce_scatter", halving, POWERS_OF_TWO),
    (HalvingDoubling, "all_gather", halving, POWERS_OF_TWO),
    (RecursiveDoubling, "all_reduce", recursive_doubling, ANY),
    (Tree, "all_reduce", tree, ANY),
    (Tree, "broadcast", tree_down, ANY),
    (Direct, "all_reduce", direct, ANY),
    (Direct, "reduce_scatter", direct_half, ANY),
    (Direct, "all_gather", direct_half, ANY),
    (Direct, "broadcast", direct_down, ANY),
    (Central, "all_reduce", central, ANY),
    (Central, "broadcast", central_down, ANY),
    (lambda gamma: Hierarchical(gamma, group=4), "all_reduce", groups_of(4), (4, 8, 12, 20, 64)),
    (lambda gamma: Hierarchical(gamma, group=1), "all_reduce", ring, ANY),
    (Hierarchical, "all_reduce", groups_of(3), (12,)),  # of 1 x 12, 2 x 6, 3 x 4, ..., the one with the least sum
]
CASES = [
    pytest.param(option, kind, form, ranks, id=f"{form.__name__}-{kind}-{ranks}")
    for option, kind, form, numbers in SUMS
    for ranks in numbers
]


def operation(option: Callable[[float], Collective], kind: Kind, ranks: int, gamma: float = 0.0) -> Operation:
    made: Operation = getattr(option(gamma), kind)(ranks, SIZE)
    return made


@pytest.mark.parametrize(("option", "kind", "form", "ranks"), CASES)
def test_it_takes_its_latencies_and_bytes_and_additions(
    option: Callable[[float], Collective], kind: Kind, form: Callable[[int], Terms], ranks: int
) -> None:
    alpha, beta, gamma = 3e-6, 0.8e-9, 0.3e-9
    latencies, sent, added = form(ranks)
    added *= kind in ("all_reduce", "reduce_scatter")
    expected = latencies * alpha + sent * SIZE * beta
    network = switch(ranks, alpha, beta)
    assert seconds(operation(option, kind, ranks), network) == pytest.approx(expected, rel=1e-9)
    with_gamma = expected + added * SIZE * gamma
    if kind == "all_reduce":  # the class says the same
        assert option(gamma).seconds(kind, ranks, SIZE, Route(alpha, 1.0 / beta)) == pytest.approx(with_gamma, rel=1e-9)
    assert seconds(operation(option, kind, ranks, gamma), network) == pytest.approx(with_gamma, rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(("option", "kind", "form", "ranks"), CASES)
def test_each_term_stands_alone(
    option: Callable[[float], Collective], kind: Kind, form: Callable[[int], Terms], ranks: int
) -> None:
    latencies, sent, added = form(ranks)
    added *= kind in ("all_reduce", "reduce_scatter")
    only_bytes = seconds(operation(option, kind, ranks), switch(ranks, 0.0, 1e-9))
    assert only_bytes == pytest.approx(sent * SIZE * 1e-9, rel=1e-9)
    made = getattr(option(0.0), kind)(ranks, 0.0)
    assert seconds(made, switch(ranks, 1e-5, 1e-9)) == pytest.approx(latencies * 1e-5, rel=1e-9)
    only_additions = seconds(operation(option, kind, ranks, 1e-9), None)
    assert only_additions == pytest.approx(added * SIZE * 1e-9, rel=1e-9)


def pipeline(height: int, chunks: int, alpha: float, beta: float, gamma: float) -> tuple[float, float]:
    """All-reduce and broadcast along paths of `height` hops: t a hop of a chunk, u the addition of one."""
    t, u = alpha + SIZE / chunks * beta, SIZE / chunks * gamma
    # Up: the first chunk makes its way in height (t + u); whichever of t and u is longer spaces the others. Down: t.
    up = height * (t + u) + (chunks - 1) * max(t, u)
    down = (height + chunks - 1) * t
    return (up + down, down) if height else (0.0, 0.0)


PIPELINES = [(1, 0.0), (4, 0.0), (4, 0.3e-9), (32, 0.0), (32, 0.3e-9), (4, 2e-9)]


@pytest.mark.parametrize(("chunks", "gamma"), PIPELINES)
@pytest.mark.parametrize("ranks", ANY)
def test_a_chain_takes_its_hops_and_its_chunks(ranks: int, chunks: int, gamma: float) -> None:
    # p - 1 hops: (p - 2 + C) (a + S b / C) for a broadcast (Sanders, Speck and Träff 2009).
    alpha, beta = 3e-6, 0.8e-9
    all_reduce, broadcast = pipeline(ranks - 1, chunks, alpha, beta, gamma)
    network, chain = switch(ranks, alpha, beta), Chain(gamma, chunks)
    assert seconds(chain.all_reduce(ranks, SIZE), network) == pytest.approx(all_reduce, rel=1e-9)
    assert seconds(chain.broadcast(ranks, SIZE), network) == pytest.approx(broadcast, rel=1e-9)


@pytest.mark.parametrize(("chunks", "gamma"), PIPELINES)
@pytest.mark.parametrize(
    ("ranks", "height"), [(1, 0), (2, 1), (3, 1), (4, 2), (7, 2), (8, 3), (15, 3), (16, 4), (31, 4), (32, 5), (64, 6)]
)
def test_two_complete_trees_take_their_height_and_their_chunks(
    ranks: int, height: int, chunks: int, gamma: float
) -> None:
    # Half the vector in C chunks, each with half a link: S / (2 C) / (B / 2) = S b / C. Two children: 2 S / (2 C) c.
    alpha, beta = 3e-6, 0.8e-9
    all_reduce, _ = pipeline(height, chunks, alpha, beta, gamma)
    network = switch(ranks, alpha, beta)
    assert seconds(DoubleTree(gamma, chunks).all_reduce(ranks, SIZE), network) == pytest.approx(all_reduce, rel=1e-9)


@pytest.mark.parametrize("chunks", [1, 4, 32])
@pytest.mark.parametrize(
    ("ranks", "height"), [(1, 0), (2, 1), (4, 2), (6, 3), (8, 3), (12, 4), (14, 4), (16, 4), (18, 5), (48, 6), (64, 6)]
)
def test_two_trees_below_a_root_broadcast_in_their_height_and_their_chunks(
    ranks: int, height: int, chunks: int
) -> None:
    # p - 1 odd: all inner ranks have two children, which share their link, so that all have B / 2 all the time.
    alpha, beta = 3e-6, 0.8e-9
    _, broadcast = pipeline(height, chunks, alpha, beta, 0.0)
    made = DoubleTree(chunks=chunks).broadcast(ranks, SIZE)
    assert seconds(made, switch(ranks, alpha, beta)) == pytest.approx(broadcast, rel=1e-9)


@pytest.mark.parametrize("gamma", [0.0, 0.3e-9])
@pytest.mark.parametrize("chunks", [1, 4, 32])
@pytest.mark.parametrize("ranks", [5, 6, 9, 11, 12, 13, 20, 33, 37, 48, 63])
def test_two_incomplete_trees_take_no_longer_than_complete_ones(ranks: int, chunks: int, gamma: float) -> None:
    alpha, beta = 3e-6, 0.8e-9
    # The least height of a full tree with (p + 1) / 2 leaves, or with p / 2 below rank 0.
    height = (ranks // 2 - 1).bit_length() + 1 if ranks % 2 == 0 else ((ranks + 1) // 2 - 1).bit_length()
    all_reduce, _ = pipeline(height, chunks, alpha, beta, gamma)
    took = seconds(DoubleTree(gamma, chunks).all_reduce(ranks, SIZE), switch(ranks, alpha, beta))
    assert took <= all_reduce * (1 + 1e-9)
    assert took >= 0.8 * all_reduce


def test_hierarchical_crosses_the_slow_links_with_a_share_of_the_bytes() -> None:
    # Two machines of 4, inside at B, one link of B / 4 between them: inside 2 * 3 / 4 S b; between, 4 counterparts each
    # exchange 2 S / 8 over it, in all S at B / 4: 4 S b.
    graph = leaf_spine(2, 1, 4, bandwidth=1e9, latency=0.0, uplink_bandwidth=0.25e9)
    took = seconds(Hierarchical(group=4).all_reduce(8, SIZE), graph)
    assert took == pytest.approx((1.5 + 4.0) * SIZE * 1e-9, rel=1e-9)


def test_a_group_that_does_not_divide_the_ranks_is_refused() -> None:
    message = r"^group: 8 does not divide 12 ranks; give one of 1, 2, 3, 4, 6, 12, or null for the ranks"
    with pytest.raises(FieldError, match=message):
        Hierarchical(group=8).all_reduce(12, SIZE)


def test_halves_of_halving_need_a_power_of_two() -> None:
    with pytest.raises(FieldError, match=r"^ranks: halving_doubling can only all_reduce over 12; give a power of two"):
        HalvingDoubling().reduce_scatter(12, SIZE)


@pytest.mark.parametrize("late", [0, 3, 7])
def test_a_ring_whose_one_rank_is_late_needs_a_round_more_or_less(late: int) -> None:
    # Rank `late` enters at T, long after the others have run dry. In a reduce-scatter every other rank has by then sent
    # what came to it without passing the late one; from T on p - 1 chunks still have to pass through it, one by one.
    alpha, beta, p, begins = 1e-6, 1e-9, 8, 1000.0
    entries = [begins if rank == late else 0.0 for rank in range(p)]
    left = departures(Ring().reduce_scatter(p, SIZE), switch(p, alpha, beta), entries=entries)
    assert max(left) - begins == pytest.approx((p - 1) * (alpha + SIZE / p * beta), rel=1e-9)
