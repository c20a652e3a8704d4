"""Closed loops end when a trusted simulator says: end and sum of completion times, as it printed them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from workloads import incast, ring_all_reduce, torus


@pytest.mark.parametrize(
    ("workload", "end", "total"),
    [
        (lambda: incast(64, 20), 121.705854417, 67189.5451240423),
        (lambda: ring_all_reduce(16, False), 0.165593414318, 40.9145952332124),
        (lambda: ring_all_reduce(64, False), 0.1758934815, 713.481477725207),
        (lambda: ring_all_reduce(16, True), 0.30112, 74.90976),
        (lambda: torus(8, 10, 1), 0.6719820850156121, 778.399806507789),
        (lambda: torus(8, 10, 2), 0.7806047997338543, 807.3194177252904),
    ],
    ids=["incast_64", "ring_star_16", "ring_star_64", "ring_leaf_spine_16", "torus_8", "torus_8_two_hops"],
)
def test_end_and_sum_of_completions_are_the_reference(
    workload: Callable[[], tuple[float, float]], end: float, total: float
) -> None:
    assert workload() == pytest.approx((end, total), rel=1e-9)
