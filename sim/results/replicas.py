"""Several seeds of one experiment as one result."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Iterable

import numpy as np

from sim.results.result import Result
from sim.results.rows import Link, Summary

#: What is the same in every replica, and so not averaged.
FACTS = (
    "status",
    "protocol",
    "topology",
    "network",
    "workers",
    "batch",
    "seed",
    "spectral_gap",
    "collective",
    "version",
    "config_hash",
)


def average(results: list[Result]) -> Result:
    """Means over replicas, with the half width of each mean's 95 % confidence interval (Student's t).

    A figure that some replica does not have (a target it did not reach, a loss that is not finite) is None: the mean of
    the others would be biased. The status is the most telling one: diverged, then completed, then target_reached.
    Evaluations of all replicas are kept, and staleness is counted over all of them.
    """
    from scipy.special import stdtrit

    summaries = [result.summary for result in results]
    quantile = float(stdtrit(len(results) - 1, 0.975))
    mean = dataclasses.replace(summaries[0], ci95={})
    for field in dataclasses.fields(Summary):
        values = [getattr(summary, field.name) for summary in summaries]
        if field.name in FACTS or field.name == "ci95" or all(value is None for value in values):
            continue
        if any(value is None or not math.isfinite(value) for value in values):
            setattr(mean, field.name, None)
            continue
        with np.errstate(over="ignore"):  # what grows without bounds may do so from here on
            setattr(mean, field.name, float(np.mean(values)))
            mean.ci95[field.name] = quantile * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    statuses = {summary.status for summary in summaries}
    mean.status = next(status for status in ("diverged", "completed", "target_reached") if status in statuses)
    return Result(
        mean,
        metrics=[metric for result in results for metric in result.metrics],
        staleness=_total([result.staleness for result in results]),
        staleness_by_shard=[
            _total(shard) for shard in zip(*(result.staleness_by_shard for result in results), strict=True)
        ],
        links=_mean_links(results),
    )


def _total(counts: Iterable[dict[int, int]]) -> dict[int, int]:
    return dict(sum(map(Counter, counts), Counter()))


def _mean_links(results: list[Result]) -> list[Link]:
    """Mean bytes of each link, and the share of all replicas' time together in which it was busy.

    Where the replicas place workers and servers differently, a host counts as one that they do not agree about.
    """
    seconds = [result.summary.virtual_seconds or 0.0 for result in results]
    total = math.fsum(seconds)
    links = []
    for rows in zip(*(result.links for result in results), strict=True):
        busy = math.fsum(row.utilisation * length for row, length in zip(rows, seconds, strict=True))
        kinds = ({row.source_kind for row in rows}, {row.target_kind for row in rows})
        source_kind, target_kind = (kind.pop() if len(kind) == 1 else "host" for kind in kinds)
        links.append(
            dataclasses.replace(
                rows[0],
                source_kind=source_kind,
                target_kind=target_kind,
                bytes=math.fsum(row.bytes for row in rows) / len(rows),
                utilisation=busy / total if total else 0.0,
            )
        )
    return links
