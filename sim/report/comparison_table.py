"""The page's table: the best rows, and all others folded away by what their colour stands for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from html import escape

from sim.report.columns import Column
from sim.report.comparison import Comparison
from sim.report.look import OTHER, Look
from sim.results.units import number

#: So many rows stand open; of a few more, all do.
_BEST, _FEW = 20, 24


def comparison_table(
    rows: Sequence[Comparison],
    looks: Mapping[str, Look],
    names: Mapping[str, str],
    shown: Sequence[Column],
) -> str:
    """The section.

    Parameters
    ----------
    rows
        All of them, the best first.
    looks
        The look of each of some names.
    names
        The name that the colour of a row stands for, by its run.
    shown
        The columns, with a cell of each row.
    """
    lines = [_line(place, row, names, looks, shown) for place, row in enumerate(rows)]
    heads = "".join(f'<th scope="col">{escape(each)}</th>' for each in ("run", *(column.head for column in shown)))
    head = f"<thead><tr>{heads}</tr></thead>"
    open_rows = len(rows) if len(rows) <= _FEW else _BEST
    folded: dict[str, list[str]] = defaultdict(list)
    for row, line in zip(rows[open_rows:], lines[open_rows:], strict=True):
        folded[names[row.run]].append(line)
    said = f"the first {open_rows} of {number(len(rows))}" if folded else f"all {number(len(rows))}"
    count = f'<p class="note count" data-open="{open_rows}">Shown: {said}.</p>' if len(rows) > 1 else ""
    parts = [
        f'<h2>Comparison</h2>\n<div class="comparison">\n{count}',
        _table(head, lines[:open_rows]),
        *(_folded(name, looks.get(name, OTHER), len(folded[name]), _table(head, folded[name])) for name in folded),
    ]
    return "\n".join(parts) + "\n</div>"


def _table(head: str, lines: Sequence[str]) -> str:
    return (
        f'<div class="scroll" tabindex="0">\n<table class="rows">\n{head}\n<tbody>\n{chr(10).join(lines)}\n</tbody>\n'
        "</table>\n</div>"
    )


def _folded(name: str, look: Look, count: int, table: str) -> str:
    more = f'{escape(name)}: <span class="more">{number(count)} more</span>'
    return f'<details data-name="{escape(name)}"><summary>{look.key()}{more}</summary>\n{table}\n</details>'


def _line(
    place: int, row: Comparison, names: Mapping[str, str], looks: Mapping[str, Look], shown: Sequence[Column]
) -> str:
    name = names[row.run]
    first = ' class="first"' if place == 0 and row.arrival.seconds is not None else ""
    said = f'<th scope="row"><div>{looks.get(name, OTHER).key()}<span>{escape(row.label)}</span></div></th>'
    cells = "".join(f"<td>{column.cells[place]}</td>" for column in shown)
    return f'<tr{first} data-name="{escape(name)}">{said}{cells}</tr>'
