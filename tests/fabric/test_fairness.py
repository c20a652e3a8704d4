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
from topologies.field_error import FieldError


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


@st.composite
def crowds(draw: st.DrawFn) -> Case:
    """Many flows on link 0, each with a link of its own; some are slower there, and some others come between.

    The others may also meet each other, on the last two links.
    """
    flows = draw(st.integers(8, 24))
    strangers = draw(st.integers(0, 6))
    own = draw(st.lists(st.sampled_from([1.0, 4.0, 4.0, 12.0, 12.0]), min_size=flows, max_size=flows))
    few = st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.0, 5.0]) | st.floats(0.0, 30.0)
    elsewhere = st.sampled_from([0, flows + 1, flows + 2]) | st.integers(1, flows)
    other = st.lists(elsewhere, min_size=1, max_size=3, unique=True)
    ways = [[link, 0] for link in range(1, flows + 1)]
    ways += [draw(other) for _ in range(strangers)]
    start = np.array([draw(few) for _ in ways])
    nbytes = np.array([draw(st.sampled_from([1.0, 2.0, 6.0]) | st.floats(0.01, 20.0)) for _ in ways])
    return Case(
        np.array([draw(st.sampled_from([12.0, 24.0])), *own, 1.0, 4.0]), ways, nbytes, start, np.zeros(len(ways))
    )


def run(engine: Engine, until: float) -> dict[int, float]:
    """Completion of each flow that is complete before `until` (s)."""
    found = {}
    while True:
        wakes, now, _ = engine.advance(until)
        if not wakes:
            return found
        found.update((f, now) for f, _ in engine.take_wakes(wakes))


@pytest.mark.slow
@given(cases() | crowds())
@settings(deadline=None, max_examples=100)
def test_completions_equal_those_of_rates_solved_anew_at_every_event(case: Case) -> None:
    found = run(case.engine(), math.inf)
    expected = completions(case.uses, case.capacity, case.nbytes, case.start + case.latency)
    # A few hundred roundings of 1e-16 of sizes and times up to 1e4.
    assert [found[f] for f in range(len(expected))] == pytest.approx(expected, rel=1e-11)


@pytest.mark.slow
@given(cases() | crowds(), st.data())
@settings(deadline=None, max_examples=100)
def test_a_cap_is_a_link_of_its_own_for_each_flow_that_is_not_exempt(case: Case, data: st.DataObject) -> None:
    cap = data.draw(st.sampled_from([0.5, 1.0, 3.0]))
    flows = len(case.ways)
    exempt = np.array(data.draw(st.lists(st.booleans(), min_size=flows, max_size=flows)))
    engine = Engine(case.capacity, cap=cap)
    for f, way in enumerate(case.ways):
        path = engine.add_path(way, case.latency[f], exempt=bool(exempt[f]))
        engine.send(path, case.nbytes[f], False, f, case.start[f])
    found = run(engine, math.inf)
    own = np.diag(~exempt)[~exempt]
    capacity = np.concatenate((case.capacity, np.full(len(own), cap)))
    expected = completions(np.concatenate((case.uses, own)), capacity, case.nbytes, case.start + case.latency)
    assert [found[f] for f in range(flows)] == pytest.approx(expected, rel=1e-11)


@pytest.mark.slow
@given(cases() | crowds())
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


def crowd_and(*others: tuple[list[int], float, float]) -> Case:
    """Nine flows of 9 B, each over a link of its own (1 .. 9), on link 0 of 9 B/s; link 10 has 1 B/s.

    The ninth comes at 1 s and joins the others' crowd. Others are (way, bytes, start).
    """
    ways = [[link, 0] for link in range(1, 10)] + [way for way, _, _ in others]
    capacity = np.array([9.0, *[100.0] * 9, 1.0])
    nbytes = np.array([9.0] * 9 + [size for _, size, _ in others])
    start = np.array([0.0] * 8 + [1.0] + [instant for _, _, instant in others])
    return Case(capacity, ways, nbytes, start, np.zeros(len(ways)))


@pytest.mark.parametrize(
    "case",
    [
        crowd_and(([10], 50.0, 0.0), ([0, 10], 3.0, 2.0)),
        crowd_and(([1], 900.0, 2.0)),
        crowd_and(([0], 9.0, 2.0)),
        # The first eight have 9/8 B at 1 s, then 1 B/s: they end at 8.875 s. In that instant a flow comes to a link
        # that a member leaves; a late one meets it there, and the ninth on link 0.
        crowd_and(([1], 900.0, math.nextafter(8.875, 0.0)), ([1, 0], 9.0, 8.9)),
        # The same with nine more from 3 s on, 9 / 18 B/s each: the first eight end at 3 + 5.875 / 0.5 = 14.75 s, and
        # those that remain are a crowd once more when the late flow comes.
        crowd_and(([1], 900.0, math.nextafter(14.75, 0.0)), ([1, 0], 9.0, 16.5), *[([0], 30.0, 3.0)] * 9),
    ],
    ids=[
        "on_both_links",
        "on_a_members_link",
        "of_its_own_kind",
        "in_a_members_place",
        "in_a_members_place_beside_others",
    ],
)
def test_a_crowd_that_meets_others_is_served_as_if_it_were_none(case: Case) -> None:
    engine = case.engine()
    found = run(engine, 1.5)
    assert engine._state["crowds"] == 1
    found |= run(engine, math.inf)
    expected = completions(case.uses, case.capacity, case.nbytes, case.start)
    assert [found[f] for f in range(len(expected))] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("capacity", "ways", "rates"),
    [
        # n flows on one link: C / n each.
        ([12.0], [[0], [0], [0]], [4.0, 4.0, 4.0]),
        # Parking lot: a long flow and one hop each, all one half.
        ([1.0, 1.0, 1.0], [[0, 1, 2], [0], [1], [2]], [0.5, 0.5, 0.5, 0.5]),
        # Link 0 of capacity 1 is shared by two flows; the second leaves 2 - 1/2 of link 1 to the third.
        ([1.0, 2.0], [[0], [0, 1], [1]], [0.5, 0.5, 1.5]),
        # Both have a link of their own besides link 0: as wide as it, it limits neither.
        ([1.0, 1.0, 2.0], [[1, 0], [0, 2]], [0.5, 0.5]),
        # That of the first is narrower than its half of link 0, whose rest is the second's.
        ([3.0, 1.0, 9.0], [[0, 1], [2, 0]], [1.0, 2.0]),
        # The second has a link of its own between two that it shares: link 2 leaves it 1 - 1/4, link 0 so 3 - 3/4.
        ([3.0, 2.0, 1.0, 0.25], [[0], [0, 1, 2], [2, 3]], [2.25, 0.75, 0.25]),
    ],
    ids=["one_link", "parking_lot", "two_levels", "own_links", "narrow_own_link", "own_link_between"],
)
def test_rates_are_the_textbooks(capacity: list[float], ways: list[list[int]], rates: list[float]) -> None:
    ones = np.ones(len(ways))
    case = Case(np.array(capacity), ways, ones, 0 * ones, 0 * ones)
    engine = case.engine()
    engine.advance(math.nextafter(0.0, 1.0))
    assert list(engine.rates().values()) == rates
    assert max_min_rates(case.uses, case.capacity) == pytest.approx(rates, rel=1e-12)


def test_a_path_that_uses_a_link_twice_is_refused() -> None:
    with pytest.raises(FieldError, match=r"^links: a path uses each link once, got \[0, 1, 0\]"):
        Engine(np.ones(2)).add_path([0, 1, 0], 0.0)
