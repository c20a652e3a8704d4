"""Laws of max-min fair sharing, on random networks and flows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from progressive_filling import completions, max_min_rates

from sim.fabric.engine import Engine


@dataclass
class Case:
    """Flows over links, all handed to the engine before time passes."""

    capacity: NDArray[np.float64]
    ways: list[list[int]]
    nbytes: NDArray[np.float64]
    start: NDArray[np.float64]
    latency: NDArray[np.float64]

    @property
    def uses(self) -> NDArray[np.bool_]:
        uses = np.zeros((len(self.capacity), len(self.ways)), bool)
        for f, way in enumerate(self.ways):
            uses[way, f] = True
        return uses

    def engine(self) -> Engine:
        engine = Engine(self.capacity)
        for f, way in enumerate(self.ways):
            path = engine.add_path(way, self.latency[f])
            engine.send(path, self.nbytes[f], False, f, self.start[f])
        return engine


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Few links, so that flows meet; few distinct numbers, so that ties occur."""
    links = draw(st.integers(1, 6))
    flows = draw(st.integers(1, 12))
    speed = st.sampled_from([1.0, 2.0, 3.0]) | st.floats(0.1, 100.0)
    amount = st.sampled_from([1.0, 6.0]) | st.floats(0.01, 100.0)
    instant = st.sampled_from([0.0, 1.0]) | st.floats(0.0, 20.0)
    way = st.lists(st.integers(0, links - 1), min_size=1, max_size=links, unique=True)
    return Case(
        *(
            np.array(draw(st.lists(speed, min_size=links, max_size=links))),
            draw(st.lists(way, min_size=flows, max_size=flows)),
        ),
        *(np.array(draw(st.lists(each, min_size=flows, max_size=flows))) for each in (amount, instant, instant)),
    )


@given(cases())
@settings(deadline=None, max_examples=100)
def test_completions_equal_those_of_rates_solved_anew_at_every_event(case: Case) -> None:
    engine, found = case.engine(), np.full(len(case.ways), np.nan)
    while wakes := engine.advance(math.inf):
        if not wakes[0]:
            break
        for f, _ in engine.take_wakes(wakes[0]):
            found[f] = wakes[1]
    active = case.start + case.latency
    expected = completions(case.uses, case.capacity, case.nbytes, active)
    # A few hundred roundings of 1e-16 of sizes and times up to 1e4.
    assert found == pytest.approx(expected, rel=1e-11)


@given(cases())
@settings(deadline=None, max_examples=100)
def test_at_every_instant_every_flow_has_a_bottleneck_and_every_byte_is_served_once(case: Case) -> None:
    engine, served = case.engine(), np.zeros(len(case.ways))
    uses, now, following = case.uses, 0.0, 0.0
    while following < math.inf:
        rates = np.zeros(len(case.ways))
        for f, rate in engine.rates().items():
            rates[f] = rate
        load = uses @ rates
        assert np.all(load <= case.capacity * (1 + 1e-9))
        full = load >= case.capacity * (1 - 1e-9)
        for f in np.flatnonzero(rates):
            # Bertsekas and Gallager's bottleneck: a full link on which no flow is faster.
            assert any(full[link] and rates[uses[link]].max() <= rates[f] * (1 + 1e-9) for link in case.ways[f])
        served += rates * (following - now)
        now = following
        wakes = 1
        while wakes:
            wakes, _, following = engine.advance(math.nextafter(now, math.inf))
            engine.take_wakes(wakes)
    assert served == pytest.approx(case.nbytes, rel=1e-9)


@pytest.mark.parametrize(
    ("capacity", "ways", "rates"),
    [
        # n flows on one link: C / n each.
        ([12.0], [[0], [0], [0]], [4.0, 4.0, 4.0]),
        # Parking lot: a long flow and one hop each, all one half.
        ([1.0, 1.0, 1.0], [[0, 1, 2], [0], [1], [2]], [0.5, 0.5, 0.5, 0.5]),
        # Link 0 of capacity 1 is shared by two flows; the second leaves 2 - 1/2 of link 1 to the third.
        ([1.0, 2.0], [[0], [0, 1], [1]], [0.5, 0.5, 1.5]),
    ],
    ids=["one_link", "parking_lot", "two_levels"],
)
def test_rates_are_the_textbooks(capacity: list[float], ways: list[list[int]], rates: list[float]) -> None:
    ones = np.ones(len(ways))
    case = Case(np.array(capacity), ways, ones, 0 * ones, 0 * ones)
    engine = case.engine()
    engine.advance(math.nextafter(0.0, 1.0))
    assert list(engine.rates().values()) == rates
    assert max_min_rates(case.uses, case.capacity) == pytest.approx(rates, rel=1e-12)
