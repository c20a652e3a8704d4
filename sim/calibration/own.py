"""What a user's own measurements say of a cluster, beside what was believed before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from sim.calibration.evidence import Evidence, Repeats, Timing
from sim.calibration.fit import Calibration
from sim.calibration.numbers import Numbers
from sim.calibration.points import PASSES, Measured
from sim.evidence.range import Range
from sim.truth.table import Point, Table
from sim.truth.timing import Timing as Collective

#: Ends of the ranges that are told, and their middle: 80 % are between them.
QUANTILES = (0.1, 0.5, 0.9)
#: What is told: name, what it is, and the unit.
TOLD = {
    "card": ("what a network card carries", "Gb/s"),
    "interference": ("computing lost for a second of hidden traffic", "s/s"),
    "latency": ("of a hop", "s"),
    "scatter": ("of compute times between machines", ""),
}


class Residual(NamedTuple):
    """One measurement, and what the model says of it.

    Attributes
    ----------
    what
        What has been measured: its size, in words.
    measured, model
        The figure, and the median of the model's (throughput in 1/s, or the time of a collective in s).
    """

    what: str
    measured: float
    model: float


class Learned(NamedTuple):
    """What measurements have said.

    Attributes
    ----------
    before, after
        Of each unknown, by its name: what was believed of such a cluster, and what is now.
    residuals
        Of each file by its name: its measurements on several machines, beside the model.
    table
        All throughputs of all files as one table.
    points
        Those of it on several machines.
    predicted
        What is predicted of each of these (1/s): by the model, with its errors in the same file carried over.
    """

    before: Mapping[str, Range]
    after: Mapping[str, Range]
    residuals: Mapping[str, Sequence[Residual]]
    table: Table
    points: Sequence[Point]
    predicted: Sequence[float]


def learn(table: Table, files: Sequence[Measured], published: Sequence[Table]) -> Learned:
    """Learn what a cluster does from one's own measurements and all published tables of its transport.

    Parameters
    ----------
    table
        One's own job, whatever points it has: those of the files take their place.
    files
        What has been measured, with at least one point on one machine and one on several among them.
    published
        Tables of other clusters.
    """
    own, evidence = evidence_of(table, files, published)
    whole = replace(table, points=(*_alone(files), *(point for file in files for point in _several(file))))
    timings = [[timing(one, each) for each in file.across] for one, file in zip(own, files, strict=True)]
    before = Calibration(Evidence(table.transport, _others(table, published)))
    after = Calibration(evidence)
    points = whole.beyond()
    largest = max(points, key=lambda point: point.nodes)
    return Learned(
        before=_ranges(before.unknowns(whole, largest)),
        after=_ranges(after.unknowns(whole, largest)),
        residuals={
            file.file: [*_residuals(file, after.fitted(one, one.beyond(), some).tolist())]
            for file, one, some in zip(files, own, timings, strict=True)
        },
        table=whole,
        points=points,
        predicted=[said for one in own if one.beyond() for said in after.predict(one, one.beyond()).tolist()],
    )


def evidence_of(
    table: Table, files: Sequence[Measured], published: Sequence[Table]
) -> tuple[Sequence[Table], Evidence]:
    """One's own measurements as tables, one of each file, and all evidence: these and what is published.

    Parameters
    ----------
    table, files, published
        As in `learn`; there may be no points at all.
    """
    # each file is a table of its own, whose errors are alike; what one machine does they have in common
    alone = _alone(files) or table.points
    own = [replace(table, id=file.file, points=(*alone, *_several(file))) for file in files]
    repeats = tuple(
        Repeats(one, steps.point, steps.spread, steps.times)
        for one, file in zip(own, files, strict=True)
        for steps in file.steps
        if steps.spread > 0.0
    )
    timings = tuple(timing(one, each) for one, file in zip(own, files, strict=True) for each in file.across)
    tables = *_others(table, published), *((one, one.beyond()) for one in own)
    return own, Evidence(table.transport, tables, repeats, timings)


def _alone(files: Sequence[Measured]) -> tuple[Point, ...]:
    return tuple(point for file in files for point in file.points if point.nodes == 1)


def _others(table: Table, published: Sequence[Table]) -> tuple[tuple[Table, tuple[Point, ...]], ...]:
    return tuple((other, other.beyond()) for other in published if other.transport is table.transport)


def timing(table: Table, measured: Collective) -> Timing:
    """A collective by itself as evidence: a ring of all ranks, whose machines carry the bytes of one of them.

    Parameters
    ----------
    table
        Of the machines.
    measured
        The operation.
    """
    passes, ranks = PASSES[measured.operation], measured.ranks
    nbytes = passes * (ranks - 1) / ranks * measured.nbytes
    return Timing(table, measured.nodes, nbytes, passes * (ranks - 1), measured.seconds)


def _several(file: Measured) -> Sequence[Point]:
    return [point for point in file.points if point.nodes > 1]


def _residuals(file: Measured, model: Sequence[float]) -> Iterator[Residual]:
    several = _several(file)
    for point, said in zip(several, model, strict=False):
        yield Residual(f"{point.devices} devices, {point.nodes} machines", point.throughput, said)
    for each, said in zip(file.across, model[len(several) :], strict=True):
        yield Residual(str(each), each.seconds, 1.0 / said)


def _ranges(samples: Mapping[str, Numbers]) -> Mapping[str, Range]:
    return {name: Range(*np.quantile(samples[name], QUANTILES).tolist()) for name in TOLD}
