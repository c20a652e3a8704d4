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
from topologies.files.numbering import whole
from topologies.files.text import read_text


@dataclass
class File(Placement):
    """The hosts that a file lists, one for each rank, then one for each server.

    A host may be listed more than once.

    Parameters
    ----------
    path
        JSON list of hosts by their ids in the network's file, whole numbers as number or text. By their numbers
        from 0 where ids are words, too, and in networks without a file.
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
        ids = _ids(graph)
        return [_host(graph, ids, name, self.path) for name in listed]


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


def _ids(graph: nx.Graph | None) -> dict[object, int]:
    """The hosts by what the network's file calls them: by their numbers where these are numbers, else by words."""
    own = {} if graph is None else nx.get_node_attributes(graph, "name")
    numbers = {host: whole(name) for host, name in own.items()}
    called = own if None in numbers.values() else numbers
    return {name: host for host, name in called.items()}


def _host(graph: nx.Graph | None, ids: dict[object, int], name: object, path: str) -> int:
    """The host that the list calls by id or number; on an ideal network any number is one."""
    number = whole(name)
    key = name if number is None or name in ids else number  # a word of digits among other words is a word
    if isinstance(key, int | str) and not isinstance(key, bool) and key in ids:
        return ids[key]
    by_number = not any(isinstance(known, int) for known in ids)
    if by_number and number is not None and number >= 0 and (graph is None or number in graph):
        return number
    raise FieldError("path", f"{path} lists {name!r}, but the network has no such host; give a number or name of one")
