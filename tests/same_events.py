"""The schedule of events does not depend on the numbers that are learned."""

from __future__ import annotations

from typing import Any

from experiments import simulated

#: What a run without learning knows of one that learns.
KNOWN = ("virtual_seconds", "updates", "gradients", "bytes_sent", "events", "mean_staleness", "wait_fraction")


def assert_same_events(protocol: Any, problem: str = "digits_mlp", clock: str = "none", **words: Any) -> None:
    """Assert that a run of the clock alone meets the events of one that learns a problem."""
    learning, timing = (simulated(protocol, problem=each, **words).summary for each in (problem, clock))
    for name in KNOWN:
        assert getattr(learning, name) == getattr(timing, name), name
