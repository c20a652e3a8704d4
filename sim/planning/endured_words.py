"""What failures leave, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sim.planning.candidate import Candidate
from sim.planning.document import failures
from sim.results.units import duration, number, percent


def failures_of(candidate: Candidate) -> Iterator[str]:
    """What failures leave of a candidate, a line each; none where nothing fails."""
    found = failures(candidate)
    if found is not None:
        yield from failures_said(found)


def failures_said(found: Mapping[str, Any]) -> Iterator[str]:
    """The same of what plan.json has."""
    between, every = found.get("seconds_between"), found.get("checkpoint_every_seconds")
    often = "checkpoints leave" if between is None else f"one failure in {duration(between)} leaves"
    yield f"{often} {percent(found['goodput'], 1)} of the speed ({found['by']})"
    if every is not None:
        yield f"a checkpoint after every {duration(every)} of work"
    if found.get("spare_machines"):
        yield f"machines that are paid for as spares: {number(found['spare_machines'])}"
    if found.get("paid_ratio") not in (None, 1.0):
        yield f"those that train cost {percent(found['paid_ratio'], 1)} of as many on demand"
    if found.get("engine_goodput") is not None:
        seen = percent(found["engine_goodput"], 1)
        yield f"simulated, over a time of {number(found['engine_failures'])} failures on average: {seen}"
