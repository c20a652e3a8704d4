"""GraphML, the XML of graphs."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import networkx as nx

from topologies.files import Drawing, Link, Node

_NUMBERS = ("int", "long", "float", "double")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


#: What other XML is, by its outermost element.
_OTHERS = {"platform": "a SimGrid platform", "fnss-topology": "a topology of FNSS", "network": "a network of SNDlib"}
_YED = "http://www.yworks.com/xml/graphml"


def read_graphml(text: str) -> Drawing:
    """Read GraphML: the first graph of the document, with attributes declared by ``key`` elements.

    A document with a DOCTYPE or an ENTITY is refused before it is parsed, wherever these stand: graphs need neither,
    and they are how XML reaches for other files or grows without bounds. A drawing of yEd, which says of every graph
    that it is directed, is one only where its arrows lead from every node to every other one.

    Raises
    ------
    ValueError
        What is wrong, without the file's name.

    References
    ----------
    .. [1] U. Brandes et al., "GraphML progress report: structural layer proposal", Graph Drawing 2001.

    Examples
    --------
    >>> read_graphml('<graphml><graph edgedefault="directed"><node id="a"/></graph></graphml>').nodes
    [Node(name='a', attributes={})]
    """
    outermost = re.search(r"<([A-Za-z][\w-]*)[\s/>]", text)
    if outermost is not None and outermost[1] in _OTHERS:
        raise ValueError(
            f"is {_OTHERS[outermost[1]]}, not GraphML; write nodes and links as GraphML, node-link JSON or GML with "
            "bandwidth_gbps and latency_us"
        )
    for forbidden in ("<!DOCTYPE", "<!ENTITY"):
        if forbidden in text.upper():
            raise ValueError(f"has a {forbidden}, which could reach for other files; remove it")
    try:
        root = ElementTree.fromstring(text)  # a str, so that no declared encoding makes it other than what was searched
    except ElementTree.ParseError as error:
        raise ValueError(f"is not XML ({error}); is it cut off, or of another format?") from error
    graph = next((child for child in root if _tag(child) == "graph"), None)
    if _tag(root) != "graphml" or graph is None:
        raise ValueError("is not GraphML, a graphml element with a graph in it")
    if any(_tag(child) == "hyperedge" for child in graph):
        raise ValueError("has a hyperedge; a link joins two nodes")
    keys = {key.get("id", ""): key for key in root if _tag(key) == "key"}
    directed = graph.get("edgedefault") == "directed"
    nodes = [Node(_needed(node, "id"), _attributes(node, keys)) for node in graph if _tag(node) == "node"]
    links = [_link(edge, keys, directed) for edge in graph if _tag(edge) == "edge"]
    remarks = []
    if directed and _YED in text and not _arrows_lead_everywhere(graph, nodes, links):
        directed = False
        remarks.append("yEd calls every graph directed: links are taken both ways, as arrows do not lead everywhere")
    return Drawing(directed, nodes, links, [], _attributes(graph, keys), remarks)


def _arrows_lead_everywhere(graph: ElementTree.Element, nodes: list[Node], links: list[Link]) -> bool:
    """Whether links are drawn with arrows, by which every node reaches every other one."""
    heads = [arrows for arrows in graph.iter() if _tag(arrows) == "Arrows"]
    if heads and all(arrows.get("source") == arrows.get("target") for arrows in heads):
        return False
    arcs = nx.DiGraph((link.source, link.target) for link in links)
    arcs.add_nodes_from(node.name for node in nodes)
    return len(arcs) > 0 and bool(nx.is_strongly_connected(arcs))


def _link(edge: ElementTree.Element, keys: dict[str, ElementTree.Element], directed: bool) -> Link:
    source, target = _needed(edge, "source"), _needed(edge, "target")
    if edge.get("directed", str(directed).lower()) != str(directed).lower():
        raise ValueError(f"edge {source!r}-{target!r} is directed otherwise than the graph; give all edges one kind")
    return Link(source, target, _attributes(edge, keys))


def _attributes(element: ElementTree.Element, keys: dict[str, ElementTree.Element]) -> dict[str, object]:
    """The attributes of a node or an edge, by name; those that it does not give have the default of their key."""
    given = {data.get("key", ""): data for data in element if _tag(data) == "data"}
    for unknown in sorted(given.keys() - keys.keys()):
        raise ValueError(f"has a <{_tag(element)}> with data of the key {unknown!r}, which is not declared")
    found = {}
    for name, key in keys.items():
        default = next((child for child in key if _tag(child) == "default"), None)
        said = given.get(name, default if key.get("for", "all") in (_tag(element), "all") else None)
        if said is not None:
            found[key.get("attr.name", name)] = _value(said.text or "", key.get("attr.type", "string"))
    return found


def _value(text: str, kind: str) -> object:
    if kind in _NUMBERS:
        try:
            return float(text)
        except ValueError:
            pass  # the text is shown to the user where a number is wanted
    if kind == "boolean":
        return _BOOLEANS.get(text.strip().lower(), text.strip())
    return text.strip()


def _needed(element: ElementTree.Element, name: str) -> str:
    value = element.get(name)
    if value is None:
        raise ValueError(f"has a <{_tag(element)}> without {name}")
    return value


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]  # without the namespace, which many writers leave out
