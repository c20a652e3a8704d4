"""Minutes to a published target on more accelerators, from the smallest run of a series."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import NamedTuple

from sim.efficiency.batch_law import BatchLaw, Entry
from sim.efficiency.scaling_law import Pair, ScalingLaw, Size
from sim.evidence.range import lognormal
from sim.truth.convergence import read_convergence
from sim.truth.series import Run, Series, read_series
from sim.validation.check import Asked, Check, Found, Part, told
from sim.validation.row import Row

#: From how many earlier series on a law of scaling has something to learn from.
ENOUGH = 20

Table = tuple[Entry, ...]


class Known(NamedTuple):
    """What is known before a round.

    Attributes
    ----------
    series
        Of earlier rounds.
    table
        Samples to the target against batch, by benchmark.
    """

    series: tuple[Series, ...]
    table: Callable[[str], Table]


def judge(asked: Sequence[Series], known: Callable[[Series], Known], given: int = 0) -> Iterator[Row]:
    """Predict every run but the smallest, and those that are given, of each series.

    Minutes are those of the smallest run, times the samples that another batch takes (statistics), over what more
    accelerators keep of linear scaling (hardware).

    Parameters
    ----------
    asked
        What is predicted.
    known
        What is known when a series is predicted.
    given
        Up to how many accelerators runs are known, too.
    """
    own = [(series, tuple(run for run in series.runs[1:] if run.accelerators <= given)) for series in asked]
    law = cache(_scaling_law)
    for number, (series, given_runs) in enumerate(own):
        before = known(series)
        pairs = [pair(other, at, run) for at, other in enumerate(before.series, len(own)) for run in other.runs[1:]]
        pairs += [pair(other, at, run) for at, (other, some) in enumerate(own) for run in some]
        table = before.table(series.benchmark)
        seen = [run for other, some in own if other.benchmark == series.benchmark for run in (other.smallest, *some)]
        entries = table or tuple(Entry(run.batch, run.samples) for run in seen if run is not series.smallest)
        samples = BatchLaw(entries, min(entry.batch for entry in (*entries, _entry(series.smallest))))
        for run in series.runs[1 + len(given_runs) :]:
            row = _row(series, run, samples, law(tuple(pairs)), number)
            yield replace(row, facts={**row.facts, "table": bool(table), "series_known": len(before.series)})


def _scaling_law(pairs: tuple[Pair, ...]) -> ScalingLaw:
    return ScalingLaw(pairs)


def _row(series: Series, run: Run, law: BatchLaw, scaling: ScalingLaw, number: int) -> Row:
    small = series.smallest
    kept = scaling.kept(pair(series, number, run))
    samples = law.expected(run.batch, _entry(small))
    straight = small.minutes * small.accelerators / run.accelerators
    minutes = lognormal(math.log(straight / small.samples) + samples.mean - kept.mean, samples.variance + kept.variance)
    return Row(
        id=f"{series.name}#{run.accelerators}",
        kind=series.benchmark,
        measured=run.minutes,
        predicted=minutes.middle,
        low=minutes.low,
        high=minutes.high,
        baselines={"linear": straight, "constant_samples": run.minutes * small.samples / run.samples},
        facts={
            "benchmark": series.benchmark,
            "round": series.round,
            "submitter": series.submitter,
            "accelerator": series.accelerator,
            "accelerators": run.accelerators,
            "hardware": math.exp(kept.mean),
            "hardware_measured": run.rate / small.rate,
            "statistics": small.samples / math.exp(samples.mean),
            "statistics_measured": small.samples / run.samples,
        },
    )


def _entry(run: Run) -> Entry:
    return Entry(run.batch, run.samples)


def pair(series: Series, number: int, run: Run) -> Pair:
    small = series.smallest
    seconds = small.batch / small.accelerators / small.rate * 60.0
    each = run.batch / run.accelerators
    return Pair(
        series.benchmark,
        number,
        Size(small.accelerators, small.batch / small.accelerators, seconds),
        Size(run.accelerators, each, seconds * each / (small.batch / small.accelerators)),
        run.rate / small.rate,
    )


def _judge(asked: Asked) -> Found:
    series, known = read_series(asked.on), read_series(asked.calibrate_on)
    convergence = read_convergence()
    figures = {_figures(one) for one in series}

    @cache
    def before(round_: str, when: tuple[int, ...] | None) -> Known:
        """All series and tables of earlier rounds; where a round has no number, of all but those that are asked."""
        if round_ in convergence.rounds and when is not None:
            earlier = tuple(one for one in known if one.when is not None and one.when < when)
            return Known(earlier, lambda name: _made_of(earlier, name))
        others = tuple(one for one in known if _figures(one) not in figures)
        return Known(others, lambda name: convergence.tables.get(name, ()))

    rows = list(judge(series, lambda one: before(one.round, one.when), asked.given or 0))
    if not rows:
        where = asked.on or "the digest"
        raise ValueError(f"--on: {where} has no series with runs beyond the smallest, and those given; give another")
    rows.sort(key=lambda row: row.kind)
    return Found(
        rows,
        parts=(
            Part("learned", f"rounds with {ENOUGH} earlier series and a table", _learned),
            Part("with_table", "benchmarks with a table of batch and samples", partial(told, "table", True)),
            Part("without_table", "benchmarks without", partial(told, "table", False)),
        ),
        remarks=tuple(_remarks(rows)),
    )


def _learned(row: Row) -> bool:
    return bool(row.facts["table"]) and int(str(row.facts["series_known"])) >= ENOUGH


def _figures(series: Series) -> object:
    return series.benchmark, series.runs


def _made_of(series: Sequence[Series], benchmark: str) -> Table:
    """A table of what earlier rounds' own runs took."""
    samples: defaultdict[float, list[float]] = defaultdict(list)
    for run in {run for one in series if one.benchmark == benchmark for run in one.runs}:
        samples[run.batch].append(run.samples)
    return tuple(Entry(batch, statistics.median(some), len(some)) for batch, some in sorted(samples.items()))


def _remarks(rows: Sequence[Row]) -> Iterator[str]:
    off: Mapping[str, float] = {
        name: statistics.fmean(
            abs(float(str(row.facts[name])) / float(str(row.facts[f"{name}_measured"])) - 1.0) for row in rows
        )
        for name in ("hardware", "statistics")
    }
    yield (
        f"Of that, hardware (throughput kept per accelerator) is off by {off['hardware']:.1%}, "
        f"statistics (samples to the target) by {off['statistics']:.1%}, in the mean."
    )
    yield "From MLPerf logs; not verified by MLCommons Association."


CHECK = Check("time_to_target", "minutes of MLPerf runs on more accelerators, from the smallest", "min", _judge)
