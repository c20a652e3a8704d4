"""What a plan is not sure of, and what would settle it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sim.calibration.numbers import Numbers
from sim.planning.candidate import Candidate
from sim.planning.choice import written
from sim.planning.evidence import CLASS_PRIOR, EXTRAPOLATED, GIVEN, MEASURED
from sim.planning.formula import SEVERAL, Flags, Formula, formula
from sim.planning.settings import Settings

#: What decides less of an interval is not told (ratio).
LITTLE = 0.02


class Doubt(NamedTuple):
    """Something that a plan is not sure of.

    Attributes
    ----------
    what
        What it is.
    share
        What of the variance of the time's logarithm it makes (ratio); None: what is not in the interval.
    said
        What it would change.
    measure
        What would settle it.
    """

    what: str
    share: float | None
    said: str
    measure: str


def doubts(best: Candidate, settings: Settings) -> list[Doubt]:
    """What a candidate's figures are not sure of, what decides most first, then what no interval covers.

    Parameters
    ----------
    best
        The candidate.
    settings
        With what it has been judged.
    """
    assert best.pace is not None, "only asked of what runs"
    found = [*_decided(best, settings)]
    shares = _shares(best, [decided.values for decided in found])
    told = [
        Doubt(each.what, share, each.said, each.measure)
        for each, share in zip(found, shares, strict=True)
        if share >= LITTLE or each.always
    ]
    return [*sorted(told, key=lambda doubt: -(doubt.share or 0.0)), *_outside(best)]


class _Decided(NamedTuple):
    """Something unknown: its value in each draw, and what is told of it."""

    what: str
    values: Numbers
    said: str
    measure: str
    always: bool = False


def _decided(best: Candidate, settings: Settings) -> Iterator[_Decided]:
    law = formula(best.family, (best.count,), settings.known, settings.draws, settings.paths)
    calibrate = (
        f"--on FILE, the throughput of 1, 2 and 4 machines {best.family.machine.name}, or of as many as there are"
    )
    if best.count > 1 and law.job.network != GIVEN:
        yield from _of_network(best, law, calibrate)
    computing = law.job.computing
    if computing.evidence not in (MEASURED, GIVEN):
        yield _Decided(
            "how fast a device computes",
            np.log(np.asarray(law.drawn.cases.seconds, np.float64)[:, 0]),
            f"known to {100.0 * computing.spread:.0f} %: {computing.said}",
            f"the throughput of one machine {best.family.machine.name}, which costs minutes, and --on FILE",
        )
    yield _Decided(
        "what the model of a step leaves out",
        law.drawn.errors[:, 0],
        "errors of the same model on public tables (paceline validate scaling)",
        calibrate,
    )
    if best.samples is not None and float(np.std(np.log(best.samples))) > 0.0:
        beyond = best.evidence.get("samples") == EXTRAPOLATED
        yield _Decided(
            "how many samples it takes",
            np.log(best.samples),
            f"{written(best.range_of(best.samples))} samples at {best.batch} an update"
            + (", beyond the largest batch of the table" if beyond else ""),
            "one run at this batch, and --table FILE with its line",
        )


def _of_network(best: Candidate, law: Formula, calibrate: str) -> Iterator[_Decided]:
    """What is not known of cards and of traffic."""
    one, name = law.one_path, best.family.machine.name
    if not one.all():
        yield _Decided(
            "flows per network card",
            np.where(one, 0.0, 1.0),
            _with_several(best, one),
            f"all-reduce by nccl-tests on 2 machines {name}, and --on its output; or flows=1 where you know it",
            always=True,
        )
    rates = np.log(law.card[:, 0])
    # beside what several paths change
    usual = np.where(one, np.median(rates[one]), np.median(rates[~one]) if not one.all() else 0.0)
    yield _Decided(
        "what a card carries",
        rates - usual,
        f"{written(best.range_of(law.card[:, 0] * 8e-9 / best.family.nics))} Gb/s a card ({law.job.network})",
        calibrate,
    )
    yield _Decided(
        "what hidden traffic costs computing",
        np.broadcast_to(law.drawn.unknowns.interference, law.drawn.errors.shape)[:, 0],
        "seconds of computing lost for a second of traffic under it",
        calibrate,
    )


def _with_several(best: Candidate, one: Flags) -> str:
    """What it would be with several paths of a card."""
    values, unit = (best.minutes, "minutes") if best.minutes is not None else (best.step, "s a step")
    assert values is not None, "a candidate that runs has steps"
    several = np.quantile(values[~one], (0.1, 0.5, 0.9))
    first, middle, last = several.tolist()
    return (
        f"one path a card is taken to be the usual case, several to have a chance of {100.0 * SEVERAL:.0f} %: then it "
        f"is {middle:.3g} [{first:.3g}, {last:.3g}] {unit}"
    )


def _shares(best: Candidate, values: list[Numbers]) -> list[float]:
    """What of the variance each makes: causes are independent, so that squared correlations add up to about one."""
    target = best.minutes if best.minutes is not None else best.step
    assert target is not None, "a candidate that runs has steps"
    logarithm = np.log(target)
    found = []
    for value in values:
        spread = float(np.std(value)) * float(np.std(logarithm))
        found.append(0.0 if spread == 0.0 else float(np.corrcoef(value, logarithm)[0, 1]) ** 2)
    return found


def _outside(best: Candidate) -> Iterator[Doubt]:
    """What no interval covers."""
    machine = best.family.machine
    yield Doubt(
        "pipeline and tensor parallel layouts",
        None,
        "are not modelled: every device has the whole model, or with sharded data parallelism a share of its states",
        "a run of a few steps with the layout, as throughputs for --on",
    )
    if best.minutes is not None:
        counted = best.endured
        yield Doubt(
            "start-up and evaluations" if counted.how else "start-up, evaluations and checkpoints",
            None,
            "are not in the time: training alone is",
            "the wall time of one short run beside its steps",
        )
        if counted.between is not None:
            expected = 60.0 * best.middle(best.minutes) / counted.between
            yield Doubt(
                "how many failures it meets",
                None,
                f"{expected:.3g} on average: times are means, and a run that meets more takes longer",
                "the choice, simulated with its faults on several seeds",
            )
    if best.round:
        yield Doubt(
            "how models are averaged",
            None,
            "tensor after tensor, as by the published runs; in one piece there are fewer latencies, and parts that are "
            "averaged while computing goes on (streaming) cost less",
            "the seconds of one averaging over the link",
        )
    rows = [row for row in machine.rows if row.figure == "price"]
    for row in rows:
        yield Doubt("the price", None, f"{row.written}, as of {row.as_of}", f"today's price: {row.source}")
    if best.evidence.get("network") == CLASS_PRIOR and best.count > 1 and machine.nics is None:
        yield Doubt("network cards", None, f"nobody has published how many {machine.name} has", "its data sheet")
