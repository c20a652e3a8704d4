"""Large networks in fewer strokes."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from sim.report.network.wires import wires
from sim.results.rows import Link

#: From so many hosts on, those of a switch are drawn as one; and no network of more links than this is drawn.
MOST_HOSTS, MOST_LINKS = 260, 2500


def condense(links: Sequence[Link]) -> list[Link]:
    """The links to draw: hosts of one kind that hang on the same switch are put together where hosts are too many.

    Their links become one, as busy as the busiest of them, and their kind a plural (``workers``). [] where even then
    there are too many links.
    """
    shown = list(links)
    found = wires(links)
    if len(found.hosts) > MOST_HOSTS and found.switches:
        shown = _together(links)
    return shown if len({frozenset((row.source, row.target)) for row in shown}) <= MOST_LINKS else []


def _together(links: Sequence[Link]) -> list[Link]:
    found = wires(links)
    home = {
        host: (found.neighbours[host][0], found.kinds[host]) for host in found.hosts if len(found.neighbours[host]) == 1
    }
    count = Counter(home.values())
    nodes = {host: _many(count[where], *where) for host, where in home.items() if count[where] > 1}
    bundles: dict[tuple[tuple[str, str], tuple[str, str], str], list[Link]] = defaultdict(list)
    for row in links:
        source = nodes.get(row.source, (row.source, row.source_kind))
        target = nodes.get(row.target, (row.target, row.target_kind))
        bundles[source, target, row.duplex].append(row)
    return [
        dataclasses.replace(
            max(rows, key=lambda row: row.utilisation),
            source=source[0],
            source_kind=source[1],
            target=target[0],
            target_kind=target[1],
            bytes=math.fsum(row.bytes for row in rows),
        )
        for (source, target, _), rows in bundles.items()
    ]


def _many(count: int, switch: str, kind: str) -> tuple[str, str]:
    """Name and kind of hosts that are drawn as one."""
    what = {"host": "other hosts", "worker+server": "workers and servers"}.get(kind, f"{kind}s")
    return f"{count} {what} of {switch}", f"{kind}s"
