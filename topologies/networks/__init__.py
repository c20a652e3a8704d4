"""Physical networks: hosts, switches and the links between them.

Each module holds one family: a function that makes the annotated graph from SI units, and the option that a config
names, whose fields carry the units of data sheets.

An *annotated graph* is an undirected ``networkx.Graph`` in which

- hosts are the integers ``0 .. H-1`` with ``kind="host"``, switches are strings with ``kind="switch"``;
- every edge is one link with ``bandwidth`` (B/s), ``latency`` (s) and ``duplex``: ``"split"`` gives each direction that
  bandwidth, ``"shared"`` makes both directions compete for it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import networkx as nx


@dataclass
class Network(ABC):
    """The wires: which hosts, switches and links there are."""

    @abstractmethod
    def graph(self, hosts: int) -> nx.Graph | None:
        """Make the annotated graph.

        Parameters
        ----------
        hosts
            How many hosts are needed, >= 1.

        Returns
        -------
        networkx.Graph or None
            Annotated graph of at least `hosts` hosts; None for a network without latency and limits.

        Raises
        ------
        ValueError
            If the network has fewer hosts; the message starts with the field to change.
        """
