"""A graph file, read in the format that its name claims."""

from __future__ import annotations

from pathlib import Path

from topologies.files import Drawing
from topologies.files.edge_list import read_adjacency_list, read_edge_list
from topologies.files.foreign import foreign_file, refuse_foreign
from topologies.files.gml import read_gml
from topologies.files.graphml import read_graphml
from topologies.files.infragraph import read_infragraph
from topologies.files.node_link import read_node_link
from topologies.files.text import read_text

_READERS = {
    ".json": read_node_link,
    ".graphml": read_graphml,
    ".xml": read_graphml,
    ".gml": read_gml,
    ".adjlist": read_adjacency_list,
    ".yaml": read_infragraph,
    ".yml": read_infragraph,
} | dict.fromkeys((".txt", ".csv", ".edges", ".edgelist"), read_edge_list)


def read(path: str) -> Drawing:
    """Read a graph file in UTF-8.

    Node-link JSON (``.json``), GraphML (``.graphml``, ``.xml``), GML (``.gml``), an edge list (``.txt``, ``.csv``,
    ``.edges``, ``.edgelist``), an adjacency list (``.adjlist``) or InfraGraph (``.yaml``, ``.yml``).

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    ValueError
        If there is no such file, it cannot be read, or it is not what its name claims; without the file's name.
    """
    reader = _READERS.get(Path(path).suffix.lower())
    if reader is None:
        raise ValueError(foreign_file(path) or f"is not a {', '.join(_READERS)} file; convert it to one of these")
    try:
        text = read_text(Path(path))
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror})") from error
    refuse_foreign(text)
    return reader(text)
