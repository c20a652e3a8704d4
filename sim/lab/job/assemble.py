"""From the notes of all processes to what a job has come to."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.tape.measures import DISTANCE, TEST, TRAINING
from sim.connections.server.serves import Serves
from sim.lab.job.diary import By
from sim.lab.job.frame import HEAD_BYTES
from sim.lab.job.measured import Evaluated, Measured, WorkerTimes
from sim.lab.job.plan import Plan
from sim.lab.job.tape import PromptTape, own_tape
from sim.measuring.evaluation_points import ROUNDING
from sim.measuring.evaluator import Evaluator

Notes = dict[str, NDArray[Any]]
Times = NDArray[np.float64]


def assemble(plan: Plan, machine_share: float) -> Measured:
    """Read what processes have noted, and measure the models that they have kept.

    Parameters
    ----------
    plan
        The job, which is over.
    machine_share
        Share of the machine's cores that was taken meanwhile (0 to 1).
    """
    notes = [_read(plan, number) for number in range(len(plan.hosts))]
    own = [notes[number] for number in plan.measuring]
    updated = _update_seconds(plan, own)
    seconds = _end(plan, own, updated)
    updated = updated[updated <= seconds]
    models, evaluations = _evaluate(plan, _moments(plan, own, updated, seconds))
    workers = [_times(each, seconds) for each in notes[: plan.workers]]
    sent, beside = (sum(column) for column in zip(*(_sent(each, seconds) for each in notes), strict=True))
    return Measured(
        seconds=seconds,
        updates=len(updated),
        gradients=sum(len(each.computed) for each in workers),
        update_seconds=updated,
        evaluations=evaluations,
        models=models,
        workers=workers,
        staleness=_staleness(own, seconds) if plan.served else Counter(),
        bytes_sent=None if plan.by_gloo else sent,
        bytes_beside=beside,
        cpu_shares=[float(each["cpu_share"]) for each in notes],
        machine_share=machine_share,
        remarks=_remarks(plan),
    )


def _remarks(plan: Plan) -> list[str]:
    """What the job has left to its prediction."""
    until, record = plan.blueprint.experiment.until, plan.blueprint.experiment.record
    remarks = []
    if until.has_target:
        remarks.append("a target does not end the job: it is looked for in the models that were kept")
    if record.spans or record.gradients:
        remarks.append("record.spans and record.gradients are of the prediction alone")
    if plan.by_gloo:
        remarks.append("gloo sends for itself: its bytes are not counted")
    return remarks


def _read(plan: Plan, number: int) -> Notes:
    with np.load(plan.notes(number), allow_pickle=False) as file:
        return dict(file)


def _update_seconds(plan: Plan, own: Sequence[Notes]) -> Times:
    """When each update was made: by the last shard or worker that took part in it (s).

    Of asynchronous workers it is as many steps as there are workers, whoever takes them.
    """
    columns = [each["updated"] for each in own]
    if plan.worded:
        steps = np.sort(np.concatenate(columns))
        return steps[plan.workers - 1 :: plan.workers]
    count = min(map(len, columns))
    last: Times = np.max([column[:count] for column in columns], axis=0)
    return last


def _end(plan: Plan, own: Sequence[Notes], updated: Times) -> float:
    """When the job was over (s): at its last second, or at the update, or the samples, that were the last."""
    experiment, limits = plan.blueprint.experiment, plan.limits
    gradients = np.full(len(updated), plan.workers)
    if isinstance(experiment.protocol, Serves):
        gradients = own[0]["together"][: len(updated)] * experiment.protocol.gradients_per_push
    updates, samples = np.arange(1, len(updated) + 1), gradients.cumsum() * experiment.samples_per_gradient
    reached = np.flatnonzero((updates >= limits.most_updates) | (samples >= limits.most_samples))
    ends = [] if limits.seconds is None else [limits.seconds]
    ends += [float(updated[reached[0]])] if len(reached) else []
    return min(ends)


class _Moment(NamedTuple):
    """Models of one moment: what each process that is measured had then."""

    seconds: float
    updates: int
    parts: list[NDArray[Any]]


def _moments(plan: Plan, own: Sequence[Notes], updated: Times, end: float) -> list[_Moment]:
    """The moments at which every process has kept its model, in order, up to the end (s)."""
    kept: defaultdict[tuple[int, int], list[tuple[float, NDArray[Any]]]] = defaultdict(list)
    for each in own:
        columns = (each[f"kept_{name}"] for name in ("by", "number", "seconds", "models"))
        for by, number, seconds, model in zip(*columns, strict=True):
            kept[int(by), int(number)].append((float(seconds), model))
    moments = []
    for (by, number), models in kept.items():
        seconds, updates = max(instant for instant, _ in models), number
        if by == By.clock:
            updates = int(np.searchsorted(updated, seconds, "right"))
            due = number * (plan.points().period or end)
            within = due <= end * (1.0 + ROUNDING)
        else:
            within = number <= len(updated)
        if within and len(models) == len(own):
            moments.append(_Moment(seconds, updates, [model for _, model in models]))
    return sorted(moments, key=lambda moment: moment.seconds)


def _evaluate(plan: Plan, moments: Sequence[_Moment]) -> tuple[NDArray[Any], list[Evaluated]]:
    """The models of some moments ``[n, d]``, and their measures."""
    tape = own_tape(plan.blueprint, plan.seed, plan.lesson, 2 * plan.workers + 16)
    evaluator = Evaluator(tape, plan.blueprint.experiment.record.without_more())
    models, found = [], []
    with tape:
        for seconds, updates, parts in moments:
            if not isinstance(tape, PromptTape):
                found.append(Evaluated(seconds, updates, *[math.nan] * 4))
                continue
            shared = [tape.taken(_whole(plan, parts))] if plan.served else []
            own = [] if plan.served else [tape.taken(part) for part in parts]
            x = evaluator.model(shared, own)
            measures = evaluator.evaluate(x, shared, own).measures()
            losses = measures[TRAINING], measures[TEST], measures[TEST + 1], measures[DISTANCE]
            found.append(Evaluated(seconds, updates, *map(float, losses)))
            models.append(tape.numbers(x).copy())
    return np.array(models), found


def _whole(plan: Plan, parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """The model whose parts shards have."""
    if len(parts) == 1:
        return parts[0]
    whole = np.empty(sum(map(len, parts)), parts[0].dtype)
    for shard, part in zip(plan.blueprint.layout, parts, strict=True):
        begin = 0
        for low, high in shard.ranges:
            whole[low:high] = part[begin : begin + high - low]
            begin += high - low
    return whole


def _times(notes: Notes, end: float) -> WorkerTimes:
    """The gradients that a worker had completed until the end (s)."""
    count = int(np.searchsorted(notes["computed_at"], end, "right"))
    columns = (notes[name][:count] for name in ("began", "computed_at", "asked", "busy", "late"))
    return WorkerTimes(*columns)


def _staleness(own: Sequence[Notes], end: float) -> Counter[int]:
    """That of the gradients that all shards had applied until the end (s)."""
    found: Counter[int] = Counter()
    for each in own:
        updates = int(np.searchsorted(each["updated"], end, "right"))
        found.update(each["staleness"][: each["together"][:updates].sum()].tolist())
    return found


def _sent(notes: Notes, end: float) -> tuple[int, int]:
    """Bytes that a process had sent until the end (s), as the simulator counts them and beside that."""
    count = int(np.searchsorted(notes["sent_at"], end))  # what the last update is followed by is left out
    return int(notes["sizes"][:count].sum()), count * HEAD_BYTES
