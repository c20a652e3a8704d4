"""What would make the recommended candidate faster, and what would buy nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.evidence.range import Range
from sim.planning.sections.words import chosen, plain, ranged, text
from sim.results.units import number, percent

#: What saves less of the time than this buys nothing.
_NOTHING = 0.01
_SIZES = {2.0: "twice", 0.5: "half"}
#: A part -> what there is so many times of.
_PARTS = {
    "machines": "the machines",
    "device": "a device’s speed",
    "nic": "a network card’s rate",
    "flow_cap": "the rate of a flow",
    "bytes": "the bytes",
    "stragglers": "the straggling",
    "servers": "the servers",
}
_NONE = {"stragglers": "no stragglers", "bytes": "no bytes", "flow_cap": "no limit of a flow"}


def tornado(plan: Mapping[str, Any]) -> str:
    """A bar for each change, the largest first, as HTML; empty where none was tried."""
    rows = [(found, row) for row in plan.get("sensitivity") or () if (found := _saved(row))]
    if not rows:
        return ""
    rows.sort(key=lambda pair: -pair[0].middle)
    drawn = [(found, row) for found, row in rows if abs(found.middle) >= _NOTHING]
    best = chosen(plan)
    of = f" of {text(best.get('name'))}" if best else ""
    figure = f'<div class="tornado">\n{chr(10).join(_bars(drawn))}\n</div>\n' if drawn else ""
    nothing = "; ".join(_bought(found, row) for found, row in rows if abs(found.middle) < _NOTHING)
    notes = ["Share of the time to the goal that one change saves, and 80 % of what is possible."] if drawn else []
    notes += [f"Buys nothing (less than 1 %): {nothing}."] if nothing else []
    return f"<figure>\n<h2>What would save time{of}</h2>\n{figure}{''.join(_note(words) for words in notes)}</figure>"


def _note(words: str) -> str:
    return f'<p class="note">{words}</p>\n'


def change(part: str, factor: float | None) -> str:
    """A change in words: ``twice the machines``, ``half the bytes``, ``no stragglers``.

    Parameters
    ----------
    part
        What is changed.
    factor
        How many times as much of it there is (ratio); None or 0: none of it.
    """
    name = _PARTS.get(part, plain(part))
    unlimited = factor is not None and math.isinf(factor)
    if not factor or unlimited:
        return _NONE.get(part, f"{'no limit of' if unlimited else 'none of'} {name}")
    return f"{_SIZES.get(factor, f'{number(factor)} times')} {name}"


def _saved(row: Mapping[str, Any]) -> Range | None:
    return ranged({**row, "middle": row.get("seconds_saved_share")})


def _bars(rows: Sequence[tuple[Range, Mapping[str, Any]]]) -> Iterator[str]:
    low = min(0.0, *(found.low for found, _ in rows), *(found.middle for found, _ in rows))
    high = max(0.0, *(found.high for found, _ in rows), *(found.middle for found, _ in rows))

    def at(share: float) -> str:
        return f"{100 * (share - low) / (high - low):.2f}%"

    for found, row in rows:
        middle, zero = sorted((found.middle, 0.0))
        words = change(str(row.get("part")), row.get("factor"))
        small = f"<small>{text(row['said'])}</small>" if row.get("said") else ""
        saved, ends = percent(found.middle), _ends(found)
        whisker = "".join(
            f'<line class="whisker" x1="{at(x1)}" x2="{at(x2)}" y1="{y1}" y2="{y2}"></line>'
            for x1, x2, y1, y2 in (
                (found.low, found.high, 13, 13),
                (found.low, found.low, 8, 18),
                (found.high, found.high, 8, 18),
            )
        )
        yield (
            f'<span>{words}{small}</span><svg height="26" role="img" aria-label="{words}: {saved} {ends}">'
            f'<rect x="{at(middle)}" y="4" width="{100 * (zero - middle) / (high - low):.2f}%" height="18"></rect>'
            f'<line class="zero" x1="{at(0.0)}" x2="{at(0.0)}" y1="0" y2="26"></line>{whisker}</svg>'
            f"<span><b>{saved}</b> {ends}</span>"
        )


def _ends(found: Range) -> str:
    low, high = (number(round(100 * end, 1), 2) for end in (found.low, found.high))
    return f"[{low}, {high}]"


def _bought(found: Range, row: Mapping[str, Any]) -> str:
    most = f" (at most {percent(found.high)})" if found.high >= _NOTHING else ""
    return f"{change(str(row.get('part')), row.get('factor'))}{most}"
