"""The best run of each kind, of several that were tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sim.report.factors import has_key
from sim.report.label import settings

if TYPE_CHECKING:
    import polars as pl


class Best(NamedTuple):
    """The best runs of a table.

    Attributes
    ----------
    table
        Their rows, in the order of the whole table.
    said
        Of how many runs each is the best, over which settings.
    """

    table: pl.DataFrame
    said: str


def best_of(table: pl.DataFrame, key: str) -> Best:
    """The first row of each value of a column, of a table whose better rows come first.

    Parameters
    ----------
    table
        From :func:`sim.report.comparison.with_target`.
    key
        The column that says which runs are of one kind: ``protocol``.

    Raises
    ------
    ValueError
        If there is no such column.
    """
    rows, kinds = table.to_dicts(), kinds_of(table, key, "--best")
    tried = varied(rows, kinds, key)
    over = "; ".join(f"{name}: {', '.join(_values(rows, name))}" for name in tried)
    sizes = sorted({len(each) for each in kinds.values()})
    runs = f"{sizes[0]}" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    sentence = f"each {key} at the best of {runs} run{'' if sizes == [1] else 's'}" + (f" ({over})" if over else "")
    sentence += "; the same seeds chose and judge them" if tried else ""
    return Best(table[[each[0] for each in kinds.values()]], sentence)


def kinds_of(table: pl.DataFrame, key: str, option: str) -> dict[str, list[int]]:
    """The places of the rows that have each value of a column.

    Raises
    ------
    ValueError
        If there is no such column, which an option of the command has named.
    """
    has_key(key, table.columns, option)
    kinds: dict[str, list[int]] = {}
    for index, value in enumerate(table[key]):
        kinds.setdefault(str(value), []).append(index)
    return kinds


def varied(rows: list[dict[str, object]], kinds: dict[str, list[int]], key: str) -> list[str]:
    """The settings that tell rows of one kind apart, the seed aside."""
    return [name for name in settings(rows) if name not in (key, "seed") and _varies(rows, kinds, name)]


def _varies(rows: list[dict[str, object]], kinds: dict[str, list[int]], name: str) -> bool:
    """Whether a setting is what tells runs of one kind apart."""
    return any(len({str(rows[index].get(name)) for index in indices}) > 1 for indices in kinds.values())


def _values(rows: list[dict[str, object]], name: str) -> list[str]:
    """The values that were tried, in their order."""
    values = {row[name] for row in rows if row.get(name) is not None}
    try:
        return [str(value) for value in sorted(values)]  # type: ignore[type-var]
    except TypeError:
        return sorted(map(str, values))
