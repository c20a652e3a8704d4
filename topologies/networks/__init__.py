"""Physical networks: hosts, switches and the links between them.

Each module holds one family: a function that makes the annotated graph from SI units, and the option that a config
names, whose fields carry the units of data sheets.

An *annotated graph* is an undirected ``networkx.Graph`` in which

- hosts are the integers ``0 .. H-1`` with ``kind="host"``, switches are strings with ``kind="switch"``;
- every edge is one link with ``bandwidth`` (B/s), ``latency`` (s) and ``duplex``: ``"split"`` gives each direction that
  bandwidth, ``"shared"`` makes both directions compete for it;
- an edge with ``inside=True`` is a link inside a machine (see `topologies.machines`), which no transport passes;
- an edge with ``cards=n`` is a bundle of the links of n network cards (one without it that of one card);
- the graph's attribute ``routing`` names the module of `topologies.routing` that chooses routes (``"ecmp"`` without
  it). What a routing needs to know is kept as attributes of the graph and its nodes; its own docstring lists them.

An asymmetric network is a ``networkx.DiGraph`` instead: every arc is one link in one direction, a resource of its own
with ``bandwidth`` and ``latency`` and without ``duplex``.

In *direct* networks (torus, ring, hypercube) there are no switches: hosts are linked to hosts and forward what is not
meant for them, the usual meaning in high-performance computing, where each node has its router on the same chip.
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
        networkx.Graph, networkx.DiGraph or None
            Annotated graph of at least `hosts` hosts; None for a network without latency and limits.

        Raises
        ------
        TooFewHosts
            If the network has fewer hosts; about the field to change.
        FieldError
            If a network of this size cannot be built, or its file does not describe one.
        """

    def remarks(self) -> list[str]:
        """What is to be said of the wires beside a run's figures, a line each; after `graph` has succeeded."""
        return []
