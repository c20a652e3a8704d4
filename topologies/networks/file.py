"""A network that a file describes."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx

from topologies.connected import check_connected
from topologies.field_error import FieldError
from topologies.files.annotate import ASSUMED, Assumed, annotate
from topologies.files.read import read
from topologies.networks import Network
from topologies.ranges import check, check_choice
from topologies.size import TooFewHosts


def file(path: str, assumed: Assumed = ASSUMED) -> nx.Graph:
    """Return the network that a file describes.

    The file is node-link JSON [1]_, GraphML, GML, an edge list, an adjacency list or InfraGraph. The attributes of its
    edges are ``bandwidth_gbps`` (Gb/s, per direction), ``latency_us`` (us) and optionally ``duplex`` (``split`` or
    ``shared``) and ``inside`` (true: a link inside a machine, such as NVLink, which no transport passes), that of its
    nodes ``kind`` (``host`` or ``switch``; a node without it is a host). Other spellings of these are those of
    `topologies.files.quantities` and `topologies.files.kinds`. A directed file makes an asymmetric network: each edge
    is a link in one direction. JSON may list ``routes``, each the ids of the nodes from one host to another.

    Parameters
    ----------
    path
        The file, in UTF-8: ``.json``, ``.graphml``, ``.xml``, ``.gml``, ``.txt``, ``.csv``, ``.edges``, ``.edgelist``,
        ``.adjlist`` or, with the extra ``infragraph``, ``.yaml`` and ``.yml``.
    assumed
        What links have of which the file does not say it.

    Returns
    -------
    networkx.Graph or networkx.DiGraph
        Annotated graph. Hosts are numbered in the order of their ids, where these are whole numbers, else in the order
        in which they are listed (see `topologies.files.numbering`), and keep their name in the file as the attribute
        ``name``. The routes, if it lists any, are the graph's ``routes``, and how it was understood its ``remarks``.

    Raises
    ------
    FieldError
        If the file is missing, truncated or not what its name claims, if a link has no proper bandwidth and latency or
        may be one or two, if no part of the network has most hosts, or if a host of that part cannot reach another.

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
        graph = annotate(read(path), assumed)
        check_connected(graph)
    except ValueError as error:
        raise FieldError("path", f"{path}: {error}") from error
    return graph


@dataclass
class File(Network):
    """A network read from a file: node-link JSON, GraphML, GML, an edge list, an adjacency list or InfraGraph.

    Any links between any hosts and switches, also asymmetric ones.

    Parameters
    ----------
    path
        The file (.json, .graphml, .gml, .edges, .yaml); links with bandwidth_gbps and latency_us, nodes with kind. See
        `file`.
    routing
        ecmp, shortest or explicit (the file's routes); None: explicit if the file lists any, else ecmp. Of all shortest
        routes ``ecmp`` takes one by hash of the pair and ``shortest`` the first, as ``explicit`` does for pairs without
        a route in the file.
    bandwidth_gbps
        Bandwidth of links without their own (Gb/s), > 0; None: each must have its own.
    latency_us
        Latency of links without their own and without a length (us), >= 0; None: each must have its own. Where
        no link has one, and `bandwidth_gbps` is given, None is 0.
    us_per_km
        Latency of links with a length only, their dist in km (us per km), >= 0; None: `latency_us`, else 5.
    """

    path: str = ""
    routing: str | None = None
    bandwidth_gbps: float | None = None
    latency_us: float | None = None
    us_per_km: float | None = None

    def __post_init__(self) -> None:
        if self.routing is not None:
            check_choice("routing", self.routing, ("ecmp", "shortest", "explicit"))
        check("bandwidth_gbps", self.bandwidth_gbps, "give the Gb/s of links without their own, or null", above=0)
        check("latency_us", self.latency_us, "give the microseconds of links without their own, or null", at_least=0)
        check("us_per_km", self.us_per_km, "give the microseconds of one km, 5 for fibre, or null", at_least=0)

    def graph(self, hosts: int) -> nx.Graph:
        """Annotated graph of the file; see `Network.graph`."""
        graph = self._read()
        available = sum(kind == "host" for _, kind in graph.nodes(data="kind"))
        if available < hosts:
            raise TooFewHosts("path", hosts, f"{self.path} has {available}; give a larger network")
        listed = "routes" in graph.graph
        if self.routing == "explicit" and not listed:
            raise FieldError("routing", f'explicit needs "routes", but {self.path} lists none; list them, or use ecmp')
        graph.graph["routing"] = self.routing or ("explicit" if listed else "ecmp")
        return graph

    def remarks(self) -> list[str]:
        """In which order hosts are, and what the file left open."""
        said: list[str] = self._read().graph["remarks"]
        return said

    def _read(self) -> nx.Graph:
        return file(self.path, Assumed(self.bandwidth_gbps, self.latency_us, self.us_per_km))
