"""Tables of a terminal: as wide as it is, whole words in every row, and what there is no room for named below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from rich.box import SIMPLE_HEAD, Box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import ConsoleOptions

#: How wide a column of words is at the least, where it has that much to say.
_LEAST = 12
#: Words that are longer, such as a folder's name, are broken rather than have a column of figures left out for them.
_WORD = 32
#: Between two columns, and at both ends.
_GAP = 2


class Column(NamedTuple):
    """A column.

    Attributes
    ----------
    head
        What stands over it, in one line or several.
    worth
        Where there is no room for all, those of the least worth are left out; None: it says what a row is about, in
        words, and is never left out.
    """

    head: str
    worth: int | None = None

    @property
    def side(self) -> Literal["left", "right"]:
        """Words are aligned to the left, figures to the right."""
        return "left" if self.worth is None else "right"

    @property
    def name(self) -> str:
        """What stands over it, in one line."""
        return " ".join(self.head.replace("-\n", "").split())


class Fitted(NamedTuple):
    """A table that fits.

    Attributes
    ----------
    table
        For a console of rich.
    left_out
        Names of the columns that it has no room for.
    """

    table: Table
    left_out: Sequence[str]

    def said(self, elsewhere: str) -> list[str]:
        """What is to be said below it.

        Parameters
        ----------
        elsewhere
            Where all columns are.
        """
        return [f"no room for: {', '.join(self.left_out)}; in {elsewhere}"] if self.left_out else []


class _Head(Box):
    """A line under the head, and nothing else: of hyphens where an encoding has no other."""

    def substitute(self, options: ConsoleOptions, safe: bool = True) -> Box:
        return _HYPHENS if options.ascii_only else self


_BOX = _Head(str(SIMPLE_HEAD))
_HYPHENS = Box(str(SIMPLE_HEAD).replace("─", "-"), ascii=True)


def fitted(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int, title: str | None = None) -> Fitted:
    """Draw a table.

    Words stay whole where that is possible: where their column becomes narrower than the longest of them, columns of
    figures are left out instead, all but the one of the most worth.

    Parameters
    ----------
    columns
        Those of words fold.
    rows
        A cell of text for each column; it may have several lines.
    width
        Number of characters of a line of the terminal.
    title
        What stands over the table.
    """
    kept = list(range(len(columns)))
    widths = [_width([column.head, *(row[place] for row in rows)]) for place, column in enumerate(columns)]
    least = [
        _least([row[place] for row in rows]) if column.worth is None else widths[place]
        for place, column in enumerate(columns)
    ]
    while _whole(least, kept) > width:
        figures = {place: worth for place in kept if (worth := columns[place].worth) is not None}
        if len(figures) < 2:
            break
        kept.remove(min(figures, key=lambda place: (figures[place], -place)))
    words = [place for place in kept if columns[place].worth is None]
    while _whole(widths, kept) > width and words:
        widest = max(words, key=lambda place: (widths[place] - least[place], widths[place]))
        if widths[widest] == 1:
            break
        widths[widest] -= 1
    table = Table(box=_BOX, padding=(0, 1, 0, 0), pad_edge=False, title=title, title_justify="left")
    for place in kept:
        table.add_column(columns[place].head, justify=columns[place].side, width=widths[place], overflow="fold")
    for row in rows:
        table.add_row(*(Text(row[place]) for place in kept))
    return Fitted(table, [column.name for place, column in enumerate(columns) if place not in kept])


def _whole(widths: Sequence[int], kept: Sequence[int]) -> int:
    """How wide a table is."""
    return sum(widths[place] for place in kept) + _GAP * len(kept)


def _width(cells: Sequence[str]) -> int:
    return max(cell_len(line) for cell in cells for line in (cell.splitlines() or [""]))


def _least(cells: Sequence[str]) -> int:
    """How narrow a column of words may become."""
    words = [cell_len(word) for cell in cells for word in cell.split()]
    longest = max((word for word in words if word <= _WORD), default=0)
    return max(longest, min(_LEAST, _width(cells)))
