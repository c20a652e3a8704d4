"""Host by a list in a file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np

from sim.placements import Placement
from topologies.field_error import FieldError
from topologies.files.foreign import refuse_foreign
from topologies.files.text import read_text


@dataclass
class File(Placement):
    """The hosts that a file lists, one for each rank, then one for each server.

    A host may be listed more than once.

    Parameters
    ----------
    path
        JSON list of numbers of hosts, or of their names in the network's file.
    """

    path: str = ""

    def hosts(self, graph: nx.Graph | None, workers: int, servers: int, generator: np.random.Generator) -> list[int]:
        listed = _read(self.path)
        if len(listed) != workers + servers:
            raise FieldError(
                "path",
                f"{self.path} lists {len(listed)} hosts, but {workers} workers and {servers} servers are to be "
                f"placed; list {workers + servers}",
            )
        own = {} if graph is None else nx.get_node_attributes(graph, "name")
        names = {name: host for host, name in own.items()}
        return [_number(graph, names, name, self.path) for name in listed]


def _read(path: str) -> list[object]:
    if not path:
        raise FieldError("path", "no file is given; give the path of a JSON list of hosts")
    try:
        text = read_text(Path(path))
        refuse_foreign(text)
    except OSError as error:
        raise FieldError("path", f"{path} cannot be read ({error.strerror}); give a JSON list of hosts") from error
    except ValueError as error:
        raise FieldError("path", f"{path} {error}; give a JSON list of hosts") from error
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FieldError("path", f"{path} is not JSON; give a list of hosts") from error
    if not isinstance(listed, list):
        raise FieldError("path", f"{path} is not a JSON list; give one host for each rank, then for each server")
    return listed


def _number(graph: nx.Graph | None, names: dict[str, int], name: object, path: str) -> int:
    """The number of the host that the file calls by number or name; on an ideal network any number is one."""
    if isinstance(name, int) and not isinstance(name, bool) and name >= 0 and (graph is None or name in graph):
        return name
    if isinstance(name, str) and name in names:
        return names[name]
    raise FieldError("path", f"{path} lists {name!r}, but the network has no such host; give a number or name of one")
