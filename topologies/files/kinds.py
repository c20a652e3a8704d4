"""Which nodes of a file are hosts and which are switches, in the spellings that people use."""

from __future__ import annotations

import re
from collections.abc import Sequence

from topologies.files import Node

#: Attributes that say what a node is: that of paceline, and those of FNSS, of NetworkX scripts and of drawings.
ATTRIBUTES = ("kind", "type", "role", "nodetype", "nodekind", "devicetype")
HOSTS = ("host", "server", "endhost", "hosts", "compute", "computenode", "worker", "gpu")
SWITCHES = ("switch", "router", "leaf", "spine", "tor", "core", "aggregation", "agg", "edge", "access")


def kinds_of(nodes: Sequence[Node]) -> tuple[list[str], list[str]]:
    """What each node is.

    An attribute that never says host or switch says something else, and is left alone; ``kind`` must say it.

    Returns
    -------
    tuple
        Of each node ``host`` or ``switch``, a host where nothing is said; and which attributes were left alone.

    Raises
    ------
    ValueError
        If a node is neither, or both.

    Examples
    --------
    >>> kinds_of([Node("a", {"type": "Server"}), Node("b", {"role": "ToR"}), Node("c", {})])
    (['host', 'switch', 'host'], [])
    """
    values: dict[str, set[str]] = {}
    for node in nodes:
        for key, value in node.attributes.items():
            if value is not None and _plain(key) in ATTRIBUTES:
                values.setdefault(key, set()).add(str(value))
    telling = [key for key, said in values.items() if key == "kind" or any(_kind(value) for value in said)]
    remarks = [
        f"of the nodes' attribute {key} nothing is used, as no value is host or switch (the first is {min(said)!r})"
        for key, said in values.items()
        if key not in telling
    ]
    return [_one(node, telling) for node in nodes], remarks


def _one(node: Node, telling: Sequence[str]) -> str:
    said: dict[str, str] = {}
    for key in telling:
        value = node.attributes.get(key)
        if value is None:
            continue
        kind = _kind(str(value))
        if kind is None:
            raise ValueError(f"node {node.name!r}: {key} must be host or switch, got {value!r}")
        for other, meant in said.items():
            if meant != kind:
                raise ValueError(f"node {node.name!r}: {other} says {meant}, but {key} says {kind}; remove one of them")
        said[key] = kind
    return next(iter(said.values()), "host")


def _kind(value: str) -> str | None:
    plain = _plain(value)
    return "host" if plain in HOSTS else "switch" if plain in SWITCHES else None


def _plain(word: str) -> str:
    return re.sub(r"[\s_-]", "", word).lower()
