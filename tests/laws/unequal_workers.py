"""The fixed computation model (Tyurin and Richtarik 2023): worker i takes tau_i seconds a gradient, wires take none."""

from __future__ import annotations

from typing import Any

import numpy as np
from experiments import EVERY_UPDATE, simulated

from sim.results.result import Result
from sim.start import Start


def at_fixed_speeds(protocol: Any, seconds: Any, updates: int, **words: Any) -> Result:
    """A run on the bowl |x|^2 / 2 whose workers take so long for a gradient (s), by rank, and begin together."""
    mean, times = float(np.mean(seconds)), ",".join(repr(float(each)) for each in seconds)
    fields = {
        "problem": "quadratic dim=4 noise=0",
        "batch": 1,
        "network": "ideal",
        "workload": f"synthetic seconds={mean!r} bytes=8",
        "straggler": f"mixed cv=0 worker_share=0 means=[{times}]",
        "optimizer": "sgd lr=0.1",
        "start": Start.together,
        "record": EVERY_UPDATE,
    }
    return simulated(protocol, workers=len(seconds), until=f"updates={updates}", **fields | words)


def least_seconds(seconds: Any, gradients: float) -> float:
    """A step of the lower bound (s): min of (1/m sum_{i<=m} 1/tau_i)^-1 (1 + gradients / m) over the m fastest."""
    tau = np.sort(np.asarray(seconds, float))
    m = np.arange(1, len(tau) + 1)
    return float(np.min((m + gradients) / np.cumsum(1.0 / tau)))
