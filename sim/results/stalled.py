"""Why a run has stalled: nothing can happen any more in it, or nothing but failures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import takewhile
from typing import TYPE_CHECKING

from sim.faults.incident import Kind
from sim.results.units import duration

if TYPE_CHECKING:
    from sim.cluster.blueprint import Blueprint
    from sim.results.result import Result
    from sim.results.rows import Summary

#: Ranks that are named.
_NAMED = 8


def stalled(blueprint: Blueprint, result: Result) -> Iterator[str]:
    """Whom a run that has stalled waits for in vain, and which of several seeds that was.

    Parameters
    ----------
    blueprint
        The cluster that has run.
    result
        What came of it.
    """
    everybody = result.replicas or [result.summary]
    of = [each for each in everybody if each.status == "stalled"]
    if of:
        seeds = f" (seed {of[0].seed}; {len(of)} of {len(everybody)} seeds)" if len(everybody) > 1 else ""
        yield f"stalled after {duration(of[0].virtual_seconds)}: {_why(blueprint, of[0])}{seeds}"


def _why(blueprint: Blueprint, summary: Summary) -> str:
    ended = summary.virtual_seconds or 0.0
    happened = takewhile(lambda each: each.at <= ended, blueprint.incidents(summary.seed))
    gone = {
        rank
        for each in happened
        if each.kind in (Kind.lost, Kind.leave) and each.value == math.inf
        for rank in each.who
    }
    if not gone:
        return "workers fail so often that nobody completes a gradient any more"
    if len(gone) == summary.workers:
        return "no worker will be back"
    ranks = sorted(gone)
    named = ", ".join(map(str, ranks[:_NAMED])) + (f" and {len(ranks) - _NAMED} more" if len(ranks) > _NAMED else "")
    who = f"worker {named}, which" if len(ranks) == 1 else f"workers {named}, which"
    return f"everybody waits for {who} will not be back"
