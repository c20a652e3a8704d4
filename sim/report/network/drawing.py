"""A network as inline SVG, its links coloured by utilisation; the page's style sheet has the colours."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from sim.printable import printable
from sim.report.network.arrangement import lay_out
from sim.report.network.layout import Course, Layout, Spot
from sim.report.network.wires import Wires, wires
from sim.results.busiest import rate, utilised, words
from sim.results.rows import Link
from sim.results.units import data_size

#: The colours above idle, each a fifth of the scale.
STEPS = 5
_TOPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
#: Lines have names to be pointed at in networks of up to so many links; more would make the page heavy.
_NAMED = 300


def scale_top(links: Sequence[Link]) -> float:
    """The end of the scale: a round utilisation that no link exceeds, 0.01 to 1."""
    largest = max((row.utilisation for row in links), default=0.0)
    return next((top for top in _TOPS if largest <= top), 1.0)


def step_of(row: Link, top: float) -> int:
    """The colour of a link: 0 for one that carried nothing, else 1 to `STEPS`."""
    return 0 if row.bytes <= 0.0 else min(STEPS, int(row.utilisation / top * STEPS) + 1)


@dataclass
class Drawing:
    """A network and what it carried."""

    label: str
    links: Sequence[Link]
    top: float  # utilisation at the end of the scale

    def svg(self) -> tuple[str, float]:
        """The ``<svg>`` element, which scales with the page, and its natural width in pixels."""
        found = wires(self.links)
        layout = lay_out(found)
        size = f"{_number(layout.width)} {_number(layout.height)}"
        spoken = f"the network of {self.label}, links coloured by utilisation"
        fine = ' style="--fine:.5"' if len(layout.courses) > _NAMED else ""
        parts = [
            f'<svg class="network" viewBox="0 0 {size}"{fine} role="img" aria-label="{escape(printable(spoken))}">',
            *self._lines(layout),
            *_nodes(found, layout),
            "</svg>",
        ]
        return "\n".join(parts), layout.width

    def _lines(self, layout: Layout) -> Iterator[str]:
        """The links by colour, the busiest last and so on top."""
        by_step: dict[int, list[Link]] = defaultdict(list)
        for row in self.links:
            by_step[step_of(row, self.top)].append(row)
        named = len(layout.courses) <= _NAMED
        for step in sorted(by_step):
            yield f'<g class="u{step}">'
            paths = [(_path(row, layout), row) for row in by_step[step]]
            if named:
                for path, row in paths:
                    text = f"{words(row)}: {utilised(row.utilisation)} of {rate(row)}, {data_size(row.bytes)}"
                    yield f'<path d="{path}"><title>{escape(printable(text))}</title></path>'
            else:
                yield f'<path d="{"".join(path for path, _ in paths)}"></path>'
            yield "</g>"


def _path(row: Link, layout: Layout) -> str:
    """The line of one direction, to the right of the link's middle; of a shared link the middle itself."""
    course = layout.courses.get((row.source, row.target))
    if course is None:
        back = layout.courses[row.target, row.source]
        course = Course(back.x2, back.y2, back.x1, back.y1, -back.rise)
    aside = 0.0 if row.duplex == "shared" else layout.spread
    dx, dy = course.x2 - course.x1, course.y2 - course.y1
    length = math.hypot(dx, dy) or 1.0
    along, right = (dx / length, dy / length), (-dy / length, dx / length)
    x1, y1 = course.x1 + aside * right[0], course.y1 + aside * right[1]
    x2, y2 = course.x2 + aside * right[0], course.y2 + aside * right[1]
    begin, end = f"M{_number(x1)} {_number(y1)}", f"{_number(x2)} {_number(y2)}"
    if not course.rise:
        return f"{begin}L{end}"
    # A cubic whose control points stand so high that its middle bulges by `rise`.
    reach, high = min(abs(course.rise), length / 3), (aside - course.rise) * 4 / 3 - aside / 3
    first = (x1 + reach * along[0] + high * right[0], y1 + reach * along[1] + high * right[1])
    second = (x2 - reach * along[0] + high * right[0], y2 - reach * along[1] + high * right[1])
    return f"{begin}C{' '.join(_number(part) for part in (*first, *second))} {end}"


def _nodes(found: Wires, layout: Layout) -> Iterator[str]:
    for node, kind in found.kinds.items():
        spot = layout.spots[node]
        style = kind.removesuffix("s").replace("+", " ")
        yield f'<g class="{style}">{_shape(node, kind, spot)}{_label(node, spot)}</g>'


def _shape(node: str, kind: str, spot: Spot) -> str:
    title = f"<title>{escape(printable(_title(node, kind)))}</title>"
    if kind == "switch" or "server" in kind:
        corner = ' rx="4"' if kind == "switch" else ""
        place = f'x="{_number(spot.x - spot.width / 2)}" y="{_number(spot.y - spot.height / 2)}"'
        size = f'width="{_number(spot.width)}" height="{_number(spot.height)}"'
        return f"<rect {place} {size}{corner}>{title}</rect>"
    return f'<circle cx="{_number(spot.x)}" cy="{_number(spot.y)}" r="{_number(spot.width / 2)}">{title}</circle>'


def _title(node: str, kind: str) -> str:
    roles: Mapping[str, str] = {
        "switch": node,
        "host": f"host {node}",
        "worker": f"host {node}: a worker",
        "server": f"host {node}: the server",
        "worker+server": f"host {node}: a worker and the server",
    }
    return roles.get(kind, node)


def _label(node: str, spot: Spot) -> str:
    if spot.label is None:
        return ""
    at = spot.label
    inside = ' class="in"' if (at.x, at.y) == (spot.x, spot.y) else ""
    turn = f' transform="rotate({_number(at.turn)} {_number(at.x)} {_number(at.y)})"' if at.turn else ""
    place = f'x="{_number(at.x)}" y="{_number(at.y)}" dy=".36em" text-anchor="{at.anchor}"'
    return f"<text{inside} {place}{turn}>{escape(printable(node))}</text>"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
