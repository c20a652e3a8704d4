"""InfraGraph, the YAML of machines and fabrics that ASTRA-sim 3 reads."""

from __future__ import annotations

import warnings
from collections.abc import Hashable
from typing import Any

import networkx as nx
import yaml

from topologies.files import Drawing, Link, Node
from topologies.files.inventory import Inventory

#: What is a host, where there is any, of components: the first one of these.
HOSTS = ("xpu", "nic")


def read_infragraph(text: str) -> Drawing:
    """Read an InfraGraph infrastructure: devices of components, how many of each there are, and links between them.

    The package ``infragraph`` [1]_ expands it; what it would pass over (a component or a link that nobody has, two
    links in one place) is refused. Hosts are the components ``xpu``, where there are none the components ``nic``; all
    others are switches, which pass everything on. Links between components of one device that has hosts are inside a
    machine.

    Raises
    ------
    ValueError
        If the package is not installed, or what is wrong, without the file's name.

    References
    ----------
    .. [1] https://github.com/Keysight/infragraph
    """
    try:
        data = yaml.load(text, Loader=_Plain)  # a SafeLoader, which makes nothing but plain data
    except yaml.YAMLError as error:
        raise ValueError(f"is not YAML ({_one_line(error)}); is it cut off, or of another format?") from error
    except (RecursionError, ValueError) as error:
        raise ValueError(f"is not YAML of an infrastructure ({_one_line(error)})") from error
    Inventory(data).check()
    graph = _expanded(data)
    types = dict(graph.nodes(data="type"))
    if unknown := [name for name, kind in types.items() if kind is None]:
        raise ValueError(f"has an edge to {unknown[0]}, of which there are fewer; counts are from 0")
    if _links(graph) != _links(_expanded(_backwards(data))):
        raise ValueError("has two edges with different links in one place; give one of them")
    kind = next((kind for kind in HOSTS if kind in types.values()), None)
    if kind is None:
        raise ValueError(f"has no component of the choice {' or '.join(HOSTS)}, which are hosts; give one")
    machines = {_instance(name) for name, own in types.items() if own == kind}
    nodes = [Node(name, {"kind": "host" if own == kind else "switch"}) for name, own in types.items()]
    links = [
        Link(one, other, data | {"inside": _instance(one) == _instance(other) and _instance(one) in machines})
        for one, other, data in graph.edges(data=True)
    ]
    return Drawing(False, nodes, links, [], {}, [f"hosts are the components of the choice {kind}, by InfraGraph"])


class _Plain(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types
    """YAML without aliases, which grow without bounds, and without one key twice, of which the first would be lost."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise yaml.constructor.ConstructorError(
                None, None, f"has the alias *{event.anchor}; write it out", event.start_mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        found: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        if len(found) < len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "has one key twice", node.start_mark)
        return found


def _expanded(data: Any) -> nx.Graph:
    """The graph of all components of all instances, as the format's own package makes it."""
    try:
        from infragraph import Infrastructure  # an extra, and slow to import
        from infragraph.infragraph_service import InfraGraphService
    except ImportError as error:
        raise ValueError(
            'is YAML of InfraGraph, for which the package infragraph is needed; pip install "paceline[infragraph]"'
        ) from error
    service = InfraGraphService()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of components that nothing leads to: they are left out, and named, here
        try:
            service.set_graph(Infrastructure().deserialize(data))
        except Exception as error:  # it raises whatever comes
            raise ValueError(f"is no infrastructure of InfraGraph ({_one_line(error)})") from error
    return service.get_networkx_graph()


def _backwards(data: Any) -> Any:
    """The same with all edges in another order, of which the last one counts in each place."""
    devices = [device | {"edges": device.get("edges", [])[::-1]} for device in data["devices"]]
    return data | {"devices": devices, "edges": data.get("edges", [])[::-1]}


def _links(graph: nx.Graph) -> dict[frozenset[str], dict[str, object]]:
    return {frozenset((one, other)): data for one, other, data in graph.edges(data=True)}


def _instance(name: str) -> tuple[str, ...]:
    """The instance that a component is in: ``host.0`` of ``host.0.xpu.3``."""
    return tuple(name.split(".")[:2])


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
