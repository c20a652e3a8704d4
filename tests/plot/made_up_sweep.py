"""A sweep that nobody simulated, of which every figure can be checked by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sim.results.result import Result
from sim.results.rows import Metric, Summary

#: Seconds to the target: protocol -> workers -> of the seeds 0, 1 and 2; None: it was not reached within 9 s.
SECONDS: Mapping[str, Mapping[int, tuple[float | None, ...]]] = {
    "alpha": {2: (4.0, 5.0, 6.0), 8: (1.0, 1.25, 1.5)},
    "beta": {2: (6.0, 6.5, 8.5), 8: (3.0, None, 5.0)},
}
BOUND = 9.0


def write(
    folder: Path, seconds: Mapping[str, Mapping[int, tuple[float | None, ...]]] = SECONDS, *, learn: bool = True
) -> Path:
    """Write the runs into a folder."""
    for protocol, of_workers in seconds.items():
        for workers, of_seeds in of_workers.items():
            for seed, found in enumerate(of_seeds):
                _write(folder / f"{protocol}-{workers}-{seed}", protocol, workers, seed, found, learn=learn)
    return folder


def _write(folder: Path, protocol: str, workers: int, seed: int, seconds: float | None, *, learn: bool) -> None:
    end = BOUND if seconds is None else seconds
    metrics = [
        Metric(
            seed, end * place / 4, 10 * place, 0.5 * place, 2.0 - place / 4, bytes_sent=1e6 * place, test_accuracy=score
        )
        for place, score in enumerate((0.1, 0.4, 0.6, 0.8, 0.85 if seconds is None else 0.9))
    ]
    summary = Summary(
        status="completed" if seconds is None else "target_reached",
        protocol=protocol,
        topology=None,
        network="ideal",
        workers=workers,
        batch=32,
        seed=seed,
        virtual_seconds=end,
        updates=40,
        bytes_sent=4e6,
        samples_per_second=1000.0 * workers,
        seconds_to_target=seconds,
        final_train_loss=1.0 if learn else None,
        final_test_accuracy=metrics[-1].test_accuracy,
        best_test_accuracy=metrics[-1].test_accuracy,
        compute_fraction=0.5,
        communicate_fraction=0.3,
        wait_fraction=0.2,
        version="0.1.0",
        config_hash=f"{protocol}{workers}",
    )
    Result(summary, metrics, {0: 10, 2: 30}).write(folder, curve=False)
    hydra = folder / ".hydra"
    hydra.mkdir()
    (hydra / "config.yaml").write_text(f"until: {{target_accuracy: 0.9}}\nworkers: {workers}\noptimizer: {{lr: 0.1}}\n")
