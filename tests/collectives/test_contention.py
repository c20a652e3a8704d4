"""Where links are scarce, who talks to whom matters: the factor over the closed form emerges from the links alone."""

from __future__ import annotations

import pytest
from alone import seconds

from sim.collectives import Collective
from sim.collectives.central import Central
from sim.collectives.direct import Direct
from sim.collectives.halving_doubling import HalvingDoubling
from sim.collectives.hierarchical import Hierarchical
from sim.collectives.recursive_doubling import RecursiveDoubling
from sim.collectives.ring import Ring
from sim.collectives.tree import Tree
from topologies.networks.leaf_spine import leaf_spine
from topologies.networks.torus import torus

SIZE = 1e8
BANDWIDTH = 1e9
VECTOR = SIZE / BANDWIDTH  # seconds that a vector takes on a free link

#: 4:1 oversubscribed: two leaves of four hosts at B, and one uplink of B each.
LEAF_SPINE = leaf_spine(2, 1, 4, bandwidth=BANDWIDTH, latency=0.0, uplink_bandwidth=BANDWIDTH)

#: A circle of 16 hosts; ranks live on the first eight, so that no two of them are as far one way as the other.
CIRCLE = torus([16], bandwidth=BANDWIDTH, latency=0.0)

#: 8 x 8 hosts; 16 ranks in a square of 4 x 4, row by row.
SQUARE = torus([8, 8], bandwidth=BANDWIDTH, latency=0.0)
SQUARE_HOSTS = [8 * row + column for row in range(4) for column in range(4)]


@pytest.mark.parametrize(
    ("collective", "vectors"),
    [
        # One flow at a time leaves each leaf, 3 -> 4 and 7 -> 0, and has the uplink for itself: as on a switch.
        (Ring(), 2 * 7 / 8),
        # Distances 1 and 2 stay inside a leaf. At distance 4 four flows share an uplink, B / 4 each: 1 + 1 + 4, not 3.
        (RecursiveDoubling(), 6.0),
        # S / 2 and S / 4 inside, 4 x S / 8 over the uplink, and back: 2 (1/2 + 1/4 + 4/8), not 2 x 7/8.
        (HalvingDoubling(), 2.5),
        # Each of 4 ranks sends S / 8 to each of 4 others across: 16 / 8 S over the uplink, twice.
        (Direct(), 4.0),
        # Inside 2 x 3/4; across, four pairs exchange S / 8 at once, twice: 2 x 4/8.
        (Hierarchical(group=4), 2.5),
        # Distances 1, 2 inside, 4 -> 0 alone on the uplink; all of S up and down: as on a switch.
        (Tree(), 6.0),
        # Of the seven flows into rank 0, at B / 7 each, four share the uplink and do not fill it: as on a switch.
        (Central(), 14.0),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Collective) else "",
)
def test_on_an_oversubscribed_leaf_spine(collective: Collective, vectors: float) -> None:
    assert seconds(collective.all_reduce(8, SIZE), LEAF_SPINE) == pytest.approx(vectors * VECTOR, rel=1e-9)


@pytest.mark.parametrize(
    ("collective", "vectors"),
    [
        # Neighbours have a link each; 7 -> 0 goes back over the seven links that nobody else uses in that direction.
        (Ring(), 2 * 7 / 8),
        # Partners at distance d: d flows each way over the link in the middle, which has B / d for each: 1 + 2 + 4.
        (RecursiveDoubling(), 7.0),
        # The farther, the less: 2 (1/2 + 2/4 + 4/8), not 2 x 7/8.
        (HalvingDoubling(), 3.0),
        # One flow at a time over each link: as on a switch.
        (Tree(), 6.0),
        # All seven flows into rank 0 come over its one link from rank 1: as on a switch.
        (Central(), 14.0),
        # Each of the first four ranks sends S / 8 to each of the last four over the link 3 -> 4: 16 / 8 S, twice.
        (Direct(), 4.0),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Collective) else "",
)
def test_on_a_circle_of_hosts(collective: Collective, vectors: float) -> None:
    assert seconds(collective.all_reduce(8, SIZE), CIRCLE, range(8)) == pytest.approx(vectors * VECTOR, rel=1e-9)


@pytest.mark.parametrize(
    ("collective", "vectors"),
    [
        # Distances 1 and 2 along a row, 4 and 8 (one and two rows) along a column: 1 + 2 + 1 + 2, not 4.
        (RecursiveDoubling(), 6.0),
        # 2 (1/2 + 2/4 + 1/8 + 2/16), not 2 x 15/16.
        (HalvingDoubling(), 2.5),
        # Rings of four along a row (3 -> 0 goes back over free links), then along a column: as on a switch.
        (Hierarchical(group=4), 2 * 15 / 16),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Collective) else "",
)
def test_on_a_square_of_a_torus(collective: Collective, vectors: float) -> None:
    took = seconds(collective.all_reduce(16, SIZE), SQUARE, SQUARE_HOSTS)
    assert took == pytest.approx(vectors * VECTOR, rel=1e-9)


def test_on_a_circle_doubling_wins_short_vectors_and_the_ring_long_ones() -> None:
    # Route latencies add up hop by hop, l = 1 us each. Recursive doubling: (1 + 2 + 4) l + 7 S b. Ring: a step is as
    # slow as 7 -> 0, 7 l, but only what passes there is: the time lies between 14 l and 14 x 7 l, + 14/8 S b.
    circle = torus([16], bandwidth=BANDWIDTH, latency=1e-6)
    short, long = 100.0, 1e6

    def took(collective: Collective, nbytes: float) -> float:
        return seconds(collective.all_reduce(8, nbytes), circle, range(8))

    assert took(RecursiveDoubling(), short) == pytest.approx(7e-6 + 7 * short / BANDWIDTH, rel=1e-9)
    assert took(RecursiveDoubling(), long) == pytest.approx(7e-6 + 7 * long / BANDWIDTH, rel=1e-9)
    assert took(RecursiveDoubling(), short) < took(Ring(), short)
    assert took(RecursiveDoubling(), long) > took(Ring(), long)
