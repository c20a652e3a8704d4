"""GML, the graph modelling language."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import TypeAlias

from topologies.files import Drawing, Link, Node

Pairs: TypeAlias = list[tuple[str, object]]

_TOKEN = re.compile(
    r"""(?P<number>[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[Ee][+-]?\d+)?|(?:INF|NAN)\b))
    | (?P<key>[A-Za-z_]\w*)
    | "(?P<string>[^"]*)"
    | (?P<open>\[) | (?P<close>\])
    | (?P<space>\s+|\#[^\n]*)""",
    re.VERBOSE,
)


def read_gml(text: str) -> Drawing:
    """Read GML: a ``graph`` of nodes with an ``id`` and edges from ``source`` to ``target``.

    A node is named by its ``label``, where all have one of their own, else by its ``id``.

    Raises
    ------
    ValueError
        What is wrong, without the file's name.

    References
    ----------
    .. [1] M. Himsolt, "GML: a portable graph file format", University of Passau, 1997.

    Examples
    --------
    >>> read_gml('graph [ node [ id 0 label "a" ] node [ id 1 label "b" ] edge [ source 1 target 0 ] ]').links
    [Link(source='b', target='a', attributes={'source': 1, 'target': 0})]
    """
    graphs = [value for key, value in _parse(text) if key == "graph" and isinstance(value, list)]
    if not graphs:
        raise ValueError("is not GML, a graph with nodes and edges in brackets")
    graph: Pairs = graphs[0]
    nodes = [dict(value) for key, value in graph if key == "node" and isinstance(value, list)]
    edges = [dict(value) for key, value in graph if key == "edge" and isinstance(value, list)]
    for what, items, needed in (("node", nodes, ("id",)), ("edge", edges, ("source", "target"))):
        for number, item in enumerate(items):
            for name in needed:
                if not isinstance(item.get(name), int | float | str):
                    raise ValueError(f"{what} {number} has no {name}")
    labels = {str(node["label"]) for node in nodes if "label" in node}
    label = "label" if len(labels) == len(nodes) else "id"
    names = {node["id"]: node[label] for node in nodes}
    if len(names) < len(nodes):
        raise ValueError("gives two nodes one id")
    for number, edge in enumerate(edges):
        for end in ("source", "target"):
            if edge[end] not in names:
                raise ValueError(f"edge {number}: there is no node of the id {edge[end]!r}")
    links = [Link(names[edge["source"]], names[edge["target"]], edge) for edge in edges]
    named = [Node(node[label], node) for node in nodes]
    remarks = ["nodes are named by their ids, as labels are missing or there twice"] if labels and label == "id" else []
    return Drawing(dict(graph).get("directed") == 1, named, links, [], dict(graph), remarks)


def _parse(text: str) -> Pairs:
    """The keys and values of the text; a list of its own for each pair of brackets."""
    whole: Pairs = []
    open_lists = [whole]
    key: str | None = None
    for line, kind, token in _tokens(text):
        if kind == "key" and key is None:
            key = token
        elif kind == "close" and key is None and len(open_lists) > 1:
            open_lists.pop()
        elif kind == "open" and key is not None:
            inner: Pairs = []
            open_lists[-1].append((key, inner))
            open_lists.append(inner)
            key = None
        elif kind in ("number", "string") and key is not None:
            open_lists[-1].append((key, _number(token) if kind == "number" else html.unescape(token)))
            key = None
        else:
            raise ValueError(f"is not GML (line {line}: {token!r} is out of place); is it of another format?")
    if key is not None or len(open_lists) > 1:
        raise ValueError("is not GML (it ends within brackets or after a key); is it cut off?")
    return whole


def _tokens(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, kind and text of each token that is not space or a comment."""
    place, line = 0, 1
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ValueError(f"is not GML (line {line} cannot be read); is it cut off, or of another format?")
        kind = match.lastgroup or ""
        if kind != "space":
            yield line, kind, match[kind]
        line += match[0].count("\n")
        place = match.end()


def _number(token: str) -> int | float:
    return int(token) if re.fullmatch(r"[+-]?\d{1,18}", token) else float(token)
