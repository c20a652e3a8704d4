"""A sender's compression at work."""

from __future__ import annotations

from collections.abc import Sequence

from sim.tape.vector import Vector


class Compressor:
    """Makes the gradients of one sender smaller, one after the other, and keeps what they leave out for the next.

    Parameters
    ----------
    rule
        Number of a rule of `kernels.compress`.
    coefficients
        Numbers that the rule asks for.
    states
        What the rule keeps from one message to the next, to begin with; the first is the error.
    key
        64 bits that name the random choices.
    """

    def __init__(self, rule: int, coefficients: Sequence[float], states: Sequence[Vector] = (), key: int = 0) -> None:
        self._rule = rule
        self._coefficients = coefficients
        self._states = list(states)
        self._key = key
        self._messages = 0

    def compress(self, gradient: Vector) -> Vector:
        """What the receiver makes of the message that this gradient becomes."""
        message, self._states = gradient.tape.compress(
            self._rule, gradient, self._states, self._coefficients, self._key, self._messages
        )
        self._messages += 1
        return message
