"""Who is linked to whom, as links.csv says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sim.results.busiest import in_order
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
