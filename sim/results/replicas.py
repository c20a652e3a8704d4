"""Several seeds of one experiment as one result."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Iterable

import numpy as np

from sim.evidence.interval import half_width
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
    "diverged_replicas",
    "spectral_gap",
    "collective",
    "version",
    "config_hash",
)


#: What has been learned, of which the mean says nothing where everybody has diverged.
LEARNED = (
    "final_train_loss",
    "final_test_loss",
    "final_test_accuracy",
    "final_test_rmse",
    "best_test_accuracy",
    "mean_worker_loss",
    "worst_worker_loss",
    "consensus_distance",
)


def average(results: list[Result], inflation: float = 1.0) -> Result:
    """Means over replicas, with the half width of each mean's 95 % confidence interval (Student's t).

    The status is the most telling one: diverged, then stalled, completed, target_reached. Where some replicas have
    diverged, all figures are of the others, and `diverged_replicas` says so; where all have, of all, but nothing has
    been learned. A figure that one of these does not have (a target it did not reach, a loss that is not finite) is
    None: the mean of the others would be biased. One that is left alone has no interval. Evaluations and summaries of
    all replicas are kept.

    Parameters
    ----------
    results
        Of one seed each, at least one.
    inflation
        How many times as wide as Student's the intervals are, >= 1; see `sim.evidence.precision`.
    """
    everybody = results
    statuses = {result.summary.status for result in everybody}
    results = [result for result in everybody if result.summary.status != "diverged"] or everybody
    summaries = [result.summary for result in results]
    none = LEARNED if statuses == {"diverged"} else ()
    mean = dataclasses.replace(summaries[0], seed=everybody[0].summary.seed, ci95={})
    for field in dataclasses.fields(Summary):
        values = [getattr(summary, field.name) for summary in summaries]
        if field.name in FACTS or field.name == "ci95" or all(value is None for value in values):
            continue
        if field.name in none or any(value is None or not math.isfinite(value) for value in values):
            setattr(mean, field.name, None)
            continue
        with np.errstate(over="ignore"):  # what grows without bounds may do so from here on
            setattr(mean, field.name, float(np.mean(values)))
            if len(values) > 1:
                mean.ci95[field.name] = inflation * half_width(float(np.std(values, ddof=1)), len(values))
    mean.diverged_replicas = sum(result.summary.status == "diverged" for result in everybody)
    mean.status = next(
        status for status in ("diverged", "stalled", "completed", "target_reached") if status in statuses
    )
    return Result(
        mean,
        metrics=[metric for result in everybody for metric in result.metrics],
        staleness=_total([result.staleness for result in results]),
        staleness_by_shard=[
            _total(shard) for shard in zip(*(result.staleness_by_shard for result in results), strict=True)
        ],
        links=_mean_links(results),
        replicas=[result.summary for result in everybody],
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
