"""A flow case run through the engine."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.fabric.engine import Engine
from sim.fabric.flow_case import FlowCase


def replay(case: FlowCase) -> NDArray[np.float64]:
    """Return when each flow of a case is complete (s); float64[flows]."""
    engine = Engine(case.capacity)
    paths = [engine.add_path(links, latency) for links, latency in zip(case.routes, case.latency.tolist(), strict=True)]
    rows = zip(case.route.tolist(), case.nbytes.tolist(), case.start.tolist(), strict=True)
    for flow, (route, nbytes, start) in enumerate(rows):
        engine.send(paths[route], nbytes, False, flow, start)
    completion = np.full(len(case.route), math.nan)
    while True:
        wakes, now, _ = engine.advance(math.inf)
        if not wakes:
            return completion
        for flow, _ in engine.take_wakes(wakes):
            completion[flow] = now


def largest_error(case: FlowCase, completion: NDArray[np.float64]) -> float | None:
    """Compare with what the file says: the largest error, as a multiple of the bar; None if the file says nothing.

    The bar is 1e-9 of the flow's duration and 1e-11 s. At most 1 is as good as can be asked for.
    """
    known = ~np.isnan(case.completion)
    if not known.any():
        return None
    bar = 1e-9 * np.maximum(0.0, case.completion - case.start) + 1e-11
    return float((np.abs(completion - case.completion) / bar)[known].max())
