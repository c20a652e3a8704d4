"""What each setting that varies over a sweep is drawn as: a colour, panels, or a choice of the best."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sim.report.factors import factors
from sim.report.label import setting

#: What the colour stands for, if it varies, before anything else.
_COLOURED = ("protocol", "topology")
#: As many values as colours can tell apart.
MOST_COLOURS = 8
#: So many panels at most: more are no longer seen side by side.
MOST_PANELS = 15

Row = Mapping[str, Any]


class Factor(NamedTuple):
    """A setting that varies.

    Attributes
    ----------
    name
        The column that has it.
    values
        Those that occur, in order; None, where some runs have no such setting, is not one of them.
    """

    name: str
    values: tuple[Any, ...]

    @property
    def numeric(self) -> bool:
        """Whether all values are numbers."""
        return all(isinstance(value, int | float) and not isinstance(value, bool) for value in self.values)

    def words(self, value: Any) -> str:
        """One of its values as a label says it."""
        return f"no {self.name}" if value is None else setting(self.name, value)


class Layout(NamedTuple):
    """How a sweep is drawn.

    Attributes
    ----------
    colour
        What the colour stands for.
    facets
        At most two, of whose values every combination has a panel.
    rest
        The others: of their values a panel shows the best.
    """

    colour: Factor
    facets: tuple[Factor, ...]
    rest: tuple[Factor, ...]


def varied(rows: Sequence[Row]) -> list[Factor]:
    """The settings that tell rows apart, as :func:`sim.report.factors.factors` finds them, with their values."""
    return [
        Factor(name, tuple(_ordered({row[name] for row in rows if row.get(name) is not None})))
        for name in factors(rows)
    ]


def layout(rows: Sequence[Row], figures: Sequence[float | None]) -> Layout | None:
    """How many rows are drawn; None where they have no factor that a colour could stand for, or no other one.

    Parameters
    ----------
    rows
        Of the table of groups, the best first.
    figures
        What each of them is ranked by (in that unit); None: it has none.
    """
    found = varied(rows)
    if len(found) < 2:
        return None
    named = [factor for name in _COLOURED for factor in found if factor.name == name]
    few = [factor for factor in found if len(factor.values) <= MOST_COLOURS]
    if not named and not few:
        return None
    colour = named[0] if named else max(few, key=lambda factor: (_effect(rows, figures, factor), -len(factor.values)))
    others = [factor for factor in found if factor != colour]
    facets: list[Factor] = []
    for factor in others:
        panels = math.prod(len(each.values) for each in (*facets, factor))
        if len(facets) < 2 and panels <= MOST_PANELS:
            facets.append(factor)
    facets.sort(key=lambda factor: len(factor.values))
    return Layout(colour, tuple(facets), tuple(factor for factor in others if factor not in facets))


def name_of(row: Row, colour: Factor) -> str:
    """The name that the colour of a row stands for, as the mark of it in every figure has it."""
    value = row.get(colour.name)
    return f"no {colour.name}" if value is None else str(value)


def panels(chosen: Sequence[Factor], rows: Sequence[Row]) -> Iterator[tuple[tuple[Any, ...], list[Row]]]:
    """The rows of each combination of values of some factors, in order; who has no such setting is in all of them."""
    for values in _combinations(chosen):
        shown = [
            row
            for row in rows
            if all(row.get(factor.name) in (value, None) for factor, value in zip(chosen, values, strict=True))
        ]
        if shown:
            yield values, shown


def _combinations(chosen: Sequence[Factor]) -> Iterator[tuple[Any, ...]]:
    if not chosen:
        yield ()
        return
    for value in chosen[0].values:
        yield from ((value, *others) for others in _combinations(chosen[1:]))


def _effect(rows: Sequence[Row], figures: Sequence[float | None], factor: Factor) -> float:
    """The share of the spread of the figures that lies between the values of a factor (eta squared)."""
    of_value: dict[Any, list[float]] = defaultdict(list)
    for row, figure in zip(rows, figures, strict=True):
        if figure is not None:
            of_value[row.get(factor.name)].append(figure)
    everything = [figure for group in of_value.values() for figure in group]
    if not everything:
        return 0.0
    middle = math.fsum(everything) / len(everything)
    spread = math.fsum((figure - middle) ** 2 for figure in everything)
    between = math.fsum(len(group) * (math.fsum(group) / len(group) - middle) ** 2 for group in of_value.values())
    return between / spread if spread else 0.0


def _ordered(values: set[Any]) -> list[Any]:
    """Numbers by their size, words in the order of letters."""
    return sorted(values, key=lambda value: (isinstance(value, str), value if isinstance(value, str) else 0.0 + value))
