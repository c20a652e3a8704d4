"""Runs that nobody simulated: small enough that every figure in a report can be checked by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from sim.report.collect import collect
from sim.results.read import read_metrics
from sim.results.result import Result
from sim.results.rows import Metric, Summary

ACCURACIES = (0.1, 0.5, 0.9, 0.96, 0.97)


def run(protocol: str = "async_ps", *, interval: float = 2.0, seeds: tuple[int, ...] = (0,), **fields: Any) -> Result:
    """A run that is evaluated every `interval` s, and in which 0.95 is reached at the fourth evaluation."""
    metrics = [
        Metric(
            seed, place * interval * (1 + seed), 100 * place, 0.5 * place, 2.0 / (1 + place), 2.5 / (1 + place), score
        )
        for seed in seeds
        for place, score in enumerate(ACCURACIES)
    ]
    summary: dict[str, Any] = {
        "status": "completed",
        "protocol": protocol,
        "topology": None,
        "network": "leaf_spine",
        "workers": 8,
        "batch": 32,
        "seed": seeds[0],
        "virtual_seconds": 4 * interval,
        "updates": 400,
        "updates_per_second": 100 / interval,
        "final_test_accuracy": 0.97,
        "best_test_accuracy": 0.97,
        "bytes_sent": 3.2e9,
        "mean_staleness": 7.25,
        "max_staleness": 12,
        "compute_fraction": 0.7,
        "communicate_fraction": 0.2,
        "wait_fraction": 0.1,
        "version": "0.1.0",
    }
    return Result(Summary(**{**summary, **fields}), metrics, {0: 30, 3: 10, 1: 60})


def regression(protocol: str = "allreduce", **fields: Any) -> Result:
    """A run whose problem has an RMSE instead of an accuracy."""
    metrics = [
        Metric(0, float(place), 10 * place, 0.1 * place, 9.0 - place, 9.5 - place, test_rmse=4.0 - place)
        for place in range(3)
    ]
    scores = {"final_test_accuracy": None, "best_test_accuracy": None, "final_test_rmse": 2.0}
    return Result(run(protocol, **{**scores, **fields}).summary, metrics)


def clock_only(protocol: str = "allreduce", **fields: Any) -> Result:
    """A run of `problem=none`: time passes, nothing is learned."""
    result = run(protocol, final_test_accuracy=None, best_test_accuracy=None, **fields)
    return Result(result.summary, [Metric(0, 0.0, 0, None), Metric(0, 4.0, 100, None)])


def collected(folder: Path, *results: Result) -> tuple[pl.DataFrame, dict[str, list[Metric]]]:
    """Write runs into a folder; the table of them, and their curves."""
    for place, result in enumerate(results):
        save(result, folder / str(place))
    table = collect([folder])
    return table, {name: read_metrics(Path(name) / "metrics.csv") for name in table["run"]}


def save(result: Result, directory: Path, config: str | None = None, choices: str | None = None) -> Path:
    """Write a run and, as Hydra would, its question."""
    result.write(directory)
    hydra = directory / ".hydra"
    if config is not None:
        hydra.mkdir(exist_ok=True)
        (hydra / "config.yaml").write_text(config)
    if choices is not None:
        hydra.mkdir(exist_ok=True)
        (hydra / "hydra.yaml").write_text(f"hydra:\n  runtime:\n    choices:\n{choices}")
    return directory
