"""Whoever sends gradients in a run: what each message is made of, and what makes it smaller."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from sim.compressors.none import NoCompression
from sim.problems.part import Part
from sim.streams import stream

if TYPE_CHECKING:
    from sim.compressors.compressor import Compressor
    from sim.experiment import Experiment
    from sim.tape.tape import Tape
    from sim.tape.vector import Vector


class Senders:
    """The compressors of a run.

    Parameters
    ----------
    experiment
        What compresses what.
    tape
        Where errors are kept.
    seed
        The seed of every stream of randomness.
    """

    def __init__(self, experiment: Experiment, tape: Tape, seed: int) -> None:
        self._compression = experiment.compression
        self._tape = tape
        self._seed = seed

    def compressors(self, parts: Sequence[Part], *sender: int) -> list[Compressor | None]:
        """One for each part of the sender's gradients, or None; the sender is a rank or, without one, a whole group."""
        if self._compression == NoCompression():
            return [None] * len(parts)
        return [
            self._compression.compressor(
                self._zero.part(number + 1) if len(parts) > 1 else self._zero,
                part,
                stream(self._seed, "compression", *sender, number),
            )
            if part.size > 0
            else None
            for number, part in enumerate(parts)
        ]

    @cached_property
    def _zero(self) -> Vector:
        """What every sender has left out before its first message."""
        return self._tape.constant(0.0)
