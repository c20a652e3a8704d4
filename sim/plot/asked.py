"""What a figure is asked to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

#: Widths of a figure on paper (mm): of one column of a page, and of both.
COLUMNS = {1: 89.0, 2: 183.0}
FORMATS = ("pdf", "svg", "png")


@dataclass(frozen=True)
class Asked:
    """A figure and its table.

    Attributes
    ----------
    y
        What is shown: a figure of the summary, a measure of metrics.csv, `speed_up` and its like, `staleness`,
        `utilisation` or `gantt`; None: what the runs have raced for.
    x
        Over what: a setting, a figure of the summary, or an axis of a curve; None: what suits y.
    by
        Settings whose values have a colour, dashes and a marker each; None: all that vary and are nothing else.
    facets
        Settings whose values have a panel each.
    where
        Setting -> values, as texts, that runs must have to be shown.
    best
        Settings of whose values only the best is shown, for each point.
    target
        Test accuracy that runs race to, 0 to 1; None: the one that they have raced to.
    baseline
        The name that others are compared with in the table; None: the first.
    window
        From when to when a Gantt chart goes (s); None: over the first gradients.
    columns
        Widths (number of columns of a page).
    formats
        Of the files.
    """

    y: str | None = None
    x: str | None = None
    by: Sequence[str] | None = None
    facets: Sequence[str] = ()
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)
    best: Sequence[str] = ()
    target: float | None = None
    baseline: str | None = None
    window: tuple[float, float] | None = None
    columns: Sequence[int] = (1, 2)
    formats: Sequence[str] = FORMATS
