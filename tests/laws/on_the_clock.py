"""Runs of which only the clock counts: nothing is learned, a gradient takes 1 s on average, wires take no time."""

from __future__ import annotations

from typing import Any

from experiments import simulated

from sim.results.result import Result

CLOCK = {"problem": "none", "workload": "synthetic seconds=1 bytes=1e6", "network": "ideal"}


def on_the_clock(protocol: Any, workers: int, updates: int, **words: Any) -> Result:
    """A run of so many updates; exponential stragglers unless said otherwise."""
    return simulated(
        protocol, workers=workers, until=f"updates={updates}", **CLOCK | {"straggler": "exponential"} | words
    )


def seconds_of_an_update(protocol: Any, workers: int, updates: int, **words: Any) -> float:
    """Mean time from one update to the next (s)."""
    summary = on_the_clock(protocol, workers, updates, **words).summary
    assert summary.virtual_seconds is not None
    return summary.virtual_seconds / updates


def harmonic(n: int) -> float:
    """1 + 1/2 + ... + 1/n."""
    return sum(1 / k for k in range(1, n + 1))


def ring(workers: int, nbytes: float, bandwidth: float = 1.25e9, latency: float = 4e-6) -> float:
    """What a ring all-reduce takes alone (s): 2 (n - 1) (latency + S / (n B)), with the latency of a route."""
    return 2 * (workers - 1) * (latency + nbytes / (workers * bandwidth))
