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
from topologies.size import check_file_size

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
    text = read_text(path)
    refuse_foreign(text)
    return reader(text)


def read_text(path: str) -> str:
    """Read a text file in UTF-8, with or without a byte-order mark.

    Raises
    ------
    ValueError
        If there is no such file, or it is a pipe or a device, which might never end, or it is not text; without the
        file's name.
    """
    try:
        if any(kind(Path(path)) for kind in (Path.is_fifo, Path.is_char_device, Path.is_socket)):
            raise ValueError("is not a file")
        check_file_size(Path(path))
        return Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ValueError("is not text in UTF-8") from error
