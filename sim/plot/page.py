"""A picture at its size on paper, and the files of it."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from sim.plot.asked import COLUMNS
from sim.plot.picture import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Height of a letter, and what else is drawn (points). The text is as large as this on paper.
TEXT = 8.0
_STYLE: dict[str, Any] = {
    "font.size": TEXT,
    "axes.titlesize": TEXT,
    "axes.labelsize": TEXT,
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "legend.fontsize": TEXT,
    "legend.frameon": False,
    "legend.handlelength": 2.9,
    "legend.columnspacing": 1.4,
    "legend.borderaxespad": 0.0,
    "legend.borderpad": 0.0,
    "legend.labelspacing": 0.25,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.6,
    "lines.scale_dashes": True,
    "axes.linewidth": 0.6,
    "axes.edgecolor": "#59626c",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e3e6e9",
    "grid.linewidth": 0.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "pdf.fonttype": 42,  # letters stay letters: publishers refuse Type 3
    "svg.hashsalt": "paceline",  # the same picture has the same bytes
    "axes.unicode_minus": True,
}
_INCH = 25.4  # mm
#: Width over height of a panel; a line of text, the air between panels and around all, and that on the right, where
#: half of the last tick's number stands (inches).
_SHAPE, _LINE, _AIR, _RIGHT = 1.32, 0.15, 0.06, 0.13
#: Fewest inches across a panel.
_NARROWEST = 1.45
#: Most inches of a panel's height, and those of a row of bars.
_HIGHEST, _ROW = 2.1, 0.165
_DPI = 300


def files(picture: Picture, columns: int, formats: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Draw a picture.

    Parameters
    ----------
    picture
        What is drawn.
    columns
        Its width (number of columns of a page).
    formats
        ``pdf``, ``svg`` or ``png``.

    Yields
    ------
    tuple of str and bytes
        Name and contents of each file; the same picture gives the same bytes.
    """
    import matplotlib

    with matplotlib.rc_context():  # the user's own style would change what is drawn
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)  # type: ignore[arg-type]
        figure = _figure(picture, COLUMNS[columns] / _INCH)
        for kind in formats:
            drawn = io.BytesIO()
            metadata = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {"Software": None}}[kind]
            figure.savefig(drawn, format=kind, metadata=metadata, dpi=_DPI)
            yield f"{picture.file}_{columns}col.{kind}", drawn.getvalue()


def _figure(picture: Picture, width: float) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    down, across = _grid(picture, width)
    panel = (width - 3 * _LINE) / across  # about
    titles = [_wrapped(facet, panel) for facet in picture.facets]
    title = _LINE * max(map(len, titles))
    keys = picture.keys()
    lines, per_line = _legend(keys, width)
    bottom, top = 2.6 * _LINE, _LINE * lines + _AIR * bool(lines)
    tall = picture.rows_of_panel * _ROW or min(panel / _SHAPE, _HIGHEST)
    height = top + down * (title + tall) + (down - 1) * 2 * _AIR + bottom
    figure = Figure(figsize=(width, height))
    canvas = FigureCanvasAgg(figure)
    grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
    for place, axes in enumerate(grid.flat):
        if place >= len(picture.facets):
            axes.remove()
            continue
        picture.draw(axes, picture.facets[place])
        axes.set_title("\n".join(titles[place]), pad=3)
        axes.tick_params(labelbottom=place + across >= len(picture.facets))
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
    ticks = max(axes.yaxis.get_tightbbox(renderer).width for axes in grid[:, 0]) / figure.dpi
    up = _lines(picture.up, height - bottom - top)
    left = _LINE * (len(up) + 0.3 * bool(up)) + ticks + _AIR
    figure.subplots_adjust(
        left / width,
        bottom / height,
        1 - _RIGHT / width,
        1 - (top + title) / height,
        wspace=_between(width - left - _RIGHT, across, 2 * _AIR),
        hspace=_between(height - bottom - top - title, down, title + 2 * _AIR),
    )
    middle = (left + width - _RIGHT) / 2 / width, (bottom + height - top - title) / 2 / height
    figure.text(middle[0], _AIR / 2 / height, _plain(picture.across), ha="center", va="bottom")
    figure.text(_AIR / 2 / width, middle[1], "\n".join(up), ha="left", va="center", rotation=90)
    if lines:
        figure.legend(handles=keys, loc="upper left", ncols=per_line, bbox_to_anchor=(_AIR / width, 1 - _AIR / height))
    return figure


def _between(whole: float, count: int, gap: float) -> float:
    """A gap between panels as Matplotlib takes it: over the mean size of a panel."""
    return gap * count / (whole - gap * (count - 1))


def _grid(picture: Picture, width: float) -> tuple[int, int]:
    """Rows and columns of panels: those of the first setting below each other, where there are two settings."""
    count = len(picture.facets)
    most = max(1, int((width - 3 * _LINE) / _NARROWEST))
    if len(picture.facets[0]) > 1:
        across = len({facet[1:] for facet in picture.facets})
        if across <= most and across * len({facet[:1] for facet in picture.facets}) == count:
            return count // across, across
    across = min(count, most)
    down = math.ceil(count / across)
    return down, math.ceil(count / down)


def _legend(keys: Sequence[Any], width: float) -> tuple[int, int]:
    """Lines of the legend, and entries on each; none where there is one name only."""
    if len(keys) < 2:
        return 0, 1
    longest = max(len(str(key.get_label())) for key in keys)
    each = TEXT / 72 * (0.56 * longest + 4.6)
    per_line = max(1, min(len(keys), int(width / each)))
    return math.ceil(len(keys) / per_line), per_line


def _wrapped(facet: Sequence[str], panel: float) -> list[str]:
    """A panel's title in lines that fit."""
    most = _letters(panel)
    lines: list[str] = []
    for part in map(_plain, facet):
        if lines and len(lines[-1]) + 2 + len(part) <= most:
            lines[-1] += f", {part}"
        else:
            lines.append(part)
    return lines


def _lines(text: str, room: float) -> list[str]:
    """What stands at an axis, in lines that fit."""
    return [_plain(line) for line in wrap(text, max(12, int(_letters(room))))]


def _letters(room: float) -> float:
    """How many letters there is room for (inches), about."""
    return room * 72 / TEXT / 0.56


def _plain(text: str) -> str:
    """A text without mathematics in it."""
    return text.replace("$", r"\$")
