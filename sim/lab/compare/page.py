"""lab.html: a real job beside its prediction, on one page that needs nothing but itself."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files

from sim import __version__
from sim.lab.compare.lab import Lab
from sim.lab.compare.picture import curves, distributions
from sim.lab.compare.rows import pooled, total_variation
from sim.lab.compare.told import HEADS, believed, cells_of, measured_of
from sim.option_name import option_name
from sim.report.document import document


def render(lab: Lab) -> str:
    """The page: complete in itself, without scripts.

    Parameters
    ----------
    lab
        What it is about.
    """
    body = "\n".join(
        [
            _header(lab),
            *_figure(curves(lab.measured, lab.predicted), _curves_said(lab)),
            *_table(lab),
            *_figure(distributions(lab.measured, lab.predicted), _distributions_said(lab)),
            "<h2>Doubts</h2>",
            *_doubts(lab),
            "<h2>What was measured before the prediction</h2>",
            _listed(measured_of(lab.survey)),
            *_how(lab),
        ]
    )
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    return document(f"paceline lab: {_name(lab)}", body, style, pictures=True)


def _name(lab: Lab) -> str:
    experiment = lab.experiment
    by = f" by {lab.allreduce}" if lab.allreduce == "gloo" else ""
    return f"{option_name(experiment.protocol)}{by}, {experiment.workers} workers, {option_name(experiment.network)}"


def _header(lab: Lab) -> str:
    said = (
        "Real processes, real TCP, emulated links: the same experiment ran on this machine, after its prediction had "
        "been written to disk."
    )
    return (
        f'<header>\n<p class="kind">paceline lab · {escape(_name(lab))}</p>\n'
        f'<h1>A real job beside its prediction</h1>\n<p class="lead">{escape(said)}</p>\n</header>'
    )


def _curves_said(lab: Lab) -> str:
    seeds = len(lab.measured)
    many = f"Each of {seeds} seeds is a thin line, their mean a thick one. " if seeds > 1 else ""
    return f"{many}Solid: measured; dashed: predicted. Both are of the same seeds, mini-batches and stragglers."


def _distributions_said(lab: Lab) -> str:
    distance = total_variation(pooled(lab.measured), pooled(lab.predicted))
    said = "From the beginning of a worker’s gradient to that of its next, in bins of the same width; the last "
    said += "bin and the last bar have all that is beyond."
    if distance is not None:
        said += f" Staleness: the histograms are {distance:.3f} apart (total variation, 0 to 1)."
    return said


def _figure(picture: bytes, caption: str) -> Iterator[str]:
    if picture:
        source = f"data:image/svg+xml;base64,{b64encode(picture).decode()}"
        alt = escape(caption, quote=True)
        yield f'<figure><img alt="{alt}" src="{source}"><figcaption>{escape(caption)}</figcaption></figure>'


def _table(lab: Lab) -> Iterator[str]:
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in HEADS)
    yield f'<div class="scroll" tabindex="0">\n<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>'
    for row in lab.compared.rows:
        first, *others = map(escape, cells_of(row))
        yield f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in others)}</tr>'
    yield '</tbody>\n</table>\n</div>\n<p class="note">Off: how much larger the prediction is than what was measured.'
    yield "</p>"


def _doubts(lab: Lab) -> Iterator[str]:
    if lab.doubts:
        yield _listed(lab.doubts, "doubt")
    else:
        yield "<p>None: the machine kept up, by its own figures.</p>"
    yield f"<p>{escape(believed(lab))}</p>"


def _listed(lines: Iterable[str], kind: str = "") -> str:
    style = f' class="{kind}"' if kind else ""
    return f"<ul>{''.join(f'<li{style}>{escape(line)}</li>' for line in lines)}</ul>"


def _how(lab: Lab) -> Iterator[str]:
    yield "<h2>How it was done</h2>"
    yield (
        f"<p>By paceline {escape(__version__)}. The prediction was on disk at {escape(lab.predicted_at)}, and the "
        f"first job began at {escape(lab.began_at)}.</p>"
    )
    yield f"<pre>{escape(lab.command)}</pre>\n<p>The prediction says beside that:</p>"
    yield f"<pre>{escape(' '.join(lab.words))}</pre>"
    if lab.remarks:
        yield _listed(lab.remarks)
