"""How gradients are made smaller before they are sent; the arithmetic is in `kernels.compress`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

import numpy as np

from sim.tape.vector import Vector, mean

if TYPE_CHECKING:
    from sim.compressors.compressor import Compressor
    from sim.problems.part import Part

#: A number travels in single precision, and an index in as much (B).
WORD = 4


class Carrier(NamedTuple):
    """A collective operation that carries messages: which one, and the size of each rank's message (B)."""

    operation: Literal["all_reduce", "reduce_scatter", "all_gather"]
    nbytes: float

    def vector_bytes(self, ranks: int) -> float:
        """Size of the whole vector, as `Collective` has it (B): of an all-gather the messages of all ranks."""
        return ranks * self.nbytes if self.operation == "all_gather" else self.nbytes


@dataclass
class Compression(ABC):
    """What becomes of a gradient on its way, of p where an error is fed back: p = g + e, C(p) is sent, e <- p - C(p).

    All rules are homogeneous, C(a p) = a C(p), and the optimizer's step follows: with a constant learning rate this is
    the p = lr g + e of the papers on error feedback.

    Attributes
    ----------
    linear
        Messages are linear in the gradient, and alike on all ranks in what they keep: the message of the mean is the
        mean of the messages. So they can be all-reduced, and what is left out of the mean is the mean of what is left
        out: one compressor serves a group. Other messages are all-gathered, and every rank adds them up itself.
    """

    linear: ClassVar[bool] = False

    @property
    def votes(self) -> bool:
        """Whether messages are counted, not added: none has more weight than another."""
        return False

    @property
    def states(self) -> int:
        """Vectors that every sender keeps from one message to the next: the error, and what a rule needs beside."""
        return 0

    @abstractmethod
    def message_bytes(self, nbytes: float, part: Part) -> float:
        """Size of what is sent instead of a part of a gradient that has `nbytes` (B)."""

    def encode_seconds(self, nbytes: float, part: Part) -> float:
        """How long making the message takes its sender, instead of a part of a gradient that has `nbytes` (s)."""
        return 0.0

    def decode_seconds(self, nbytes: float, part: Part) -> float:
        """How long reading one such message takes whoever has to add it up (s)."""
        return 0.0

    @abstractmethod
    def compressor(self, zero: Vector, part: Part, generator: np.random.Generator) -> Compressor | None:
        """Make a sender's compressor; None where this part is sent as it is.

        Parameters
        ----------
        zero
            The part of a vector that is sent, all zeros.
        part
            Which one.
        generator
            The sender's stream.
        """

    def carriers(self, nbytes: float, part: Part) -> list[Carrier]:
        """What the ranks of a group carry out, one after the other, instead of all-reducing `nbytes` (B)."""
        return [Carrier("all_reduce" if self.linear else "all_gather", self.message_bytes(nbytes, part))]

    def aggregate(self, messages: Sequence[Vector]) -> Vector:
        """What the receiver takes a step along, when it has these."""
        return mean(messages)
