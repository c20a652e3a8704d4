"""A communication graph that a file describes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import networkx as nx

from topologies.communication.edges import directed, undirected
from topologies.communication.weighted import Weighted
from topologies.field_error import FieldError
from topologies.files import Drawing
from topologies.files.foreign import foreign_file, refuse_foreign
from topologies.files.read import read, read_text
from topologies.size import check_workers

Edges: TypeAlias = list[tuple[int, int]]

EDGE_LISTS = (".txt", ".csv", ".edges", ".edgelist")
GRAPHS = (".json", ".graphml", ".xml", ".gml")


def file(path: str) -> nx.Graph | nx.DiGraph:
    r"""Return the communication graph that a file describes.

    The file is an edge list, two ranks per line with space or a comma between them (``#`` begins a comment), or
    node-link JSON [1]_, GraphML or GML, of which the nodes are the ranks and nothing else is read. Of an undirected
    graph, which an edge list always is, an edge may be there in both directions; it counts once.

    Parameters
    ----------
    path
        The file, in UTF-8: ``.txt``, ``.csv``, ``.edges`` or ``.edgelist``; ``.json``, ``.graphml``, ``.xml`` or
        ``.gml``.

    Returns
    -------
    networkx.Graph or networkx.DiGraph
        On the ranks ``0 .. n-1``, no attributes; a way leads from each rank to every other one. Directed where the file
        says so: edges lead from who sends to who receives.

    Raises
    ------
    FieldError
        If the file is missing, truncated or not what its name claims, if its nodes are not the ranks from 0 on, if an
        edge is a self-loop, or if a rank cannot reach another one.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".txt") as example:
    ...     example.write("0 1  # the first two") and example.write("\n1 2") and example.flush()
    ...     sorted(file(example.name).edges)
    [(0, 1), (1, 2)]

    References
    ----------
    .. [1] https://networkx.org/documentation/stable/reference/readwrite/json_graph.html
    """
    if not path:
        raise FieldError("path", "no file is given; give an edge list (.txt, .csv), or a .json, .graphml or .gml file")
    try:
        if _suffix(path) in EDGE_LISTS:
            ranks, edges = _edge_list(read_text(path))
            return _connected(ranks, edges)
        drawing = read(path)
        return _connected(*_drawn(drawing), one_way=drawing.directed)
    except ValueError as error:
        raise FieldError("path", f"{path}: {error}") from error


def _suffix(path: str) -> str:
    suffix = Path(path).suffix.lower()
    if suffix not in EDGE_LISTS + GRAPHS:
        said = f"is not a {', '.join(EDGE_LISTS + GRAPHS)} file; convert it to one of these"
        raise ValueError(foreign_file(path) or said)
    return suffix


def _edge_list(text: str) -> tuple[set[int], Edges]:
    """The ranks and the edges of an edge list."""
    refuse_foreign(text)
    edges = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].replace(",", " ").split()
        if len(words) not in (0, 2):
            raise ValueError(f"line {number}: must be two ranks and nothing else, got {line.strip()[:40]!r}")
        if words:
            edges.append((_rank(words[0], f"line {number}"), _rank(words[1], f"line {number}")))
    return {rank for edge in edges for rank in edge}, edges


def _drawn(drawing: Drawing) -> tuple[set[int], Edges]:
    """The ranks and the edges of a file that lists nodes and edges."""
    ranks = {_rank(node.name, "node") for node in drawing.nodes}
    edges = [(_rank(link.source, "edge"), _rank(link.target, "edge")) for link in drawing.links]
    for one, other in edges:
        if not {one, other} <= ranks:
            raise ValueError(f"edge {one}-{other}: there is no node {other if one in ranks else one}")
    return ranks, edges


def _rank(name: object, what: str) -> int:
    if isinstance(name, int) and not isinstance(name, bool) and name >= 0:
        return name
    if isinstance(name, str) and re.fullmatch("[0-9]{1,9}", name):
        return int(name)
    raise ValueError(f"{what}: must be a rank, a whole number from 0 on, got {name!r}; number the workers from 0")


def _connected(ranks: set[int], edges: Edges, *, one_way: bool = False) -> nx.Graph | nx.DiGraph:
    if not ranks:
        raise ValueError("has no ranks; give an edge for every two that talk to each other")
    if absent := set(range(len(ranks))) - ranks:
        raise ValueError(f"has {len(ranks)} ranks, but none of the number {min(absent)}; number them from 0 on")
    for one, other in edges:
        if one == other:
            raise ValueError(f"edge {one}-{other} is a self-loop; remove it")
    graph = directed(len(ranks), edges) if one_way else undirected(len(ranks), edges)
    if apart := ranks - nx.descendants(graph, 0) - {0}:
        joins = "leads from" if one_way else "joins"
        raise ValueError(f"no path {joins} rank 0 to rank {min(apart)}; give an edge between their parts")
    if one_way and (apart := ranks - nx.ancestors(graph, 0) - {0}):
        raise ValueError(f"no path leads from rank {min(apart)} to rank 0; give an edge between their parts")
    return graph


@dataclass
class File(Weighted):
    """A communication graph read from a file: edge list, node-link JSON, GraphML or GML; directed where it says so.

    Parameters
    ----------
    path
        Edge list (.txt, .csv, .edges, .edgelist: two ranks per line), .json, .graphml, .xml or .gml. See `file`.
    weights
        undirected: metropolis (1 / (1 + larger degree)) or uniform; directed: always uniform.
    """

    path: str = ""

    def graph(self, workers: int) -> nx.Graph | nx.DiGraph:
        """The graph of the file, which has exactly `workers` ranks; see `file`."""
        check_workers(workers)
        graph = file(self.path)
        if len(graph) != workers:
            raise FieldError(
                "workers",
                f"{self.path} has {len(graph)} ranks, got {workers}; give workers={len(graph)}, or another file",
                full=True,
            )
        return graph
