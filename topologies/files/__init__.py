"""Graphs as files describe them.

Each module that reads a format makes a `Drawing`: what the text says, in its order, nothing checked but that it is the
format. The others say what that means, for networks and for communication graphs alike: in which order nodes are
(`numbering`), which are switches (`kinds`), how fast and long links are (`quantities`). Files are data: nothing in them
is evaluated, unpickled or fetched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Node(NamedTuple):
    """One node: its name, and what else the file says of it."""

    name: object
    attributes: Mapping[str, object]


class Link(NamedTuple):
    """One link: its two nodes by name, and what else the file says of it."""

    source: object
    target: object
    attributes: Mapping[str, object]

    def called(self, directed: bool) -> str:
        """How errors call it."""
        return f"edge {self.source!r}{'->' if directed else '-'}{self.target!r}"


class Drawing(NamedTuple):
    """One file.

    Attributes
    ----------
    directed : bool
        Whether links have a direction.
    nodes, links : list
        In the order of the file.
    routes : sequence
        The routes that it lists, as names of nodes.
    attributes : mapping
        What it says of the graph as a whole: the units of its links' attributes, for one.
    remarks : list of str
        How it was read, where it could be read otherwise.
    """

    directed: bool
    nodes: list[Node]
    links: list[Link]
    routes: Sequence[object]
    attributes: Mapping[str, object]
    remarks: list[str]


def has(attributes: Mapping[str, object]) -> str:
    """The names of what the file says of a link, for an error about what it does not say."""
    names = (key for key, value in attributes.items() if value is not None and key not in ("source", "target"))
    return ", ".join(sorted(names)) or "no attributes"
