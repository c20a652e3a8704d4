"""What numbers are computed and sent in."""

from __future__ import annotations

from enum import StrEnum


class Precision(StrEnum):
    """What numbers are computed and sent in."""

    fp32 = "fp32"
    tf32 = "tf32"
    amp = "amp"
    bf16 = "bf16"

    @property
    def wire_bytes(self) -> int:
        """What an element has on the wire (B); with autocast gradients are in single precision."""
        return 2 if self is Precision.bf16 else 4

    @property
    def activation_bytes(self) -> int:
        """What an element between two layers has (B): a half, or the half of it that autocast computes in."""
        return 2 if self in (Precision.bf16, Precision.amp) else 4

    @property
    def master_bytes(self) -> int:
        """What the optimizer keeps of a parameter beside a weight in half precision: the same in single (B)."""
        return 4 if self is Precision.bf16 else 0
