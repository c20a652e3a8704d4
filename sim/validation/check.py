"""A check: public measurements of one kind, and how they are predicted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from sim.validation.row import Row

#: The quantiles at the ends of an interval of 80 %.
LOW, HIGH = 0.1, 0.9


class Asked(NamedTuple):
    """What a user asks of a check.

    Attributes
    ----------
    on
        The file to predict; None: the package's own digest.
    calibrate_on
        The file to learn from; None: the package's own digest.
    given
        Up to which size points are known, too; None: as the check has it.
    """

    on: Path | None = None
    calibrate_on: Path | None = None
    given: int | None = None

    def without(self, **refused: str) -> None:
        """Refuse options that a check has no use for.

        Parameters
        ----------
        refused
            Why not, by the name of the attribute.

        Raises
        ------
        ValueError
            In one line, if one of them is given.
        """
        for name, why in refused.items():
            if getattr(self, name) is not None:
                flag = {"given": "given-up-to"}.get(name, name.replace("_", "-"))
                raise ValueError(f"--{flag}: {why}; leave it out")


def told(name: str, value: object, row: Row) -> bool:
    """Whether a fact of a row has a value.

    Parameters
    ----------
    name
        Key of the fact.
    value
        What it is to be.
    row
        The row.
    """
    return row.facts[name] == value


class Part(NamedTuple):
    """Some of the rows, told apart from the others.

    Attributes
    ----------
    name
        Its key in JSON.
    said
        What it is called where somebody reads.
    fits
        Whether a row is among them; can be pickled, so that checks can be made beside each other.
    """

    name: str
    said: str
    fits: Callable[[Row], bool]


@dataclass(frozen=True)
class Found:
    """What has come out.

    Parameters
    ----------
    rows
        Measurements beside predictions, at least one.
    parts
        Which of them are told apart.
    left_out
        What of the file is not predicted: the name of each, and why.
    summary
        What else is told in JSON, by key.
    remarks
        What else is told to people, a line each.
    """

    rows: Sequence[Row]
    parts: Sequence[Part] = ()
    left_out: Sequence[tuple[str, str]] = ()
    summary: Mapping[str, object] = field(default_factory=dict)
    remarks: Sequence[str] = ()


@dataclass(frozen=True)
class Check:
    """A kind of measurement, and how it is predicted.

    Parameters
    ----------
    name
        As the command line has it.
    what
        What is predicted of what, in a line.
    unit
        Of what is measured; empty: a ratio.
    judge
        Predicts what is asked for. Raises ValueError in one line, or OSError, where a user can put something right.
    """

    name: str
    what: str
    unit: str
    judge: Callable[[Asked], Found]
