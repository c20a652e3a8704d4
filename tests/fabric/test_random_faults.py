"""Random limits, withdrawals and detours at random instants, against a network solved anew at every event."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from progressive_filling import Change, completions
from test_fairness import Case, cases, crowds, run

from sim.fabric.engine import Engine


def limited(link: int, share: float, uses: Any, capacity: Any, left: Any, active: Any) -> None:
    capacity[link] *= share


def withdrawn(f: int, uses: Any, capacity: Any, left: Any, active: Any) -> None:
    active[f] = math.inf


def diverted(f: int, way: list[int], instant: float, uses: Any, capacity: Any, left: Any, active: Any) -> None:
    """The new way has a latency of 0.25 s; what has not begun to pay one by now pays it from its start on."""
    uses[:, f] = False
    uses[way, f] = True
    if active[f] < math.inf:  # not withdrawn before
        active[f] = instant + 0.25


def happen(engine: Engine, case: Case, data: st.DataObject, instant: float) -> Change:
    """Let something happen to the engine; return the same for the reference."""
    kind = data.draw(st.sampled_from(["limit", "withdraw", "divert"]))
    link = data.draw(st.integers(0, len(case.capacity) - 1))
    f = data.draw(st.integers(0, len(case.ways) - 1))
    if kind == "limit" or (kind == "divert" and case.start[f] > instant):
        share = data.draw(st.sampled_from([0.1, 0.5, 2.0]))
        engine.limit(link, engine.capacity_of(link) * share, instant)
        return partial(limited, link, share)
    if kind == "withdraw":
        engine.drop(f, instant)
        return partial(withdrawn, f)
    engine.divert(f + 1, engine.add_path([link], 0.25), instant)
    # What is diverted a second time is on another path by then, and stays there: each flow moves once.
    case.start[f] = math.inf
    return partial(diverted, f, [link], instant)


@pytest.mark.slow
@given(cases() | crowds(), st.data())
@settings(deadline=None, max_examples=200)
def test_what_happens_on_the_way_equals_rates_solved_anew(case: Case, data: st.DataObject) -> None:
    engine, found = case.engine(), {}
    active = case.start + case.latency
    some = data.draw(st.lists(st.floats(0.0, 20.0), min_size=1, max_size=6))
    changes: list[tuple[float, Change]] = []
    for instant in np.array(sorted(some)) * 1.0123456789 + 0.0123456789:  # seldom that of a completion
        found |= run(engine, instant)
        changes.append((float(instant), happen(engine, case, data, float(instant))))
    found |= run(engine, math.inf)
    expected = completions(case.uses, case.capacity, case.nbytes, active, changes)
    assert [found.get(f, math.inf) for f in range(len(expected))] == pytest.approx(expected, rel=1e-9)
    assert engine.carried(1e9).sum() <= case.nbytes.sum() * (1 + 1e-9)
    state = engine._state[0]
    assert (state["awaited"], state["events"], state["vacant"]) == (0, 0, len(engine._flows))
