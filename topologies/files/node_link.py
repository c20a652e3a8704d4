"""Node-link JSON, as ``networkx.node_link_data`` makes it."""

from __future__ import annotations

import json
from typing import Any

from topologies.files import Drawing, Link, Node


def read_node_link(text: str) -> Drawing:
    """Read node-link JSON.

    An object with a list ``nodes`` of objects with an ``id``, and a list ``edges`` (or ``links``, the name in older
    files) of objects with ``source`` and ``target``; optionally ``directed`` and a list ``routes``, in which each route
    is a list of ids.

    Raises
    ------
    ValueError
        What is wrong, without the file's name.

    Examples
    --------
    >>> read_node_link('{"nodes": [{"id": "a"}, {"id": "b"}], "links": [{"source": "a", "target": "b"}]}').nodes
    [Node(name='a', attributes={'id': 'a'}), Node(name='b', attributes={'id': 'b'})]
    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"is not JSON ({error.msg} in line {error.lineno}); is it cut off, or of another format?"
        ) from error
    except ValueError as error:
        raise ValueError("has a number of too many digits") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply for a network") from error
    if not isinstance(data, dict) or ("edges" in data) == ("links" in data):
        raise ValueError('is not node-link JSON, an object with "nodes" and either "edges" or "links"')
    nodes = [Node(node["id"], node) for node in _objects(data, "nodes", ("id",))]
    key = "edges" if "edges" in data else "links"
    links = [Link(link["source"], link["target"], link) for link in _objects(data, key, ("source", "target"))]
    routes = data.get("routes", [])
    if not isinstance(routes, list):
        raise ValueError('"routes" is not a list of routes, of which each is a list of ids')
    directed = data.get("directed", False)
    if not isinstance(directed, bool):
        raise ValueError(f'"directed" must be true or false, got {directed!r}')
    attributes = data.get("graph", {})
    return Drawing(directed, nodes, links, routes, attributes if isinstance(attributes, dict) else {}, [])


def _objects(data: dict[str, Any], key: str, needed: tuple[str, ...]) -> list[dict[str, Any]]:
    """The list of objects under `key`, of which each has the `needed` keys."""
    found = data.get(key)
    if not isinstance(found, list):
        raise ValueError(f'has no list of "{key}"')
    for number, item in enumerate(found):
        if not isinstance(item, dict):
            raise ValueError(f'item {number} of "{key}" is not an object')
        for name in needed:
            if name not in item:
                raise ValueError(f'item {number} of "{key}" has no "{name}"')
    return found
