"""Where the benchmarks print: tables are Markdown, ready to be kept."""

from __future__ import annotations

from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

#: Columns: the widest table needs them. A narrower terminal breaks lines, and nothing is left out.
WIDTH = 180


def console() -> Console:
    """Standard output."""
    return Console(width=WIDTH, highlight=False, markup=False, soft_wrap=True)


def markdown_table(texts: int, *headers: str) -> Table:
    """A table whose first `texts` columns are words and whose others are figures."""
    table = Table(*headers, box=MARKDOWN)
    for number, column in enumerate(table.columns):
        column.no_wrap = True
        column.justify = "left" if number < texts else "right"
    return table
