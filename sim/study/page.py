"""study.html: the question, what the runs say of each claim, the figures, and how it was done."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from html import escape
from importlib.resources import files
from pathlib import Path

from sim import __version__
from sim.report.document import document
from sim.results.units import duration, number
from sim.study.answered import Answered
from sim.study.claim import Answer, Judged
from sim.study.parts import Planned
from sim.study.study import Drawing, Form, Study
from sim.study.told import JUDGED, chosen, counted, effect_of, expected_of, itself_of

_CLASSES = {Answer.holds: "holds", Answer.does_not_hold: "not", Answer.cannot_be_told: "open"}
_HEADS = ("claim", "effect [95 % interval]", "expected", "n", "p (Holm)", "verdict")


def render(found: Answered) -> str:
    """The page: complete in itself, without scripts."""
    body = "\n".join(
        [
            _header(found),
            *_claims(found),
            f"<p>{escape(itself_of(found.itself))}</p>",
            f"<p>{escape(found.conclusion)}</p>" if found.conclusion else "",
            *_figures(found.drawings),
            f"<h2>What this leaves open</h2>\n<p>{escape(found.study.leaves_open)}</p>",
            *_not_judged(found.study),
            *_how(found),
        ]
    )
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    return document(f"paceline study: {found.name}", body, style, pictures=True)


def _header(found: Answered) -> str:
    quick = " · the quick form: fewer seeds and shorter runs than claims are about, and no evidence"
    kind = f"paceline study · {escape(found.name)}{quick if found.form is Form.quick else ''}"
    lead = f"Claims of {found.study.source}. Of {len(found.claims)}, {counted(found.claims)}."
    return (
        f'<header>\n<p class="kind">{kind}</p>\n'
        f'<h1>{escape(found.study.question)}</h1>\n<p class="lead">{escape(lead)}</p>\n</header>'
    )


def _claims(found: Answered) -> Iterator[str]:
    heads = "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
    yield f'<h2>Claims</h2>\n<div class="scroll" tabindex="0">\n<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>'
    yield from map(_claim, found.claims)
    yield f'</tbody>\n</table>\n</div>\n<p class="note">{escape(JUDGED)}</p>'


def _claim(judged: Judged) -> str:
    claim, effect = judged.claim, judged.effect
    said = f"<small>{escape(effect.said)}</small>" if effect.said else ""
    conditions = f"<small>{escape(claim.conditions)}</small>" if claim.conditions else ""
    cells = [
        f'<th scope="row"><b>{escape(claim.name)}</b> {escape(claim.statement)}{conditions}</th>',
        f"<td>{escape(effect_of(effect))}{said}</td>",
        f"<td>{escape(expected_of(claim, effect.unit))}</td>",
        f"<td>{effect.n}</td>",
        f"<td>{number(judged.p, 2)}</td>",
        f'<td class="verdict">{judged.answer}</td>',
    ]
    return f'<tr class="{_CLASSES[judged.answer]}">{"".join(cells)}</tr>'


def _figures(drawings: Mapping[Drawing, Path]) -> Iterator[str]:
    if drawings:
        yield "<h2>Figures</h2>"
    for drawing, path in drawings.items():
        picture = b64encode(path.read_bytes()).decode()
        yield (
            f'<figure><img alt="{escape(drawing.caption, quote=True)}" src="data:image/svg+xml;base64,{picture}">'
            f"<figcaption>{escape(drawing.caption)}</figcaption></figure>"
        )


def _not_judged(study: Study) -> Iterator[str]:
    if study.not_judged:
        rows = "".join(f"<li><b>{escape(name)}</b>: {escape(why)}</li>" for name, why in study.not_judged.items())
        yield f"<h2>Statements that are not judged</h2>\n<ul>{rows}</ul>"


def _how(found: Answered) -> Iterator[str]:
    runs = sum(each.runs for each in found.parts)
    yield (
        f"<h2>How it was done</h2>\n<p>{number(runs)} runs by paceline {escape(__version__)}, whose simulations took "
        f"{duration(found.wall_seconds)} of one core together. Grids, seeds and criteria stood in the study’s file "
        f"before the runs.</p>\n<pre>{escape(found.command)}</pre>"
    )
    yield from map(_part, found.parts)


def _part(each: Planned) -> str:
    words = escape(" ".join(each.jobs.typed))
    return f"<p><b>{escape(each.part.name)}</b>: {escape(chosen(each))}</p>\n<pre>paceline -m {words}</pre>"
