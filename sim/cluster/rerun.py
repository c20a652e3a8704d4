"""Running a cluster again on a clock that has been recorded, to learn something else on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from sim.cluster.blueprint import Blueprint
from sim.cluster.clockwork import clockwork
from sim.cluster.cluster import Cluster
from sim.cluster.lesson import lesson_of
from sim.cluster.outcome import Clock, Outcome
from sim.cluster.player import largest_batch, player_of
from sim.cluster.recording import Moment, Recording, Recordings
from sim.measuring.divergence import Divergence
from sim.measuring.evaluation_points import MANY
from sim.measuring.recorder import Progress
from sim.measuring.snapshot import Snapshot
from sim.memory import available_memory
from sim.tape.evaluation import Evaluation
from sim.tape.filling import Filler
from sim.tape.playback import Playback
from sim.tape.player import Player
from sim.tape.window_rows import window_rows


def terms(blueprint: Blueprint, player: Player) -> tuple[object, ...]:
    """What a tape depends on, beside the clock, of who plays it.

    Whether small mini-batches are united; how long slots rest; how large windows are; whether evaluations are so large
    that there are few; where full gradients are measured, the settings that these are taken with, and where curvature
    is, how.
    """
    rows = window_rows(player.parameters, largest_batch(blueprint))
    record = blueprint.experiment.record
    noiseless = player.noiseless.tolist() if record.gradients or record.curvature else []
    curvature = player.curvature if record.curvature else None
    return player.unites, player.threads, rows, player.measured > MANY, noiseless, curvature


def recording_of(cluster: Cluster, clock: Clock) -> Recording | None:
    """Take from a cluster that has run what others can use.

    None where there is nothing: what happened was decided by numbers, or it was too much to be kept.
    """
    recorder, reel, player = cluster.world.recorder, cluster.reel, cluster.player
    divergence = recorder.divergence
    if reel is None or player is None or divergence is None:
        return None
    moments = [
        Moment(*each[:-2], each.evaluation.row, None if each.model is None else each.model.slot)
        for each in recorder.snapshots
    ]
    zeros, agreed = divergence.zeros.row, terms(cluster.blueprint, player)
    return Recording(reel, clock, moments, zeros, divergence.watched, divergence.stopped, agreed)


def run_again(
    blueprint: Blueprint, seed: int, recordings: Recordings, progress: Progress | None = None
) -> Outcome | None:
    """What a cluster comes to on a recorded clock.

    Parameters
    ----------
    blueprint
        The cluster.
    seed
        Number of the seed that it runs with.
    recordings
        Of others.
    progress
        Told now and then the virtual seconds and the share of the run that are done.

    Returns
    -------
    Outcome or None
        To the bit that of a run with a clock of its own. None where it needs one: none has been recorded that agrees
        with its own, or it stops where no other has, or its optimizer or executor does not suit the recording.
    """
    clock = clockwork(blueprint, seed)
    recording = recordings.get(clock)
    if recording is None:
        return None
    with _rerun(blueprint, seed, recording) as rerun:
        if rerun is None:
            return None
        diverged = rerun.play(progress)
        stopped = recording if diverged is None else recordings.get(clock, diverged)
        if stopped is recording or (stopped is not None and not blueprint.experiment.protocol.own_models):
            return rerun.outcome(stopped)
    return None if stopped is None else _run_to_stop(blueprint, seed, stopped, progress)


def _run_to_stop(blueprint: Blueprint, seed: int, stopped: Recording, progress: Progress | None) -> Outcome | None:
    """The same on a clock that has been stopped, whose last row measures the workers' own models."""
    with _rerun(blueprint, seed, stopped) as rerun:
        if rerun is None or rerun.play(progress) != stopped.watched - 1:
            return None
        return rerun.outcome(stopped)


@contextmanager
def _rerun(blueprint: Blueprint, seed: int, recording: Recording) -> Iterator[_Rerun | None]:
    """One that is ready; None where optimizer or executor do not suit the recording."""
    lesson, form, rate = lesson_of(blueprint, seed), blueprint.experiment.optimizer.stepper().form, blueprint.rate
    if lesson is None or form is None:
        yield None
        return
    filler = Filler(recording.reel, form, rate.at if rate.constant is None else rate.constant)
    if filler.slots * lesson.task.initial.nbytes > available_memory():  # states have two slots each
        yield None
        return
    player = player_of(blueprint, seed, lesson, filler.slots)
    playback = Playback(player)
    playback.begin()
    try:
        suits = terms(blueprint, player) == recording.terms
        yield _Rerun(blueprint, seed, recording, player, playback, filler, lesson.task.initial) if suits else None
    finally:
        playback.end()
        player.release()


class _Rerun:
    """A run on a recorded clock. It knows what it has measured."""

    def __init__(
        self,
        blueprint: Blueprint,
        seed: int,
        recording: Recording,
        player: Player,
        playback: Playback,
        filler: Filler,
        initial: NDArray[np.floating],
    ) -> None:
        self._blueprint = blueprint
        self._seed = seed
        self._recording = recording
        self._player = player
        self._playback = playback
        self._filler = filler
        for slot, numbers in recording.reel.constants:
            player.value(slot)[:] = initial if numbers is None else numbers
        player.begin_measures(0, recording.reel.evaluations)
        self._start = Evaluation(self, recording.moments[0].row)
        factor = blueprint.experiment.until.diverged_factor
        self._divergence = Divergence(factor, Evaluation(self, recording.zeros), player.loss_scale)

    def measures(self, row: int) -> NDArray[np.float64]:
        measures: NDArray[np.float64] = self._player.measures[row]
        return measures

    def watched(self, row: int) -> NDArray[np.float64]:
        return self.measures(row)

    def play(self, progress: Progress | None) -> int | None:
        """Play the tape, up to the evaluation at which the clock would have stopped.

        Returns
        -------
        int or None
            Number of the evaluation that has diverged, which would have been noticed at the one after it.
        """
        reel, moments, watched = self._recording.reel, self._recording.moments, self._recording.watched
        looked, diverged = 0, None
        for piece in reel.pieces:
            self._playback.play(self._filler.window(piece), piece.evaluations)
            self._playback.wait()
            while diverged is None and looked < watched and moments[looked].row < piece.evaluations:
                if self._divergence.seen(Evaluation(self, moments[looked].row), self._start):
                    diverged = looked
                looked += 1
            if diverged is not None and moments[diverged + 1].row < piece.evaluations and not self._recording.stopped:
                return diverged
            if progress is not None and looked > 0:
                progress(moments[looked - 1].seconds, piece.evaluations / reel.evaluations)
        return diverged

    def outcome(self, ended: Recording) -> Outcome:
        """What has come of it, where the clock ended as that of a recording."""
        moments = self._recording.moments[: len(ended.moments)]
        snapshots = [Snapshot(*moment[:-2], Evaluation(self, moment.row), None) for moment in moments]
        own = self._blueprint.experiment.protocol.own_models
        diverged = ended.stopped or self._divergence.seen(snapshots[-1].evaluation, self._start, own=own)
        models = [self._player.value(moment.model).copy() for moment in moments if moment.model is not None]
        status = "diverged" if diverged else "completed"
        return Outcome(self._blueprint, self._seed, status, ended.clock, snapshots, models, learns=True)
