"""What of a drawing can be a network: links from one node to another, and nodes that reach each other."""

from __future__ import annotations

from collections import Counter

import networkx as nx

from topologies.files import Drawing
from topologies.files.kinds import kinds_of
from topologies.files.numbering import names_of

#: How many of the hosts that are left out a remark names.
_NAMED = 5


def largest_part(drawing: Drawing) -> Drawing:
    """Leave out links from a node to itself, and the parts of a network beside its largest one.

    Which direction links have does not count here: what only one way leads to is no part by itself. Switches without
    hosts may be by themselves.

    Parameters
    ----------
    drawing
        What a file says. Its remarks say in addition what is left out.

    Raises
    ------
    ValueError
        If a link leads to a node that is not there, or no part has the most hosts.

    Examples
    --------
    >>> from topologies.files import Link, Node
    >>> links = [Link("a", "b", {}), Link("b", "b", {})]
    >>> left = largest_part(Drawing(False, [Node(name, {}) for name in "abc"], links, [], {}, []))
    >>> len(left.links), *left.remarks
    (1, 'links from a node to itself carry nothing, and are left out: 1', "1 of 3 hosts are left out, as no path joins \
them to the others: 'c'")
    """
    there = {str(name) for name in names_of(drawing.nodes)}
    for link in drawing.links:
        for end in (link.source, link.target):
            if isinstance(end, bool) or not isinstance(end, int | str) or str(end) not in there:
                raise ValueError(f"{link.called(drawing.directed)}: there is no node {end!r}")
    links = [link for link in drawing.links if str(link.source) != str(link.target)]
    remarks = list(drawing.remarks)
    if loops := len(drawing.links) - len(links):
        remarks.append(f"links from a node to itself carry nothing, and are left out: {loops}")
    away = _beside_the_largest(drawing)
    if not away:
        return drawing._replace(links=links, remarks=remarks)
    kinds, _ = kinds_of(drawing.nodes)
    hosts = [node.name for node, kind in zip(drawing.nodes, kinds, strict=True) if kind == "host"]
    out = [name for name in hosts if str(name) in away]
    named = ", ".join(map(repr, out[:_NAMED])) + (", ..." if len(out) > _NAMED else "")
    remarks.append(f"{len(out)} of {len(hosts)} hosts are left out, as no path joins them to the others: {named}")
    nodes = [node for node in drawing.nodes if str(node.name) not in away]
    links = [link for link in links if str(link.source) not in away and str(link.target) not in away]
    return drawing._replace(nodes=nodes, links=links, remarks=remarks)


def _beside_the_largest(drawing: Drawing) -> set[str]:
    """The nodes of the parts with hosts that are not the largest one."""
    kinds, _ = kinds_of(drawing.nodes)
    kind_of = {str(node.name): kind for node, kind in zip(drawing.nodes, kinds, strict=True)}
    graph = nx.Graph()
    graph.add_nodes_from(kind_of)
    graph.add_edges_from((str(link.source), str(link.target)) for link in drawing.links)
    parts = list(nx.connected_components(graph))
    sizes = [Counter(kind_of[name] for name in part)["host"] for part in parts]
    if sum(size > 0 for size in sizes) < 2:
        return set()
    most = max(sizes)
    if sizes.count(most) > 1:
        large = [part for part, size in zip(parts, sizes, strict=True) if size == most]
        firsts = [next(name for name, kind in kind_of.items() if kind == "host" and name in part) for part in large]
        raise ValueError(
            f"has no path between nodes {firsts[0]} and {firsts[1]}, and their parts of the network have {most} hosts "
            "each; link them, or remove one"
        )
    keep = sizes.index(most)
    return {name for number, part in enumerate(parts) if sizes[number] and number != keep for name in part}
