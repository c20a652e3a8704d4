"""Running a cluster again on a clock that has been recorded, to learn something else on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.cluster.blueprint import Blueprint
from sim.cluster.cluster import Cluster
from sim.cluster.lesson import lesson_of
from sim.cluster.outcome import Clock, Outcome
from sim.cluster.player import largest_batch, player_of
from sim.cluster.recording import Moment, Recording
from sim.measuring.divergence import Divergence
from sim.measuring.evaluation_points import MANY
from sim.measuring.recorder import Progress
from sim.measuring.snapshot import Snapshot
from sim.tape.evaluation import Evaluation
from sim.tape.filling import Filler
from sim.tape.player import Player
from sim.tape.recording import window_rows
from sim.tape.reel import Reel


def terms(blueprint: Blueprint, player: Player) -> tuple[object, ...]:
    """What a tape depends on, beside the clock, of who plays it.

    Whether small mini-batches are united, and gradients are written late; how large windows are; whether evaluations
    are so large that there are few; and, where full gradients are measured, the settings that these are taken with.
    """
    rows = window_rows(player.parameters, largest_batch(blueprint))
    noiseless = player.noiseless.tolist() if blueprint.experiment.record.gradients else []
    return player.unites, player.threads, rows, player.measured > MANY, noiseless


def recording_of(cluster: Cluster, clock: Clock) -> Recording | None:
    """Take from a cluster that has run what others can use.

    None where there is nothing: what happened was decided by numbers, or stopped because the run diverged, or it was
    too much to be kept.
    """
    recorder, reel, player = cluster.world.recorder, cluster.reel, cluster.player
    if reel is None or player is None or recorder.zeros is None or recorder.stopped:
        return None
    moments = [
        Moment(*each[:6], each.evaluation.row, None if each.model is None else each.model.slot)
        for each in recorder.snapshots
    ]
    return Recording(reel, clock, moments, recorder.zeros.row, recorder.watched, terms(cluster.blueprint, player))


def run_again(
    blueprint: Blueprint, seed: int, recording: Recording, progress: Progress | None = None
) -> Outcome | None:
    """What a cluster comes to on a recorded clock.

    Parameters
    ----------
    blueprint, seed
        The cluster, which agrees with the recorded one in its clock (`sim.cluster.clockwork`).
    recording
        Of the other.
    progress
        Told now and then the virtual seconds and the share of the run that are done.

    Returns
    -------
    Outcome or None
        To the bit that of a run with a clock of its own. None where it needs one: it diverges and ends earlier, or its
        optimizer or executor does not suit the recording.
    """
    lesson, form, rate = lesson_of(blueprint, seed), blueprint.experiment.optimizer.stepper().form, blueprint.rate
    if lesson is None or form is None:
        return None
    filler = Filler(recording.reel, form, rate.at if rate.constant is None else lambda *_: float(rate.constant or 0.0))
    player = player_of(blueprint, seed, lesson, filler.slots)
    try:
        if terms(blueprint, player) != recording.terms:
            return None
        played = _Played(player, recording.reel)
        played.load(lesson.task.initial)
        divergence = Divergence(
            blueprint.experiment.until.diverged_factor, Evaluation(played, recording.zeros), player.loss_scale
        )
        start, seen = Evaluation(played, recording.moments[0].row), 0
        for piece in recording.reel.pieces:
            player.play(filler.window(piece))
            while seen < recording.watched and recording.moments[seen].row < piece.evaluations:
                if divergence.seen(Evaluation(played, recording.moments[seen].row), start):
                    return None
                seen += 1
            if progress is not None and seen > 0:
                progress(recording.moments[seen - 1].seconds, piece.evaluations / recording.reel.evaluations)
        snapshots = [_snapshot(played, moment) for moment in recording.moments]
        own = blueprint.experiment.protocol.own_models
        diverged = divergence.seen(snapshots[-1].evaluation, start, own=own)
        models = [player.value(each.model).copy() for each in recording.moments if each.model is not None]
        status = "diverged" if diverged else "completed"
        return Outcome(blueprint, seed, status, recording.clock, snapshots, models, learns=True)
    finally:
        player.close()
        player.release()


class _Played:
    """Knows what has been measured on a reel."""

    def __init__(self, player: Player, reel: Reel) -> None:
        self._player = player
        self._constants: Sequence[tuple[int, NDArray[np.float64] | None]] = reel.constants
        player.begin_measures(0, reel.evaluations)

    def load(self, initial: NDArray[np.floating]) -> None:
        """Put into the store what is there from the start."""
        for slot, numbers in self._constants:
            self._player.value(slot)[:] = initial if numbers is None else numbers

    def measures(self, row: int) -> NDArray[np.float64]:
        measures: NDArray[np.float64] = self._player.measures[row]
        return measures

    def watched(self, row: int) -> NDArray[np.float64]:
        return self.measures(row)


def _snapshot(played: _Played, moment: Moment) -> Snapshot:
    return Snapshot(*moment[:6], Evaluation(played, moment.row), None)
