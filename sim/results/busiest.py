"""Which links were busy, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sim.results.rows import Link
from sim.results.units import number


def busiest(links: Sequence[Link]) -> list[Link]:
    """The links, the most utilised first, those as busy as each other in natural order."""
    names = in_order({name for row in links for name in (row.source, row.target)})
    places = {name: place for place, name in enumerate(names)}
    # What ten chunks carried may differ from what a whole did in the last bits: that makes no order.
    return sorted(links, key=lambda row: (-float(f"{row.utilisation:.9g}"), places[row.source], places[row.target]))


def as_busy(links: Sequence[Link], one: Link) -> int:
    """How many links have the same utilisation as `one`, itself among them, as far as it is printed."""
    return sum(utilised(row.utilisation) == utilised(one.utilisation) for row in links)


def words(row: Link) -> str:
    """A link's name: ``host 3 → leaf0``, ``leaf0 → host 8 (server)``, ``host 0 ↔ host 1`` where both ways share it."""
    arrow = "↔" if row.duplex == "shared" else "→"
    return f"{_node(row.source, row.source_kind)} {arrow} {_node(row.target, row.target_kind)}"


def utilised(utilisation: float) -> str:
    """A utilisation as ``78 %``, ``4.2 %``."""
    return f"{number(float(f'{100 * utilisation:.2g}'), 2)}\N{NO-BREAK SPACE}%"


def rate(row: Link) -> str:
    """The line rate of a link as ``10 Gb/s``."""
    return f"{number(row.bandwidth_gbps)}\N{NO-BREAK SPACE}Gb/s"


def _node(name: str, kind: str) -> str:
    if kind == "switch" or kind.endswith("s"):  # a switch, or hosts that are drawn as one
        return name
    return f"host {name} (server)" if "server" in kind else f"host {name}"


def in_order(names: Iterable[str]) -> list[str]:
    """Names in natural order: ``leaf2`` before ``leaf10``, numbers before words."""
    return sorted(names, key=lambda name: (_pieces(name), name))


def _pieces(name: str) -> list[tuple[int, int, str]]:
    pieces = [piece for piece in re.split(r"([0-9]+)", name) if piece]
    return [(0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in pieces]
