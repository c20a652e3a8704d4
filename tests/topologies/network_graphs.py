"""Shared by the tests of networks: what is counted, cut and written to files."""

import json

import networkx as nx


def hosts_of(graph):
    return [node for node, kind in graph.nodes(data="kind") if kind == "host"]


def switches_of(graph):
    return graph.subgraph(node for node, kind in graph.nodes(data="kind") if kind == "switch")


def cut_between(graph, left, right):
    """The bandwidth between two sets of nodes in one direction (B/s): a minimum cut with the sets held together."""
    network = nx.DiGraph()
    for one, other, bandwidth in graph.edges(data="bandwidth"):
        network.add_edge(one, other, capacity=bandwidth)
        network.add_edge(other, one, capacity=bandwidth)
    network.add_edges_from([("left", node) for node in left] + [(node, "right") for node in right])  # no capacity: any
    return nx.minimum_cut_value(network, "left", "right")


def write(path, nodes, edges, **others):
    """Write node-link JSON: nodes as (id, kind or None), edges as (source, target, Gb/s, us)."""
    data = {
        "nodes": [{"id": name} | ({} if kind is None else {"kind": kind}) for name, kind in nodes],
        "edges": [
            {"source": source, "target": target, "bandwidth_gbps": bandwidth, "latency_us": latency}
            for source, target, bandwidth, latency in edges
        ],
    }
    path.write_text(json.dumps(data | others))
    return str(path)


def write_star(path, hosts):
    """Write the star of so many hosts around one switch."""
    names = [f"h{host}" for host in range(hosts)]
    nodes = [*((name, None) for name in names), ("hub", "switch")]
    return write(path, nodes, [(name, "hub", 10, 5) for name in names])
