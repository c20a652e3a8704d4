"""What a run leaves behind, as typed rows, and their text."""

from __future__ import annotations

import csv
import functools
import io
import json
import math
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.results.cells import as_text

#: A whole number in one run; the mean over replicas need not be one.
Count = int | float
#: What a cell of a result file holds.
Scalar = str | int | float | None


@dataclass(kw_only=True)
class Summary:
    """The answer of a run, one flat object. A field that the run did not use or measure is None."""

    status: str  #: completed, target_reached, diverged, or stalled (by faults: nothing can happen any more)
    protocol: str
    topology: str | None
    network: str | None
    workers: int
    batch: int  #: samples per worker
    seed: int
    virtual_seconds: float | None = None  #: s
    updates: Count | None = None
    gradients: Count | None = None
    samples: Count | None = None
    epochs: float | None = None
    bytes_sent: float | None = None  #: B
    updates_per_second: float | None = None  #: per virtual second, as all rates here
    samples_per_second: float | None = None
    seconds_per_epoch: float | None = None  #: s
    final_train_loss: float | None = None
    final_test_loss: float | None = None
    final_test_accuracy: float | None = None  #: 0 to 1
    final_test_rmse: float | None = None
    best_test_accuracy: float | None = None  #: 0 to 1
    mean_worker_loss: float | None = None  #: training loss of the workers' own models at the end
    worst_worker_loss: float | None = None
    consensus_distance: float | None = None  #: at the end
    seconds_to_target: float | None = None  #: s, of the first crossing
    updates_to_target: Count | None = None
    samples_to_target: Count | None = None  #: whose gradients were computed until then
    target_uncertainty_seconds: float | None = None  #: s, from the last model known to be below the target to that one
    smoothed_seconds_to_target: float | None = None  #: s, of the running mean over until.smoothed_over > 1 evaluations
    noise_scale: float | None = None  #: samples, over the run; measured with record.gradients
    mean_staleness: float | None = None  #: server versions
    max_staleness: Count | None = None
    spectral_gap: float | None = None  #: of the mixing matrix, 0 to 1; see topologies.rounds
    averagings_per_step: float | None = None  #: that a worker began with a single other, 0 to 1
    collective: str | None = None  #: which carried out the operations; several where auto chose one for each size
    compute_fraction: float | None = None  #: shares of the workers' virtual time, 0 to 1
    communicate_fraction: float | None = None
    wait_fraction: float | None = None
    crashes: Count = 0  #: how often a worker has failed
    downtime_seconds: float = 0.0  #: s, for which workers have been away, added up
    stalled_seconds: float = 0.0  #: s, for which all others have stood still because of that, added up over workers
    recovery_seconds: float = 0.0  #: s, of workers who wrote or read checkpoints, or were given a model, added up
    lost_seconds: float = 0.0  #: s, of computing that was lost, added up over workers
    lost_updates: Count = 0  #: that were undone, since they were later than a checkpoint
    goodput: float = 1.0  #: share of the workers' time that faults and checkpoints have left (0 to 1)
    server_utilisation: float | None = None  #: 0 to 1; this and the next two of the shards, without aggregators
    server_mean_response_seconds: float | None = None  #: s
    server_mean_queue: float | None = None  #: messages
    diverged_replicas: Count | None = None  #: of several; the means are over the others, if there are any
    wall_seconds: float | None = None  #: s of the computer that simulated, its kernels loaded
    events: Count | None = None
    version: str | None = None
    config_hash: str | None = None
    #: Half width of the 95 % confidence interval over the replicas, by the name of the field it belongs to.
    ci95: dict[str, float] = field(default_factory=dict)

    @property
    def untroubled(self) -> bool:
        """Whether neither faults nor checkpoints have taken any of the workers' time."""
        return not (self.crashes or self.downtime_seconds or self.lost_updates) and self.goodput == 1.0

    def flat(self) -> dict[str, Scalar]:
        """The fields in order, each followed by its ``<field>_ci95`` where there is one; numbers are plain and finite.

        Raises
        ------
        ValueError
            When ``ci95`` names something that is not a field.
        """
        if unknown := sorted(self.ci95.keys() - summary_types().keys()):
            raise ValueError(f"ci95: {unknown[0]!r} is not a field of the summary")
        values: dict[str, Scalar] = {}
        for name, margin in _margins().items():
            values[name] = _finite(_plain(getattr(self, name)))
            if name in self.ci95:
                values[margin] = _finite(_plain(self.ci95[name]))
        return values

    def to_json(self) -> str:
        """The text of summary.json: strict JSON, in which a number that is not finite is null."""
        return json.dumps(self.flat(), indent=2, allow_nan=False, ensure_ascii=False) + "\n"

    @classmethod
    def parse(cls, text: str) -> Summary:
        """Read the text of a summary.json; see `of`.

        Raises
        ------
        ValueError
            When the text is not JSON, not one object, or a field is missing or has the wrong type.
        """
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"truncated or not JSON ({error})") from error
        if not isinstance(found, dict):
            raise ValueError(f"not a summary: one object expected, got {type(found).__name__}")
        return cls.of(found)

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Summary:
        """Read what `flat` has made.

        A field that a later version has added is passed over, one that an earlier version lacked is None.

        Raises
        ------
        ValueError
            When a field is missing or has the wrong type.
        """
        values = {name: _checked(name, found[name], kind) for name, kind in summary_types().items() if name in found}
        ci95 = {
            name: _checked(margin, found[margin], float)
            for name, margin in _margins().items()
            if found.get(margin) is not None
        }
        required = [name for name in ("status", "protocol", "workers", "batch", "seed") if name not in values]
        if required:
            raise ValueError(f"not a summary of paceline: it has no field {required[0]!r}")
        return cls(**{"topology": None, "network": None, **values}, ci95=ci95)


@dataclass
class Metric:
    """One evaluation: a row of metrics.csv. What was not measured is None.

    The four before the last are measured where `record.gradients` asks for it. Of the latest gradient g_j that every
    worker has finished, taken at x_j, g_a is the mean, and G is the full training gradient at the mean of the x_j
    (without the noise of the quadratic; of a training set of more than 10 000 samples, on the evenly spaced ones that
    an evaluation measures): learning_rate (g_a . G) / |G|^2 is the effective learning rate of Zhang et al. (2021, arXiv
    2112.01433), and (1/n) sum_j |g_j - g_a|^2 the variance. `squared_gradient` is |G|^2, and `noise_scale` the variance
    of one sample's gradient over that, in samples (McCandlish et al. 2018, arXiv 1812.06162;
    `sim.efficiency.noise_scale`).

    `largest_eigenvalue`, measured where `record.curvature` asks for it, is that of the Hessian of the training loss
    (with the penalty of l2, and on the samples that G is taken on) at the model that is evaluated: not the largest in
    magnitude, but the most positive, and seldom more than 1 % below it (`kernels.lanczos`). Products of a perceptron's
    Hessian are exact (`kernels.mlp_product`), those of others are differences of gradients (`kernels.difference`).
    """

    seed: int
    seconds: float  #: virtual s
    updates: Count
    epochs: float | None  #: None: the problem has no training set
    train_loss: float | None = None
    test_loss: float | None = None
    test_accuracy: float | None = None  #: 0 to 1
    test_rmse: float | None = None
    consensus_distance: float | None = None
    mean_staleness: float | None = None
    learning_rate: float | None = None  #: of the next update: optimizer.lr times schedule and mean_staleness modulation
    bytes_sent: float | None = None  #: B, until then
    effective_learning_rate: float | None = None
    gradient_variance: float | None = None
    squared_gradient: float | None = None
    noise_scale: float | None = None  #: samples
    largest_eigenvalue: float | None = None  #: of the Hessian of the training loss; measured with record.curvature


#: Columns of metrics.csv that are there where gradients were recorded.
OF_GRADIENTS = ("effective_learning_rate", "gradient_variance", "squared_gradient", "noise_scale")


@dataclass
class Link:
    """What one direction of a link carried, or both together where they share its bandwidth: a row of links.csv."""

    source: str  #: a host's number (in a network from a file: its name there) or a switch's name
    target: str
    source_kind: str  #: switch, worker, server, worker+server, or host: nobody in particular lives there
    target_kind: str
    duplex: str  #: split: from source to target; shared: both ways
    bandwidth_gbps: float  #: Gb/s, line rate
    bytes: float  #: B
    utilisation: float  #: bytes / (line rate * virtual seconds), 0 to 1


@dataclass(eq=False)
class Spans:
    """What each worker did when, in columns of n spans: ``kinds[kind[i]]`` names what span i was spent on.

    Worker ``-1 - s`` is server s: the shards come first, then the inner nodes of a tree, the nearest to them first.
    """

    worker: NDArray[np.int32]  #: [n]
    kind: NDArray[np.int8]  #: [n], index into kinds
    start: NDArray[np.float64]  #: [n], s
    end: NDArray[np.float64]  #: [n], s
    kinds: Sequence[str] = ("compute", "send", "wait", "apply", "down", "recover")
    shards: int | None = None  #: how many of the servers are shards, the others inner nodes of a tree; None: all

    def columns(self) -> dict[str, NDArray[Any]]:
        """The arrays of spans.npz: ``worker`` int32, ``kind`` a word, ``start`` and ``end`` float64 (s)."""
        return {
            "worker": np.asarray(self.worker, np.int32),
            "kind": np.asarray(self.kinds, np.str_)[self.kind],
            "start": np.asarray(self.start, np.float64),
            "end": np.asarray(self.end, np.float64),
        }


@dataclass(eq=False)
class Trajectory:
    """Every model that was evaluated, in full."""

    seconds: NDArray[np.float64]  #: [evaluations], s
    updates: NDArray[np.int64]  #: [evaluations]
    x: NDArray[np.floating[Any]]  #: [evaluations, parameters], float32 or float64

    def columns(self) -> dict[str, NDArray[Any]]:
        """The arrays of trajectory.npz: ``seconds`` float64, ``updates`` int64, ``x`` in its own type."""
        return {
            "seconds": np.asarray(self.seconds, np.float64),
            "updates": np.asarray(self.updates, np.int64),
            "x": np.asarray(self.x),
        }


def metrics_csv(metrics: Iterable[Metric]) -> str:
    """The text of metrics.csv.

    Of ``test_accuracy`` and ``test_rmse`` it has the column that the problem measures; those of `OF_GRADIENTS` and
    ``largest_eigenvalue`` it has where they were recorded.

    Floats are written with ``repr``, so they read back to the same bits; an empty cell was not measured.
    """
    rows = list(metrics)
    unused = {"largest_eigenvalue"} if all(row.largest_eigenvalue is None for row in rows) else set()
    unused.add("test_accuracy" if any(row.test_rmse is not None for row in rows) else "test_rmse")
    if all(row.gradient_variance is None for row in rows):
        unused |= {*OF_GRADIENTS}
    columns = [column.name for column in fields(Metric) if column.name not in unused]
    return csv_text(columns, ([getattr(row, column) for column in columns] for row in rows))


def links_csv(links: Iterable[Link]) -> str:
    """The text of links.csv."""
    columns = [column.name for column in fields(Link)]
    return csv_text(columns, ([getattr(row, column) for column in columns] for row in links))


def csv_text(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """The text of a CSV file with a line of column names; text is quoted where it has to be."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(["" if cell is None else _cell(_plain(cell)) for cell in row] for row in rows)
    return text.getvalue()


def _cell(value: Scalar) -> str:
    return as_text(value) if isinstance(value, str) else repr(value)


@functools.cache
def summary_types() -> dict[str, Any]:
    """The fields of a summary in order, with the type of each; ``ci95`` is not one of them."""
    return {name: kind for name, kind in typing.get_type_hints(Summary).items() if name != "ci95"}


@functools.cache
def _margins() -> dict[str, str]:
    """What half an interval of each field is called."""
    return {name: f"{name}_ci95" for name in summary_types()}


def _checked(name: str, value: Any, kind: Any) -> Any:
    """The value of a field that was read, when it has the field's type (a whole number is also a float)."""
    if type(value) in _exact(kind):
        return value
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole and abs(value) >= 2**63:
        raise ValueError(f"{name}: a whole number below 2^63 expected, got one of {value.bit_length()} bits")
    if whole and not isinstance(value, kind) and isinstance(0.0, kind):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, kind):
        raise ValueError(f"{name}: {getattr(kind, '__name__', kind)} expected, got {value!r}")
    return value


@functools.cache
def _exact(kind: Any) -> frozenset[type]:
    """What a field's type holds that needs no further look: not whole numbers, which may be too large or truths."""
    return frozenset({*(typing.get_args(kind) or (kind,))} - {int})


def _plain(value: Any) -> Scalar:
    """The Python number behind a NumPy scalar, whose repr would not be a number."""
    if type(value) in (float, int, str) or value is None:
        return value  # type: ignore[no-any-return]
    plain: Scalar = value.item() if isinstance(value, np.generic) else value
    return plain


def _finite(value: Scalar) -> Scalar:
    return None if isinstance(value, float) and not math.isfinite(value) else value
