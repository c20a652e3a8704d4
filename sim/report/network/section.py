"""The page's section on the network: a drawing of each run's, and its busiest links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from sim.printable import printable
from sim.report.comparison import Comparison
from sim.report.network.condense import condense
from sim.report.network.drawing import STEPS, Drawing, scale_top
from sim.results.busiest import as_busy, busiest, rate, utilised, words
from sim.results.rows import Link
from sim.results.units import data_size, number

#: So many networks are drawn; of more runs those of the first and the last.
_MOST = 6
_NAMED = 5
#: Wider drawings have a row of the page to themselves.
_WIDE = 560.0


def drawn(runs: Sequence[str]) -> list[str]:
    """Of the runs that have links, in the order of the comparison, those whose network the page draws."""
    return list(runs) if len(runs) <= _MOST else [runs[0], runs[-1]]


def network_section(rows: Sequence[Comparison], links: Mapping[str, Sequence[Link]]) -> str:
    """The section; "" where there are no links.

    Parameters
    ----------
    rows
        The runs that are compared.
    links
        The rows of links.csv of the runs that `drawn` has chosen, by the run's directory.
    """
    shown = [row for row in rows if links.get(row.run)]
    if not shown:
        return ""
    top = scale_top([link for row in shown for link in links[row.run]])
    figures = [_figure(row, links[row.run], top) for row in shown]
    few = ""
    if len(shown) < len(rows):
        which = "the first and the last" if len(shown) == 2 else "those"
        few = f" Of {len(rows)} runs, {which} with links are shown; for another, report on its own folder."
    return (
        f'<h2>How busy the network was</h2>\n<ul class="legend">{_scale(top)}{_signs(shown, links)}</ul>\n'
        f'<div class="charts networks">\n{chr(10).join(figures)}\n</div>\n'
        '<p class="note">Utilisation: bytes carried over what the line rate could have carried in the run’s virtual '
        f"time. A link is two lines, one for each direction, and traffic keeps to the right.{few}</p>"
    )


def _scale(top: float) -> str:
    steps = "".join(f'<i class="u{step}"></i>' for step in range(1, STEPS + 1))
    return (
        '<li><span class="scale"><i class="u0"></i></span>nothing</li>'
        f'<li>0<span class="scale">{steps}</span>{utilised(top)} utilised</li>'
    )


def _signs(shown: Sequence[Comparison], links: Mapping[str, Sequence[Link]]) -> str:
    """What the shapes mean, of those that occur."""
    kinds = {kind for row in shown for link in links[row.run] for kind in (link.source_kind, link.target_kind)}
    names = {
        "worker": "worker",
        "server": "server",
        "worker+server": "worker and server",
        "host": "other host",
        "switch": "switch",
    }
    return "".join(
        f'<li><span class="sign {kind.replace("+", " ")}"></span>{names[kind]}</li>' for kind in names if kind in kinds
    )


def _figure(row: Comparison, links: Sequence[Link], top: float) -> str:
    shown, ranked = condense(links), busiest(links)
    notes = []
    svg, width = Drawing(row.label, shown, top).svg() if shown else ("", 0.0)
    if not shown:
        notes.append(f"{number(len(links))} links are too many to draw.")
    elif len(shown) < len(links):
        notes.append("The hosts of a switch are drawn as one, with the colour of the busiest of their links.")
    named = ranked[:_NAMED]
    if more := as_busy(ranked, named[-1]) - as_busy(named, named[-1]):
        notes.append(f"{number(more)} more {'is' if more == 1 else 'are'} as busy as the last of these.")
    wide = ' class="wide"' if width > _WIDE else ""
    drawing = f'<div class="scroll" tabindex="0" style="--natural:{width:.0f}px">\n{svg}\n</div>\n' if svg else ""
    note = f'<p class="note">{" ".join(notes)}</p>\n' if notes else ""
    return f"<figure{wide}>\n<h3>{escape(row.label)}</h3>\n{drawing}{_table(named)}\n{note}</figure>"


def _table(ranked: Sequence[Link]) -> str:
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("busiest links", "utilised", "line rate", "carried"))
    lines = [
        f'<tr><th scope="row">{escape(printable(words(row)))}</th><td>{utilised(row.utilisation)}</td>'
        f"<td>{rate(row)}</td><td>{data_size(row.bytes)}</td></tr>"
        for row in ranked
    ]
    return f'<table class="links">\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{chr(10).join(lines)}\n</tbody>\n</table>'
