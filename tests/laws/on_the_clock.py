"""Runs of which only the clock counts: nothing is learned, a gradient takes 1 s on average, wires take no time."""

from __future__ import annotations

from typing import Any

from sim.experiment import Experiment
from sim.problems.none import NoProblem
from sim.protocols import Protocol
from sim.results.result import Result
from sim.simulate import simulate
from sim.stragglers.exponential import Exponential
from sim.until import Until
from sim.workloads.synthetic import Synthetic
from topologies.networks.ideal import Ideal


def on_the_clock(protocol: Protocol, workers: int, updates: int, **fields: Any) -> Result:
    """A run of so many updates; exponential stragglers unless said otherwise."""
    fields = {
        "straggler": Exponential(),
        "network": Ideal(),
        "workload": Synthetic(seconds=1.0, bytes=1e6),
        "problem": NoProblem(),
    } | fields
    return simulate(Experiment(workers=workers, protocol=protocol, until=Until(updates=updates), **fields))


def seconds_of_an_update(protocol: Protocol, workers: int, updates: int, **fields: Any) -> float:
    """Mean time from one update to the next (s)."""
    summary = on_the_clock(protocol, workers, updates, **fields).summary
    assert summary.virtual_seconds is not None
    return summary.virtual_seconds / updates


def harmonic(n: int) -> float:
    """1 + 1/2 + ... + 1/n."""
    return sum(1 / k for k in range(1, n + 1))
