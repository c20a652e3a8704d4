"""Errors of many predictions, averaged so that neither a long table nor a large cluster outweighs the others."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from sim.validation.row import Row

K = TypeVar("K", bound=Hashable)


class Verdict(NamedTuple):
    """What has come out for some rows.

    Attributes
    ----------
    rows
        How many there are.
    errors
        Of the prediction, which is called ``predicted``, and of each baseline: mean absolute error (%), averaged within
        the smallest groups of rows, then over the groups of each larger one, then over all; None where it says nothing.
    median
        The middle one of the prediction's absolute errors, a share of what was measured (%).
    coverage
        Share of the rows that are inside their interval (ratio).
    half_width
        Median of half the interval's width as a share of the prediction (ratio).
    """

    rows: int
    errors: Mapping[str, float | None]
    median: float
    coverage: float
    half_width: float

    @property
    def skill(self) -> float | None:
        """By which share the error is less than linear scaling's (ratio); None where there is no such baseline."""
        straight, predicted = self.errors.get("linear"), self.errors["predicted"]
        return 1.0 - predicted / straight if straight and predicted is not None else None


def verdict(rows: Sequence[Row]) -> Verdict:
    """Average over some rows.

    Parameters
    ----------
    rows
        At least one, all with the same baselines.
    """

    def said_by(name: str) -> float | None:
        return averaged(rows, lambda row: row.baselines[name])

    errors = {
        "predicted": averaged(rows, lambda row: row.predicted),
        **{name: said_by(name) for name in rows[0].baselines},
    }
    return Verdict(
        rows=len(rows),
        errors=errors,
        median=100.0 * statistics.median(row.error for row in rows),
        coverage=statistics.fmean(row.inside for row in rows),
        half_width=statistics.median(row.half_width for row in rows),
    )


def averaged(rows: Sequence[Row], said: Callable[[Row], float | None]) -> float | None:
    """Mean absolute error (%) of what somebody says, averaged group by group; None where nothing is said.

    Parameters
    ----------
    rows
        At least one, all with as many groups.
    said
        What is said of a row.
    """
    return _averaged(rows, said, len(rows[0].groups))


def by(rows: Iterable[Row], key: Callable[[Row], K]) -> dict[K, list[Row]]:
    """Rows that are alike, by what they have in common, in the order of the rows.

    Parameters
    ----------
    rows
        Some rows.
    key
        What those have in common that belong together.
    """
    found: defaultdict[K, list[Row]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return dict(found)


def _averaged(rows: Sequence[Row], said: Callable[[Row], float | None], groups: int) -> float | None:
    if groups:
        some = by(rows, lambda row: row.groups[groups - 1]).values()
        errors = [_averaged(group, said, groups - 1) for group in some]
    else:
        errors = [_error(said(row), row.measured) for row in rows]
    known = [error for error in errors if error is not None]
    return statistics.fmean(known) if known else None


def _error(said: float | None, measured: float) -> float | None:
    return None if said is None else 100.0 * abs(said / measured - 1.0)
