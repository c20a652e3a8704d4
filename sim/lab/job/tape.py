"""The tape of a process: what is written on it is computed at once, and its numbers can be sent and taken."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.cluster.blueprint import Blueprint
from sim.cluster.lesson import Lesson
from sim.cluster.player import largest_batch
from sim.problems.part import Ranges
from sim.streams import key
from sim.tape.player import Player
from sim.tape.recording import RecordingTape
from sim.tape.silent import SilentTape
from sim.tape.tape import Tape
from sim.tape.vector import PartialVector, Vector


class PromptTape(RecordingTape):
    """A tape of one row, in this thread: nothing waits on it.

    Parameters
    ----------
    player
        Plays it.
    initial
        The starting parameters ``[d]``.
    regions
        The parts that vectors are taken apart into.
    """

    def __init__(self, player: Player, initial: NDArray[Any], regions: list[Ranges]) -> None:
        super().__init__(player, initial, window=1)
        self._ranges = regions
        self.dtype = initial.dtype

    def numbers(self, x: Vector) -> NDArray[Any]:
        """The numbers of a vector, or of its part, in one piece; they are others' when its last handle has died."""
        slot = self.slot_of(x)
        whole = self._player.value(slot)
        if x.region == 0:
            return whole
        parts = [whole[low:high] for low, high in self._ranges[x.region - 1]]
        return parts[0] if len(parts) == 1 else np.concatenate([whole[:0], *parts])

    def taken(self, numbers: bytes | bytearray | memoryview | NDArray[Any], region: int = 0) -> Vector:
        """A vector, or its part, of numbers that have come from elsewhere."""
        told = numbers if isinstance(numbers, np.ndarray) else np.frombuffer(numbers, self.dtype)
        slot = self._new_slot()
        whole = self._player.value(slot)
        if region == 0:
            whole[:] = told
            return Vector(self, slot)
        begin = 0
        for low, high in self._ranges[region - 1]:
            whole[low:high] = told[begin : begin + high - low]
            begin += high - low
        return PartialVector(self, slot, region)


class MuteTape(SilentTape):
    """The same where nothing is learned: messages have no numbers."""

    dtype = np.dtype(np.float32)

    def numbers(self, x: Vector) -> NDArray[Any]:
        """None."""
        return np.empty(0, self.dtype)

    def taken(self, numbers: bytes | bytearray | memoryview | NDArray[Any], region: int = 0) -> Vector:
        """The one vector that there is."""
        return self._only


#: The tape of a process.
OwnTape = PromptTape | MuteTape


def own_tape(blueprint: Blueprint, seed: int, lesson: Lesson | None, slots: int) -> OwnTape:
    """Make a tape, whose store is this process' own.

    Parameters
    ----------
    blueprint
        What the experiment is.
    seed
        Number of the seed of every stream of randomness.
    lesson
        What is learned; None: nothing.
    slots
        Number of vectors to begin with.
    """
    if lesson is None:
        return MuteTape()
    regions, partition = list(blueprint.regions), blueprint.experiment.partition
    player = Player(
        lesson.task,
        lesson.local_data,
        key(seed, "batch"),
        replacement=partition.replacement,
        batch=largest_batch(blueprint),
        slots=slots,
        regions=regions,
    )
    return PromptTape(player, lesson.task.initial, regions)


def tape_of(x: Vector) -> OwnTape:
    """The tape of a vector of this process."""
    tape: Tape = x.tape
    assert isinstance(tape, PromptTape | MuteTape), "processes of a job have tapes of their own"
    return tape
