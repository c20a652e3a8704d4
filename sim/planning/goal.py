"""What has to be reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

#: What samples, minutes, dollars and rates may be: beyond, nothing is meant, and figures have no digits left.
LEAST, MOST = 1e-6, 1e18


@dataclass(frozen=True)
class Goal:
    """What a planner wants; None is left open.

    Parameters
    ----------
    accuracy
        Of the workload, 0 to 1: that which a public table of samples against batch is of.
    samples
        Samples to train on, 1e-6 to 1e18, in place of an accuracy.
    minutes
        By when (min), 1e-6 to 1e18.
    cost
        For how much (USD), 1e-6 to 1e18.
    utilisation
        Share of their time that devices compute, 0 to 1.
    confidence
        How sure all of that has to be (0 to 1, both excluded).
    """

    accuracy: float | None = None
    samples: float | None = None
    minutes: float | None = None
    cost: float | None = None
    utilisation: float | None = None
    confidence: float = 0.9

    def __post_init__(self) -> None:
        for name in ("accuracy", "utilisation", "confidence"):
            value = getattr(self, name)
            if value is not None and not 0.0 < value < 1.0:
                raise ValueError(f"goal.{name}: must be above 0 and below 1, got {value:g}; give for example 0.9")
        for name in ("samples", "minutes", "cost"):
            value = getattr(self, name)
            if value is not None and not LEAST <= value <= MOST:
                raise ValueError(f"goal.{name}: must be from {LEAST:g} to {MOST:g}, got {value:g}; give for example 60")
        if self.accuracy is not None and self.samples is not None:
            raise ValueError(
                f"goal.samples: {self.samples:g} contradicts goal.accuracy={self.accuracy:g}, which says how many it "
                "takes; give one of them"
            )
        if not self.asks:
            raise ValueError(
                "goal: nothing is asked; give goal.accuracy or goal.samples, with goal.minutes or goal.cost, or "
                "goal.utilisation"
            )
        if self.timed and not self.learns:
            raise ValueError(
                f"goal.{self.timed[0]}: of what? give goal.accuracy, or goal.samples, that is to be reached by then"
            )

    @property
    def asks(self) -> bool:
        """Whether anything is wanted."""
        return any(getattr(self, field.name) is not None for field in fields(self) if field.name != "confidence")

    @property
    def learns(self) -> bool:
        """Whether something is to be learned, so that a run has an end."""
        return self.accuracy is not None or self.samples is not None

    @property
    def timed(self) -> list[str]:
        """What bounds a whole run."""
        return [name for name in ("minutes", "cost") if getattr(self, name) is not None]

    @property
    def bounded(self) -> bool:
        """Whether anything is asked that a candidate may miss."""
        return bool(self.timed) or self.utilisation is not None

    def __str__(self) -> str:
        return " ".join(self._said())

    def _said(self) -> Iterator[str]:
        if self.accuracy is not None:
            yield f"to {100.0 * self.accuracy:.4g} %"
        if self.samples is not None:
            yield f"{self.samples:.4g} samples"
        if self.minutes is not None:
            yield f"in {self.minutes:.4g} minutes"
        if self.cost is not None:
            yield f"for {self.cost:.4g} USD"
        if self.utilisation is not None:
            yield f"computing {100.0 * self.utilisation:.4g} % of the time"
