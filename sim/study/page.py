"""study.html: the question, what the runs say of each claim, the figures, and how it was done."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from html import escape
from importlib.resources import files

from sim import __version__
from sim.report.document import document
from sim.results.units import duration, number
from sim.study.answered import Answered
from sim.study.claim import Answer, Judged
from sim.study.parts import Planned
from sim.study.reading import measured
from sim.study.study import Form, Study
from sim.study.told import JUDGED, by_answer, chosen, counted, effect_of, expected_of, itself_of

_CLASSES = {Answer.holds: "holds", Answer.does_not_hold: "not", Answer.cannot_be_told: "open"}
_HEADS = ("claim", "verdict", "effect [95 % interval]", "expected", "n", "p (Holm)")


_QUICK = (
    '\n<p class="quick">This is the quick form, a look at the machinery: it has fewer seeds and shorter runs than '
    "claims are about, and is no evidence.</p>"
)


def render(found: Answered) -> str:
    """The page: complete in itself, without scripts."""
    body = "\n".join(
        [
            _header(found),
            *_conclusion(found),
            *_figures(found),
            *_claims(found),
            f"<p>{escape(itself_of(found.itself))}</p>",
            f"<h2>What this leaves open</h2>\n<p>{escape(found.study.leaves_open)}</p>",
            *_not_judged(found.study),
            *_how(found),
        ]
    )
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    return document(f"paceline study: {found.name}", body, style, pictures=True)


def _header(found: Answered) -> str:
    quick = found.form is Form.quick
    kind = f"paceline study · {escape(found.name)}{' · the quick form' if quick else ''}"
    lead = f"Claims of {found.study.source}. Of {len(found.claims)}, {counted(found.claims)}."
    return (
        f'<header>\n<p class="kind">{kind}</p>\n'
        f'<h1>{escape(found.study.question)}</h1>\n<p class="lead">{escape(lead)}</p>\n</header>'
        f"{_QUICK if quick else ''}"
    )


def _conclusion(found: Answered) -> Iterator[str]:
    yield "<h2>Conclusion</h2>"
    yield from (f"<p>{escape(said)}</p>" for said in (found.conclusion, *by_answer(found.claims)) if said)


def _claims(found: Answered) -> Iterator[str]:
    heads = "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
    yield f'<h2>Claims</h2>\n<div class="scroll" tabindex="0">\n<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>'
    yield from map(_claim, found.claims)
    yield f'</tbody>\n</table>\n</div>\n<p class="note">{escape(JUDGED)}</p>'


def _claim(judged: Judged) -> str:
    claim, effect = judged.claim, judged.effect
    said = f"<small>{escape(effect.said)}</small>" if effect.said else ""
    how = measured(claim.measure)
    lines = (claim.conditions, f"measured: {how}" if how else "")
    details = "".join(f"<small>{escape(line)}</small>" for line in lines if line)
    cells = [
        f'<th scope="row"><b>{escape(claim.name)}</b> {escape(claim.statement)}{details}</th>',
        f'<td class="verdict">{judged.answer}</td>',
        f"<td>{escape(effect_of(effect))}{said}</td>",
        f'<td class="expected">{escape(expected_of(claim, effect.unit))}</td>',
        f"<td>{effect.n}</td>",
        f"<td>{number(judged.p, 2)}</td>",
    ]
    return f'<tr class="{_CLASSES[judged.answer]}">{"".join(cells)}</tr>'


def _figures(found: Answered) -> Iterator[str]:
    if found.drawings:
        yield "<h2>Figures</h2>"
        if found.form is Form.quick:
            yield '<p class="note">Captions are those of the full form: runs of the quick form are shorter.</p>'
    for drawing, path in found.drawings.items():
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
