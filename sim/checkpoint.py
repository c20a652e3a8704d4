"""What the user says of checkpoints."""

from __future__ import annotations

from dataclasses import dataclass

from topologies.field_error import FieldError
from topologies.ranges import check

#: In place of a number of seconds: Daly's interval for the rate of failures.
YOUNG_DALY = "young_daly"


@dataclass
class Checkpoint:
    """When the model is written down, to go on from after a failure.

    Parameters
    ----------
    every_seconds
        Working time from the end of one checkpoint to the beginning of the next (s), > 0, or young_daly: Daly's
        interval for the rates of failure that `faults` has; None: none by time.
    every_updates
        Updates from one checkpoint to the next, >= 1; None: none by updates.
    bytes
        Size of a checkpoint (B), >= 0; None: weights and optimizer state of the model.
    rate
        Rate at which storage is written and read (B/s), > 0. It is shared by all who write or read at a time.
    write_seconds
        Time that writing takes (s), >= 0; None: bytes / rate.
    restore_seconds
        Time that reading takes (s), >= 0; None: bytes / rate.
    blocking
        Nobody computes while a checkpoint is written; else it is copied at once and written beside: true or false.
    """

    every_seconds: str | int | float | None = None
    every_updates: int | None = None
    bytes: float | None = None
    rate: float = 1e9
    write_seconds: float | None = None
    restore_seconds: float | None = None
    blocking: bool = True

    def __post_init__(self) -> None:
        if isinstance(self.every_seconds, str):
            self.every_seconds = _seconds(self.every_seconds)
        if not isinstance(self.every_seconds, str):
            check("every_seconds", self.every_seconds, "give seconds, or young_daly", above=0.0)
        check("every_updates", self.every_updates, at_least=1)
        check("bytes", self.bytes, "give the size of a checkpoint", at_least=0.0)
        check("rate", self.rate, "give B/s", above=0.0)
        check("write_seconds", self.write_seconds, at_least=0.0)
        check("restore_seconds", self.restore_seconds, at_least=0.0)

    @property
    def active(self) -> bool:
        """Whether there are any."""
        return self.every_seconds is not None or self.every_updates is not None

    def seconds(self, given: float | None, held: float) -> float:
        """How long a checkpoint is written or read (s), given or by its size, else by that of what is held (B)."""
        return (held if self.bytes is None else self.bytes) / self.rate if given is None else given


def _seconds(text: str) -> str | float:
    if text == YOUNG_DALY:
        return text
    try:
        return float(text)
    except ValueError as error:
        raise FieldError("every_seconds", f"must be a number or {YOUNG_DALY}, got {text!r}; give seconds") from error
