"""Every flow of the reference cases completes when the reference simulator says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import config

from sim.fabric.engine import Engine

CASES = sorted((Path(__file__).parents[3] / "shared" / "reference" / "flows").glob("*.json"))

if not CASES:
    pytest.skip("the reference cases are not here", allow_module_level=True)


def replay(case: dict[str, Any]) -> list[float]:
    """Completion of each flow of a ``flowcase/1`` (s); all flows are handed over before time passes."""
    capacity: list[float] = []
    resource: dict[int, int] = {}
    for k, (_, _, bandwidth, _, duplex) in enumerate(case["links"], start=1):
        resource[k] = len(capacity)
        resource[-k] = len(capacity) + (duplex == "split")
        capacity += [bandwidth] * (2 if duplex == "split" else 1)
    engine = Engine(np.array(capacity))
    paths = [
        engine.add_path([resource[k] for k in route], sum(case["links"][abs(k) - 1][3] for k in route))
        for route in case["routes"]
    ]
    flows = case["flows"]
    for f, (nbytes, start, route) in enumerate(zip(flows["bytes"], flows["start"], flows["route"], strict=True)):
        engine.send(paths[route], nbytes, False, f, start)
    completion = [float("nan")] * len(flows["bytes"])
    while True:
        wakes, now, _ = engine.advance(float("inf"))
        if not wakes:
            return completion
        for f, _ in engine.take_wakes(wakes):
            completion[f] = now


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_flows_complete_as_in_the_reference(path: Path) -> None:
    case = json.loads(path.read_text())
    if config.DISABLE_JIT and len(case["completion"]) > 150:
        pytest.skip("takes minutes uncompiled")
    start, expected = np.array(case["flows"]["start"]), np.array(case["completion"])
    # The reference's own bar: 1e-9 of the flow's duration, and 1e-11 s for its printing.
    assert np.all(np.abs(replay(case) - expected) <= 1e-9 * (expected - start) + 1e-11)
