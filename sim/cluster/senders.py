"""Whoever sends gradients in a run: what each message is made of, and what makes it smaller."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from sim.compressors.none import NoCompression
from sim.connections.server.modulation import Modulation
from sim.option_name import option_name
from sim.problems.part import Part
from sim.protocols import ServerProtocol
from sim.streams import stream

if TYPE_CHECKING:
    from sim.compressors.compressor import Compressor
    from sim.connections.group.buckets import Bucket
    from sim.experiment import Experiment
    from sim.problems import Problem
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

    Raises
    ------
    ValueError
        Where the compression does not fit what is sent, or what becomes of it.
    """

    def __init__(self, experiment: Experiment, tape: Tape, seed: int) -> None:
        self._compression = experiment.compression
        self._tape = tape
        self._seed = seed
        if self._compression != NoCompression():
            _check(experiment)

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
            for number, part in enumerate(parts)
        ]

    @cached_property
    def _zero(self) -> Vector:
        """What every sender has left out before its first message."""
        return self._tape.constant(0.0)


def bucket_parts(problem: Problem, buckets: Sequence[Bucket]) -> list[Part]:
    """What each bucket carries of the gradient: the last parameters first, in proportion to bytes."""
    size, total = problem.parameters, sum(bucket.nbytes for bucket in buckets)
    sent = accumulate(bucket.nbytes for bucket in buckets)
    cuts = [size, *(round(size * (1.0 - nbytes / total)) if total else 0 for nbytes in sent)]
    return [Part(problem, [(low, high)]) for high, low in pairwise(cuts)]


def _check(experiment: Experiment) -> None:
    """Refuse to compress what is not a gradient, what is weighed after a vote, and what nobody knows the shapes of."""
    compression, protocol = experiment.compression, experiment.protocol
    if not protocol.sends_gradients:
        raise ValueError(
            f"compression: {option_name(compression)} is for gradients, and protocol={option_name(protocol)} does not "
            "send gradients for an optimizer to follow; use compression=none, or a protocol that does, such as "
            "allreduce or hardsync"
        )
    weighs = isinstance(protocol, ServerProtocol) and protocol.modulation is Modulation.per_gradient
    if compression.votes and weighs:
        raise ValueError(
            "protocol.modulation: per_gradient gives every gradient a weight, and votes have none; use another "
            "modulation, or compression.mode=error_feedback"
        )
    try:
        compression.message_bytes(0.0, Part(experiment.problem, []))
    except ValueError as error:
        raise ValueError(f"problem.{error}") from error
