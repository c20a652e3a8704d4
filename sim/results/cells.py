"""Words in CSV files that a spreadsheet opens: it would compute what looks like a formula."""

from __future__ import annotations

#: What a spreadsheet takes for the beginning of a formula; the quote is there so that reading finds what was written.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")


def as_text(word: str) -> str:
    """The word as a cell that a spreadsheet takes for text: a quote comes before what could be a formula.

    Examples
    --------
    >>> as_text("=HYPERLINK(1)"), as_text("host 3")
    ("'=HYPERLINK(1)", 'host 3')
    """
    return f"'{word}" if word.startswith(_FORMULA) else word


def from_text(cell: str) -> str:
    """The word that `as_text` made a cell of.

    Examples
    --------
    >>> from_text("'=1"), from_text("host 3")
    ('=1', 'host 3')
    """
    return cell[1:] if cell.startswith("'") else cell
