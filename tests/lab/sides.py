"""Sides, surveys and loads that are made up, for tests that start no process."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from sim.lab.compare.doubt import Load
from sim.lab.compare.side import Side
from sim.lab.compare.survey import Flow, Survey
from sim.lab.wires.wired import Measurement


def side(seconds: float = 3.0, **fields: Any) -> Side:
    """Sixty updates, evaluated four times, the last two times at 90 %."""
    usual: dict[str, Any] = {
        "seconds": seconds,
        "updates": 60.0,
        "bytes_sent": 1e6,
        "mean_staleness": 1.0,
        "evaluated_at": np.linspace(0.0, seconds, 4),
        "made": np.array([0.0, 20.0, 40.0, 60.0]),
        "losses": np.array([2.3, 1.2, 0.6, 0.4]),
        "metrics": np.array([0.1, 0.6, 0.9, 0.95]),
        "steps": np.linspace(0.04, 0.06, 50),
        "staleness": Counter({0: 20, 1: 20, 2: 20}),
    }
    return Side(**usual | fields)


def survey(got: float = 47e6, **fields: Any) -> Survey:
    """Of a quiet machine with links of 50 Mb/s."""
    usual: dict[str, Any] = {
        "flows": [Flow(0, 1, 2, 50e6, 0.0, Measurement(got, 60e-6, 0.9415))],
        "kinds": 1,
        "without": (),
        "congestion": "cubic",
        "delays": False,
        "cores": 2,
        "others": 0.02,
        "oversleeping": 60e-6,
        "gradient": 200e-6,
    }
    return Survey(**usual | fields)


def load(**fields: Any) -> Load:
    """Of four workers that have nothing to complain of."""
    usual: dict[str, Any] = {
        "workers": 4,
        "gradient_seconds": 0.02,
        "busy": 0.2,
        "processes": 0.08,
        "taken": 0.1,
        "overrun": 0.0,
        "late": 80e-6,
        "per_message": 1e-4,
    }
    return Load(**usual | fields)
