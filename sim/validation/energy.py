"""Energy of published runs on many machines, from the power of one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sim.efficiency.batch_law import BatchLaw, Entry, Expected
from sim.efficiency.power_law import Share, power_law
from sim.efficiency.scaling_law import Pair, ScalingLaw, Size
from sim.evidence.range import lognormal
from sim.truth.convergence import read_convergence
from sim.truth.power import Metered, read_power
from sim.truth.series import Series, read_series
from sim.validation.check import Asked, Check, Found
from sim.validation.row import Row
from sim.validation.time_to_target import pair

#: Accelerators of a machine: of all that have published their energy.
EACH = 8
#: What their batch and their network add, neither of which is published with it (standard deviation of the logarithm
#: of seconds).
UNPUBLISHED = 0.25


def judge(asked: Sequence[Metered], known: Sequence[Metered], series: Sequence[Series]) -> Iterator[Row]:
    """Predict the energy of every system of several machines of which one machine has been measured, too.

    Parameters
    ----------
    asked
        What is predicted.
    known
        What the share of power is learned from that a waiting machine draws; the benchmark that is predicted is left
        out.
    series
        What time to the target is learned from where no duration is given.
    """
    time = _Time(series)
    for many in asked:
        one = _alone(many, (*asked, *known))
        if many.nodes == 1 or one is None:
            continue
        law = power_law([*_shares(known, many.benchmark)])
        kept = one.seconds / (many.seconds * many.nodes)
        yield _row(many, one, "given", math.log(law.watts(kept) * many.seconds), law.variance(kept))
        took = time.expected(many, one)
        if took is not None:
            # a run that takes longer waits longer, and of that its machines draw the idle share alone
            kept = math.exp(took.kept)
            watts = law.watts(kept)
            open_ = law.variance(kept) + took.samples.variance + (law.idle / watts) ** 2 * took.variance
            yield _row(many, one, "predicted", math.log(watts * one.seconds / many.nodes) + took.logarithm, open_)


class _Took(NamedTuple):
    """How long a run takes, as a multiple of what one machine takes over machines: samples over what is kept."""

    samples: Expected
    kept: float
    variance: float

    @property
    def logarithm(self) -> float:
        return self.samples.mean - self.kept


class _Time:
    """Time to the target on several machines, from that of one: of a batch that others have trained with."""

    def __init__(self, series: Sequence[Series]) -> None:
        self._tables = read_convergence().tables
        self._series = series
        self._scaling = ScalingLaw([pair(one, at, run) for at, one in enumerate(series) for run in one.runs[1:]])

    def expected(self, many: Metered, one: Metered) -> _Took | None:
        """None where nothing is known of the benchmark."""
        table = self._tables.get(many.benchmark)
        runs = [run for series in self._series if series.benchmark == many.benchmark for run in series.runs]
        if table is None or not runs:
            return None
        law = BatchLaw(table)
        devices = EACH, EACH * many.nodes
        small, large = (min(runs, key=lambda run: abs(math.log(run.accelerators / n))).batch for n in devices)
        before = math.exp(law.expected(small).mean)
        after = law.expected(large, Entry(small, before))
        seconds = one.seconds / before * devices[0]
        alone, together = (Size(n, b / n, b / n * seconds) for n, b in zip(devices, (small, large), strict=True))
        kept = self._scaling.kept(Pair(many.benchmark, -1, alone, together, math.nan))
        return _Took(Expected(after.mean - math.log(before), after.variance), kept.mean, kept.variance + UNPUBLISHED**2)


def _row(many: Metered, one: Metered, duration: str, logarithm: float, variance: float) -> Row:
    given = duration == "given"
    kwh = lognormal(math.log(one.watts * many.nodes / 3.6e6) + logarithm, variance)
    return Row(
        id=f"{many.round}/{many.base}#{duration}",
        kind=duration,
        measured=many.kwh,
        predicted=kwh.middle,
        low=kwh.low,
        high=kwh.high,
        baselines={"proportional": one.watts * (many.nodes * many.seconds if given else one.seconds) / 3.6e6},
        facts={
            "benchmark": many.benchmark,
            "round": many.round,
            "machine": many.kind,
            "nodes": many.nodes,
            "duration": duration,
        },
    )


def _alone(many: Metered, others: Sequence[Metered]) -> Metered | None:
    """One machine of the same kind with the same benchmark: of the same round, or else of any."""
    alike = [one for one in others if (one.nodes, one.kind, one.benchmark) == (1, many.kind, many.benchmark)]
    return next((one for one in alike if one.round == many.round), alike[-1] if alike else None)


def _shares(known: Sequence[Metered], but: str) -> Iterator[Share]:
    for many in known:
        one = _alone(many, known)
        if many.nodes > 1 and one is not None and many.benchmark != but:
            yield Share(one.seconds / (many.seconds * many.nodes), many.watts / one.watts)


def _judge(asked: Asked) -> Found:
    asked.without(given="a system of one machine is what others are predicted from")
    metered, known = read_power(asked.on), read_power(asked.calibrate_on)
    rows = list(judge(metered, known, read_series(None)))
    if not rows:
        where = asked.on or "the digest"
        raise ValueError(f"--on: {where} has no system of several machines of which one is measured, too; give both")
    alone = [
        (f"{many.round}/{many.base}", "one machine of the kind has not been measured with it")
        for many in metered
        if many.nodes > 1 and _alone(many, (*metered, *known)) is None
    ]
    return Found(
        sorted(rows, key=lambda row: row.kind),
        left_out=alone,
        remarks=(
            "Where the duration is predicted, batch and network are others': none is published with the energy.",
            "From MLPerf logs; not verified by MLCommons Association.",
        ),
    )


CHECK = Check("energy", "kWh of MLPerf runs on several machines, from the power of one", "kWh", _judge)
