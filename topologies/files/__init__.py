"""Networks as files describe them.

Each module reads one format into a `Drawing`: what the text says, in its order, nothing checked but that it is the
format. Files are data: nothing in them is evaluated, unpickled or fetched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Node(NamedTuple):
    """One node: its name, and what the file gives as its ``kind`` (None without)."""

    name: object
    kind: object


class Link(NamedTuple):
    """One link: its two nodes by name, and what the file gives of its attributes (None without)."""

    source: object
    target: object
    bandwidth_gbps: object
    latency_us: object
    duplex: object
    inside: object


class Drawing(NamedTuple):
    """One file: whether its links are directed, its nodes and links, and the routes it lists as names of nodes."""

    directed: bool
    nodes: list[Node]
    links: list[Link]
    routes: Sequence[object]


def node_of(name: object, attributes: Mapping[str, object]) -> Node:
    """The node of that name, of whose attributes only the network's are kept."""
    return Node(name, attributes.get("kind"))


def link_of(source: object, target: object, attributes: Mapping[str, object]) -> Link:
    """The link between two nodes, of whose attributes only the network's are kept."""
    given = attributes.get
    return Link(source, target, given("bandwidth_gbps"), given("latency_us"), given("duplex"), given("inside"))
