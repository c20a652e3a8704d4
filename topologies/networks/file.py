"""A network that a file describes."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx

from topologies.connected import check_connected
from topologies.field_error import FieldError
from topologies.files.annotate import annotate
from topologies.files.read import read
from topologies.networks import Network
from topologies.ranges import check_choice
from topologies.size import TooFewHosts


def file(path: str) -> nx.Graph:
    """Return the network that a file describes.

    The file is node-link JSON [1]_, GraphML or GML; the attributes of its edges are ``bandwidth_gbps`` (Gb/s, per
    direction), ``latency_us`` (us) and optionally ``duplex`` (``split`` or ``shared``) and ``inside`` (true: a link
    inside a machine, such as NVLink, which no transport passes), that of its nodes ``kind`` (``host`` or ``switch``; a
    node without it is a host). A directed file makes an asymmetric network: each edge is a
    link in one direction. JSON may list ``routes``, each the ids of the nodes from one host to another.

    Parameters
    ----------
    path
        The file: ``.json``, ``.graphml``, ``.xml`` or ``.gml``, in UTF-8.

    Returns
    -------
    networkx.Graph or networkx.DiGraph
        Annotated graph. Hosts are numbered in the order in which they appear, unless the file numbers them ``0 .. H-1``
        itself, and keep their name in the file as the attribute ``name``. The routes, if it lists any, are the graph's
        ``routes``.

    Raises
    ------
    FieldError
        If the file is missing, truncated or not what its name claims, if a link is a self-loop, is there twice or has
        no proper bandwidth and latency, or if two hosts cannot reach each other.

    Examples
    --------
    >>> import json, tempfile
    >>> text = {"nodes": [{"id": "a"}, {"id": "b"}, {"id": "s", "kind": "switch"}],
    ...         "edges": [{"source": end, "target": "s", "bandwidth_gbps": 8, "latency_us": 5} for end in "ab"]}
    >>> with tempfile.NamedTemporaryFile("w", suffix=".json") as example:
    ...     example.write(json.dumps(text)) and example.flush()
    ...     G = file(example.name)
    >>> G.nodes(data="name")
    NodeDataView({0: 'a', 1: 'b', 's': None}, data='name')
    >>> G.edges[1, "s"]
    {'bandwidth': 1000000000.0, 'latency': 5e-06, 'duplex': 'split'}

    References
    ----------
    .. [1] https://networkx.org/documentation/stable/reference/readwrite/json_graph.html
    """
    if not path:
        raise FieldError("path", "no file is given; give the path of a .json, .graphml or .gml file")
    try:
        graph = annotate(read(path))
        check_connected(graph)
    except ValueError as error:
        raise FieldError("path", f"{path}: {error}") from error
    return graph


@dataclass
class File(Network):
    """A network read from a file: node-link JSON, GraphML or GML.

    Any links between any hosts and switches, also asymmetric ones.

    Parameters
    ----------
    path
        The file (.json, .graphml, .xml or .gml); links with bandwidth_gbps and latency_us, nodes with kind. See `file`.
    routing
        ecmp, shortest or explicit (the file's routes); None: explicit if the file lists any, else ecmp. Of all shortest
        routes ``ecmp`` takes one by hash of the pair and ``shortest`` the first, as ``explicit`` does for pairs without
        a route in the file.
    """

    path: str = ""
    routing: str | None = None

    def __post_init__(self) -> None:
        if self.routing is not None:
            check_choice("routing", self.routing, ("ecmp", "shortest", "explicit"))

    def graph(self, hosts: int) -> nx.Graph:
        """Annotated graph of the file; see `Network.graph`."""
        graph = file(self.path)
        available = sum(kind == "host" for _, kind in graph.nodes(data="kind"))
        if available < hosts:
            raise TooFewHosts("path", hosts, f"{self.path} has {available}; give a larger network")
        listed = "routes" in graph.graph
        if self.routing == "explicit" and not listed:
            raise FieldError("routing", f'explicit needs "routes", but {self.path} lists none; list them, or use ecmp')
        graph.graph["routing"] = self.routing or ("explicit" if listed else "ecmp")
        return graph
