"""Interactions: whether a second method gains on a first where something else changes, too."""

from __future__ import annotations

import math

from sim.evidence.censored import horizon, restricted
from sim.evidence.difference import compare
from sim.plot.cells import Cell
from sim.plot.outcome import cut_off, outcome
from sim.plot.quantity import Quantity
from sim.study.claim import Measure
from sim.study.effect import Effect, percent, told
from sim.study.reading import Reading
from sim.study.table import Table


def gained(before: tuple[str, str], after: tuple[str, str], figure: str) -> Measure:
    """How much larger the ratio of a second method's figure to a first's has become (%); see `interaction`.

    Parameters
    ----------
    before, after
        The first and the second method, as a part and its settings each.
    figure
        Which figure.
    """

    def measure(table: Table) -> Effect:
        earlier, later = ((table.at(one), table.at(other)) for one, other in (before, after))
        return interaction(earlier, later, figure)

    said = " over ".join(before[::-1]), " over ".join(after[::-1])
    return Reading(measure, f"{Quantity(figure).words}, first {said[0]}, second {said[1]}")


def interaction(before: tuple[Cell, Cell], after: tuple[Cell, Cell], figure: str) -> Effect:
    """How much larger the ratio of a positive figure of two methods is afterwards than before (%), seed by seed.

    Times that were cut off count up to the bound that both methods of a pair have in common. Where all seeds of a group
    were cut off nothing is known of its ratio, and there is no effect.

    Parameters
    ----------
    before, after
        The first and the second method.
    figure
        Which figure.
    """
    found = [[outcome(cell, figure, None) for cell in pair] for pair in (before, after)]
    cells, groups = [*before, *after], [group for pair in found for group in pair]
    fewest = min(map(len, groups))
    if any(len(group) < len(cell.seeds) for cell, group in zip(cells, groups, strict=True)):
        return Effect(None, None, None, None, fewest, "%", "seeds without such a figure")
    cut = [cut_off(group) for group in groups]
    said = f"cut off: {', '.join(map(str, cut[:2]))} seeds before, {', '.join(map(str, cut[2:]))} after"
    if any(many == len(group) for many, group in zip(cut, groups, strict=True)):
        return Effect(None, None, None, None, fewest, "%", said)
    ratios = []
    for first, second in found:
        bound = horizon(first.values(), second.values())
        seeds = first.keys() & second.keys()
        ratios.append({s: math.log(restricted(second[s], bound) / restricted(first[s], bound)) for s in sorted(seeds)})
    return told(compare(*ratios), "%", said if any(cut) else "", percent)
