"""A table, and any text, for LaTeX: with the packages booktabs and siunitx."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence

from sim.evidence.interval import Interval
from sim.plot.outcome import seeds_left_out
from sim.plot.quantity import Scale
from sim.plot.table import Row, Table

#: Letters that LaTeX takes for its own, and those that its fonts lack.
_SPECIAL = {
    "\\": r"\textbackslash{}",
    **{each: f"\\{each}" for each in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "·": r"\(\cdot\)",
    "×": r"\(\times\)",
    "≥": r"\(\ge\)",
    "−": r"\(-\)",
    "–": "--",
    "’": "'",
    "<": r"\(<\)",
    ">": r"\(>\)",
    "µ": r"\(\mu\)",
    "\N{NO-BREAK SPACE}": "~",
}
_SMALLEST_P = 0.001


def escaped(text: str) -> str:
    """A text as LaTeX prints it; letters beyond ASCII that have no command stay."""
    return "".join(_SPECIAL.get(each, each) for each in text)


def latex_table(found: Table, title: str, scale: Scale) -> str:
    """A ``table*`` environment, as wide as the page, with its caption and label.

    Parameters
    ----------
    found
        What it shows.
    title
        What the figure is called, with its unit.
    scale
        Its unit.
    """
    figures = [row.mean for row in found.rows]
    differences = [row.verdict.difference for row in found.rows if row.verdict is not None]
    digits = _digits([*figures, *(Interval(*each[:3], each.n) for each in differences)], scale.size)
    several = any(row.seeds > 1 for row in found.rows)
    heads = [*map(escaped, found.heads), "", *(["seeds"] if several else []), "{mean}" if several else "{value}"]
    means = (row.mean.value / scale.size for row in found.rows)
    columns = "l" * (len(found.heads) + 1) + ("r" if several else "") + _s_column(means)
    return "\n".join(
        [
            r"\begin{table*}",
            r"  \centering\small\setlength{\tabcolsep}{4pt}",
            rf"  \caption{{{_caption(found, title)}}}",
            rf"  \label{{tab:{re.sub('[^a-z0-9]+', '-', found.y.lower())}}}",
            *_tabular(found, heads, columns, digits, scale, several=several),
            r"\end{table*}",
            "",
        ]
    ).replace("@DIGITS@", str(digits))


def _tabular(
    found: Table, heads: Sequence[str], columns: str, digits: int, scale: Scale, *, several: bool
) -> Iterator[str]:
    compared = any(row.verdict is not None for row in found.rows)
    heads = [*heads, *(["95\\,\\% interval"] if several else [])]
    columns += "r" if several else ""
    if compared:
        effects = (row.verdict.difference.effect / scale.size for row in found.rows if row.verdict is not None)
        heads = [*heads, "{difference}", *(["95\\,\\% interval", "\\(p\\)"] if several else [])]
        columns += _s_column(effects, signed=True) + ("rr" if several else "")
    yield rf"  \begin{{tabular}}{{{columns}}}"
    yield r"    \toprule"
    yield f"    {' & '.join(heads)} \\\\"
    yield r"    \midrule"
    before: tuple[str, ...] = ()
    for row in found.rows:
        if before and row.place != before:
            yield r"    \addlinespace"
        begin = ["" if row.place == before else escaped(each) for each in row.place]
        before = row.place
        cells = [*begin, escaped(row.name), *_figures(row, digits, scale.size, several=several)]
        cells += _difference(row, digits, scale.size, several=several) if compared else []
        yield f"    {' & '.join(cells)} \\\\"
    yield r"    \bottomrule"
    yield r"  \end{tabular}"


def _figures(row: Row, digits: int, size: float, *, several: bool) -> list[str]:
    if not several:
        return [_number(row.mean.value / size, digits, row)]
    seeds = f"{row.seeds}" if row.reached == row.seeds else f"{row.reached} of {row.seeds}"
    return [seeds, _number(row.mean.value / size, digits, row), _interval(row.mean.low, row.mean.high, digits, size)]


def _number(value: float, digits: int, row: Row) -> str:
    if not math.isfinite(value):
        return "{never}"
    return f"{value:.{digits}f}" if row.reached == row.seeds else rf"{{\(\ge\)\,\num{{{value:.{digits}f}}}}}"


def _interval(low: float | None, high: float | None, digits: int, size: float) -> str:
    if low is None or high is None:
        return ""
    return rf"[\num{{{low / size:.{digits}f}}}, \num{{{high / size:.{digits}f}}}]"


def _difference(row: Row, digits: int, size: float, *, several: bool) -> list[str]:
    if row.verdict is None:
        return ["{--}", *(["", ""] if several else [])]
    found, p = row.verdict.difference, row.verdict.p
    effect = f"{found.effect / size:+.{digits}f}"
    if not several:
        return [effect]
    chance = "" if p is None else rf"\(<{_SMALLEST_P}\)" if p < _SMALLEST_P else rf"\num{{{p:.2g}}}"
    return [effect, _interval(found.low, found.high, digits, size), chance]


def _s_column(values: Iterable[float], *, signed: bool = False) -> str:
    """A column of siunitx with room for the whole part of the largest value."""
    whole = max((len(str(int(abs(value)))) for value in values if math.isfinite(value)), default=1)
    return rf"S[table-format={'+' if signed else ''}{whole}.@DIGITS@]"


def _digits(intervals: Sequence[Interval], size: float) -> int:
    """Decimals with which half the width of most intervals has two digits; of single runs, the values three."""
    halves = sorted(each.half_width / size for each in intervals if each.half_width)
    values = sorted(abs(each.value) / size for each in intervals if each.value and math.isfinite(each.value))
    if not halves and not values:
        return 0
    middle, wanted = (halves[len(halves) // 2], 2) if halves else (values[len(values) // 2], 3)
    return min(9, max(0, wanted - 1 - math.floor(math.log10(middle))))


def _caption(found: Table, title: str) -> str:
    parts = [f"{title[:1].upper()}{title[1:]}."]
    verdicts = [row.verdict for row in found.rows if row.verdict is not None]
    if verdicts:
        paired = all(each.difference.paired for each in verdicts)
        how = "seed by seed" if paired else "as independent samples where seeds differ (Welch)"
        parts.append(f"Differences are from {found.baseline}, {how}.")
        if any(each.p is not None for each in verdicts):
            parts.append(
                "Intervals are of 95 % confidence (Student's t); p is corrected for "
                f"{len(verdicts)} comparisons (Holm)."
            )
    if any(row.reached < row.seeds for row in found.rows):
        parts.append(
            "≥: some seeds did not reach the target before their runs ended; the mean is of what was waited up to the "
            "first such end, and differences are up to the end that both have in common."
        )
    return escaped(" ".join([*parts, *seeds_left_out([(row.name, row.without) for row in found.rows])]))
