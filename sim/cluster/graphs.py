"""The annotated graph of a network, made once for runs in one process that ask for the same one after the other."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from topologies.networks import Network

if TYPE_CHECKING:
    import networkx as nx

_Key = tuple[type[Network], str, int, tuple[int, int] | None]
#: The last one. No more are kept: of a million hosts it takes gigabytes.
_kept: dict[_Key, nx.Graph | None] = {}


def graph_of(network: Network, hosts: int) -> nx.Graph | None:
    """The annotated graph of a network, which is not to be changed: others may have it, too.

    Parameters
    ----------
    network
        Whatever it says of itself decides, and when the file was changed that it names.
    hosts
        How many hosts are needed, >= 1.

    Returns
    -------
    networkx.Graph, networkx.DiGraph or None
        See `Network.graph`.

    Raises
    ------
    TooFewHosts, FieldError
        As `Network.graph` does.
    """
    try:
        said = json.dumps(asdict(network))
    except TypeError:  # a class of a notebook's own, of more than words and numbers
        return network.graph(hosts)
    key = (type(network), said, hosts, _state(network))
    if key not in _kept:
        _kept.clear()  # before the next one is made, so that there are never two
        graph = network.graph(hosts)
        _kept[key] = graph
        return graph
    return _kept[key]


def _state(network: Network) -> tuple[int, int] | None:
    """When the file that a network names was changed (ns), and how large it is (B); None where it names none."""
    with suppress(OSError, TypeError, ValueError):
        state = Path(getattr(network, "path", None)).stat()  # type: ignore[arg-type]
        return state.st_mtime_ns, state.st_size
    return None
