"""A communication graph that a file describes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import networkx as nx

from topologies.communication import Topology
from topologies.communication.ranks import Ranks, ranks_of
from topologies.communication.shares import shares_of
from topologies.communication.weighted import Weights, weighed
from topologies.field_error import FieldError
from topologies.files.read import read
from topologies.rounds import Periodic, Rounds
from topologies.size import check_workers

if TYPE_CHECKING:
    import numpy as np


class FileWeights(StrEnum):
    """How much a rank keeps of its own model, and how much its neighbours get."""

    metropolis = "metropolis"
    uniform = "uniform"
    file = "file"


def file(path: str) -> nx.Graph | nx.DiGraph:
    r"""Return the communication graph that a file describes.

    The file is an edge list, two nodes per line with space or a comma between them (``#`` begins a comment), an
    adjacency list, or node-link JSON [1]_, GraphML or GML. Of an undirected graph, which lists always are, an edge may
    be there in both directions; it counts once. One from a rank to itself carries nothing, and is left out.

    Parameters
    ----------
    path
        The file, in UTF-8: ``.txt``, ``.csv``, ``.edges`` or ``.edgelist``; ``.adjlist``; ``.json``, ``.graphml``,
        ``.xml`` or ``.gml``.

    Returns
    -------
    networkx.Graph or networkx.DiGraph
        On the ranks ``0 .. n-1``, no attributes; a way leads from each rank to every other one. Ranks are the nodes in
        the order of their ids, where these are whole numbers, else in the order in which they are listed (see
        `topologies.files.numbering`). Directed where the file says so: edges lead from who sends to who receives.

    Raises
    ------
    FieldError
        If the file is missing, truncated or not what its name claims, or if a rank cannot reach another one.

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
    with _of_file(path) as ranks:
        return ranks.graph()


@contextmanager
def _of_file(path: str) -> Iterator[Ranks]:
    """What the file says; what is wrong with it, here or within, is said of the file."""
    if not path:
        raise FieldError("path", "no file is given; give an edge list (.txt, .csv), or a .json, .graphml or .gml file")
    try:
        yield ranks_of(read(path))
    except FieldError:
        raise
    except ValueError as error:
        raise FieldError("path", f"{path}: {error}") from error


@dataclass
class File(Topology):
    """A communication graph read from a file: edge or adjacency list, node-link JSON, GraphML or GML.

    It is directed where the file says so.

    Parameters
    ----------
    path
        Edge list (.txt, .csv, .edges, .edgelist: two nodes per line), .adjlist, .json, .graphml, .xml or .gml. See
        `file`.
    weights
        metropolis (1 / (1 + larger degree)), uniform, which directed graphs always have, or file: the edges' weight.
        With file an edge's weight is the share of the sender's model that the receiver gets; what is left the sender
        keeps.
    """

    path: str = ""
    weights: FileWeights = field(default=FileWeights.metropolis, kw_only=True)

    def graph(self, workers: int) -> nx.Graph | nx.DiGraph:
        """The graph of the file, which has exactly `workers` ranks; see `file`."""
        check_workers(workers)
        with _of_file(self.path) as ranks:
            self._check_size(ranks, workers)
            return ranks.graph()

    def rounds(self, workers: int, generator: np.random.Generator) -> Rounds:
        if self.weights is not FileWeights.file:
            return weighed(self.graph(workers), Weights(self.weights))
        check_workers(workers)
        with _of_file(self.path) as ranks:
            self._check_size(ranks, workers)
            ranks.graph()
            return Periodic([shares_of(ranks)])

    def remarks(self) -> list[str]:
        """In which order ranks are, and which edges and weights are left aside."""
        with _of_file(self.path) as ranks:
            return [*ranks.remarks, *self._left_aside(ranks)]

    def _left_aside(self, ranks: Ranks) -> Iterator[str]:
        if self.weights is FileWeights.file:
            return
        if loops := ranks.loops:
            yield f"edges from a rank to itself carry nothing, and are left out: {loops}"
        if any("weight" in attributes for _, _, attributes in ranks.edges):
            yield (
                f"the edges' weights are not used, as topology.weights={self.weights}; topology.weights=file uses them"
            )

    def _check_size(self, ranks: Ranks, workers: int) -> None:
        there = len(ranks.names)
        if there != workers:
            raise FieldError(
                "workers",
                f"{self.path} has {there} ranks, got {workers}; give workers={there}, or another file",
                full=True,
            )
