"""plan.json: all of a plan, for machines and for its page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np

from sim.catalogue.row import Row
from sim.evidence.range import Range
from sim.physics import PHYSICS
from sim.planning.candidate import Candidate
from sim.planning.choice import Choice, said_of
from sim.planning.goal import Goal
from sim.planning.pace import SHARES
from sim.planning.sensitivity import Saved
from sim.planning.settings import Settings
from sim.planning.unsure import Doubt


class Plan(NamedTuple):
    """A plan.

    Attributes
    ----------
    command
        That makes it again.
    workload
        What is trained.
    goal
        What has to be reached.
    choice
        What is recommended, and all candidates.
    saved
        What doubling each part would buy.
    doubts
        What it is not sure of.
    answer
        The decision in two sentences.
    notes
        What a reader has to know beside.
    settings
        With what candidates were judged.
    """

    command: str
    workload: str
    goal: Goal
    choice: Choice
    saved: Sequence[Saved]
    doubts: Sequence[Doubt]
    answer: Sequence[str]
    notes: Sequence[str]
    settings: Settings


def as_document(plan: Plan) -> dict[str, Any]:
    """The whole plan as JSON has it: numbers are plain and finite.

    Parameters
    ----------
    plan
        The plan.
    """
    choice = plan.choice
    candidates = [_candidate(each, choice) for each in choice.ordered]
    best = None
    if choice.best is not None:
        best = {**candidates[0], "bound_by": candidates[0]["why"]["bound_by"], "meets": choice.meets}
    counts = sorted({each.count for each in choice.ordered})
    return {
        "paceline": "plan",
        "version": version("paceline"),
        "physics": PHYSICS,
        "question": {
            "command": plan.command,
            "workload": plan.workload,
            "goal": asdict(plan.goal),
            "machines": list(dict.fromkeys(each.family.machine.name for each in choice.ordered)),
            "counts": counts,
        },
        "answer": list(plan.answer),
        "notes": list(plan.notes),
        "recommendation": best,
        "candidates": candidates,
        "sensitivity": [_saved(each) for each in plan.saved],
        "unsure": [each._asdict() for each in plan.doubts],
        "provenance": {
            "draws": plan.settings.draws,
            "seed": 0,
            "assumptions": list(_assumptions(plan)),
        },
    }


def _candidate(candidate: Candidate, choice: Choice) -> dict[str, Any]:
    family, pace, memory = candidate.family, candidate.pace, candidate.memory
    verified = candidate.verified
    return {
        "name": f"{candidate.count} x {family.machine.name}",
        "machine": family.machine.name,
        "count": candidate.count,
        "devices": candidate.devices,
        "batch": family.batch,
        "global_batch": candidate.batch,
        "varied": list(family.varied),
        "overrides": [f"workers={candidate.devices}", *family.words],
        "status": candidate.status,
        "said": said_of(candidate, choice),
        "by": None if pace is None else pace.by,
        "pareto": candidate in choice.front,
        "chance": candidate.chance,
        "time": _range(candidate.range_of(candidate.minutes), "min"),
        "cost": _range(candidate.range_of(candidate.cost), "USD"),
        "energy": _range(candidate.range_of(candidate.energy), "kWh"),
        "step_seconds": _range(candidate.range_of(candidate.step), "s"),
        "samples_per_second": _range(None if pace is None else candidate.range_of(pace.rate), "1/s"),
        "samples": _range(candidate.range_of(candidate.samples), "count"),
        "utilisation": _range(None if pace is None else candidate.range_of(pace.shares["compute"]), "ratio"),
        "evidence": candidate.evidence,
        "failures": failures(candidate),
        "why": None if pace is None else _why(candidate),
        "formula_seconds": None if verified is None else verified.formula,
        "engine_seconds": None if verified is None else verified.engine,
        "collective": None
        if verified is None or not verified.chosen
        else {"auto": verified.chosen, "step_seconds": verified.auto},
        "memory": None
        if memory is None
        else {"needed": memory.total, "capacity": memory.capacity, "fits": memory.fits},
    }


def failures(candidate: Candidate) -> dict[str, Any] | None:
    """What failures leave; None: there are none, and nothing is written down for them."""
    left, seen = candidate.endured, candidate.survived
    if not left.how:
        return None
    return {
        "goodput": left.share,
        "seconds_between": left.between,
        "checkpoint_every_seconds": left.every,
        "spare_machines": left.spares,
        "paid_ratio": left.paid,
        "by": left.how,
        "engine_goodput": None if seen is None else seen.share,
        "engine_failures": None if seen is None else seen.failures,
    }


def _why(candidate: Candidate) -> dict[str, Any]:
    pace = candidate.pace
    assert pace is not None, "only asked of what runs"
    shares = {name: pace.share(name) for name in SHARES}
    whole = sum(shares.values())
    return {
        **{name: share / whole for name, share in shares.items()},
        "epochs_factor": candidate.epochs_factor,
        "busiest_link": candidate.link,
        "bound_by": pace.bound_by,
    }


def _saved(saved: Saved) -> dict[str, Any]:
    return {
        "part": saved.part,
        "factor": saved.factor,
        "seconds_saved_share": saved.share.middle,
        "low80": saved.share.low,
        "high80": saved.share.high,
        "said": saved.said,
    }


def _range(range_: Range | None, unit: str) -> dict[str, float | str] | None:
    if range_ is None or not np.all(np.isfinite(range_)):
        return None
    return {"middle": range_.middle, "low80": range_.low, "high80": range_.high, "unit": unit}


def _assumptions(plan: Plan) -> Iterator[Mapping[str, str]]:
    """Every figure that a plan stands on, with its source and date."""
    said: set[tuple[str, ...]] = set()
    for line in _figures(plan):
        if line not in said:
            said.add(line)
            yield dict(zip(("what", "value", "source", "as_of"), line, strict=True))


def _figures(plan: Plan) -> Iterator[tuple[str, str, str, str]]:
    if plan.settings.samples.source:
        yield ("samples to the goal", plan.settings.samples.source, "sim/efficiency/batch_law.py", "")
    families = {id(each.family): each for each in plan.choice.ordered if each.pace is not None}
    for each in families.values():
        family = each.family
        for row in family.machine.rows:
            if row.figure in ("price", "nic_rate", "nics"):
                yield _of(row)
        job = plan.settings.known.job(family)
        if not job.computing.rows:
            yield (f"computing of {family.machine.name}", job.computing.said, "", "")
        for row in (*job.computing.rows, *(each.power.rows if each.power else ())):
            yield _of(row)
        if each.power is not None:
            yield (f"power of {family.machine.name}", each.power.said, "sim/planning/power.py", "")
        learned = f"public tables of such machines: {', '.join(job.seen)}" if job.seen else "public tables of others"
        yield (f"network of {family.machine.name}", f"{job.network}; {learned}", "paceline validate scaling", "")


def _of(row: Row) -> tuple[str, str, str, str]:
    what = " ".join(part for part in (row.figure, "of", row.name, row.workload, row.precision) if part)
    return (what, row.written, row.source, row.as_of)
