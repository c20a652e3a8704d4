"""Who is linked to whom, as links.csv says."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sim.results.rows import Link


@dataclass
class Wires:
    """Nodes and undirected links in natural order."""

    kinds: dict[str, str]  # node -> switch, worker, server, worker+server or host
    neighbours: dict[str, list[str]]  # node -> nodes, in natural order
    pairs: list[tuple[str, str]]  # each link once, by its ends

    @property
    def switches(self) -> list[str]:
        """The switches in natural order."""
        return [node for node, kind in self.kinds.items() if kind == "switch"]

    @property
    def hosts(self) -> list[str]:
        """The hosts in natural order."""
        return [node for node, kind in self.kinds.items() if kind != "switch"]


def wires(links: Sequence[Link]) -> Wires:
    """Read off the wires of a network."""
    kinds = {row.source: row.source_kind for row in links} | {row.target: row.target_kind for row in links}
    kinds = {node: kinds[node] for node in in_order(kinds)}
    place = {node: number for number, node in enumerate(kinds)}
    neighbours: dict[str, set[str]] = defaultdict(set)
    for row in links:
        neighbours[row.source].add(row.target)
        neighbours[row.target].add(row.source)
    linked = {node: sorted(neighbours[node], key=place.__getitem__) for node in kinds}
    pairs = [(node, other) for node, others in linked.items() for other in others if place[node] < place[other]]
    return Wires(kinds, linked, pairs)


def in_order(names: Iterable[str]) -> list[str]:
    """Names in natural order: ``leaf2`` before ``leaf10``, numbers before words."""
    return sorted(names, key=lambda name: (_pieces(name), name))


def _pieces(name: str) -> list[tuple[int, int, str]]:
    pieces = [piece for piece in re.split(r"([0-9]+)", name) if piece]
    return [(0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in pieces]
