"""GraphML, the XML of graphs."""

from __future__ import annotations

from xml.etree import ElementTree

from topologies.files import Drawing, Link, link_of, node_of

_NUMBERS = ("int", "long", "float", "double")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def read_graphml(text: str) -> Drawing:
    """Read GraphML: the first graph of the document, with attributes declared by ``key`` elements.

    A document with a DOCTYPE or an ENTITY is refused before it is parsed, wherever these stand: graphs need neither,
    and they are how XML reaches for other files or grows without bounds.

    Raises
    ------
    ValueError
        What is wrong, without the file's name.

    References
    ----------
    .. [1] U. Brandes et al., "GraphML progress report: structural layer proposal", Graph Drawing 2001.

    Examples
    --------
    >>> read_graphml('<graphml><graph edgedefault="directed"><node id="a"/></graph></graphml>')
    Drawing(directed=True, nodes=[Node(name='a', kind=None)], links=[], routes=[])
    """
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
    nodes = [node_of(_needed(node, "id"), _attributes(node, keys)) for node in graph if _tag(node) == "node"]
    links = [_link(edge, keys, directed) for edge in graph if _tag(edge) == "edge"]
    return Drawing(directed, nodes, links, [])


def _link(edge: ElementTree.Element, keys: dict[str, ElementTree.Element], directed: bool) -> Link:
    source, target = _needed(edge, "source"), _needed(edge, "target")
    if edge.get("directed", str(directed).lower()) != str(directed).lower():
        raise ValueError(f"edge {source!r}-{target!r} is directed otherwise than the graph; give all edges one kind")
    return link_of(source, target, _attributes(edge, keys))


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
