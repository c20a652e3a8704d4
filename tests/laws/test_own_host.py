"""A file that is network and topology of one run: every rank is on its own host, however the file lists them."""

import networkx as nx
import pytest
from experiments import simulated


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4], [3, 1, 4, 0, 2]])
@pytest.mark.parametrize("write", [nx.write_graphml, nx.write_gml])
def test_neighbours_are_one_hop_apart(order, write, tmp_path):
    # Five in a ring: every link carries one model of 1e8 B each way per round, 0.08 s at 10 Gb/s after 1 ms of latency,
    # and the 1 ms of the gradient passes meanwhile, as D-PSGD computes while models travel: 4 rounds take 4 x 0.081 s.
    # On other hosts than their own some neighbours would be two hops apart, and links would carry two models.
    graph = nx.Graph()
    graph.add_nodes_from(order)
    graph.add_edges_from(((one, (one + 1) % 5) for one in range(5)), bandwidth_gbps=10.0, latency_us=1000.0)
    path = tmp_path / "ring"
    path = path.with_suffix(".graphml" if write is nx.write_graphml else ".gml")
    write(graph, path)
    result = simulated(
        "dpsgd",
        workers=5,
        problem="none",
        workload="synthetic seconds=0.001 bytes=1e8",
        topology=f"file path={path}",
        network=f"file path={path}",
        until="updates=4",
    )
    assert result.summary.virtual_seconds == pytest.approx(4 * 0.081, rel=1e-9)
