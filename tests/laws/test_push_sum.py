"""Laws of stochastic gradient push: what is conserved, what is exact, what overlaps."""

import json
from collections import defaultdict
from dataclasses import dataclass, field

import experiments
import networkx as nx
import numpy as np
import pytest
from experiments import cluster_of, simulated
from on_the_clock import on_the_clock
from same_events import assert_same_events

from sim.protocols.dpsgd import Order
from sim.protocols.sgp import SGP

#: Whose default weights are doubly stochastic, so that w = 1.
DOUBLY = ["ring", "torus", "hypercube", "complete", "star", "exponential", "one_peer_exponential", "random_matching"]
DOUBLY += ["base_graph", "base_graph k=2"]


@pytest.fixture
def arrows(tmp_path):
    """A directed graph of five ranks: a cycle with three short cuts. Ranks get more than they give, or less."""
    graph = nx.DiGraph([(0, 1), (1, 2), (2, 3), (3, 4), (4, 0), (0, 2), (0, 3), (2, 0)])
    return written(graph, tmp_path / "arrows.json")


def written(graph, path):
    """The topology of a graph in a file."""
    path.write_text(json.dumps(nx.node_link_data(graph, edges="edges")))
    return f"file path={path}"


def trajectory(protocol, topology, updates=20, **fields):
    common = {"workers": 8, "straggler": "exponential", "until": f"updates={updates}"}
    return experiments.trajectory(protocol, topology=topology, **common | fields)


@pytest.mark.parametrize("topology", DOUBLY)
def test_the_mean_on_identical_quadratics_is_the_synchronous_trajectory(topology):
    # P is doubly stochastic and the gradient linear, so the mean obeys x <- x - lr (h x + mean noise).
    fields = {"problem": "quadratic dim=20 curvature=0.7 noise=2"}
    pushed = trajectory("sgp", topology, **fields)
    np.testing.assert_allclose(pushed, trajectory("allreduce", topology, **fields), rtol=0, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("topology", DOUBLY)
def test_so_is_that_of_decentralised_sgd(topology, order):
    fields = {"problem": "quadratic dim=20 curvature=0.7 noise=2"}
    mixed = trajectory(f"dpsgd order={order.name}", topology, **fields)
    np.testing.assert_allclose(mixed, trajectory("allreduce", topology, **fields), rtol=0, atol=1e-12)


@pytest.mark.parametrize("topology", ["ring", "exponential", "one_peer_exponential", "random_matching"])
def test_where_nobody_gets_more_than_it_gives_push_sum_is_adapt_then_combine(topology):
    # w = 1 up to the last bit of a sum of weights, so that z = x: in float32 the same to rounding.
    fields = {"problem": "digits_mlp hidden=[16]", "optimizer": "momentum lr=0.05"}
    pushed, combined = (trajectory(each, topology, **fields) for each in ("sgp", "dpsgd order=adapt_then_combine"))
    np.testing.assert_allclose(pushed, combined, rtol=0, atol=1e-5 * abs(combined).max())


def test_with_halves_push_sum_is_adapt_then_combine_bit_for_bit():
    fields = {"problem": "digits_mlp hidden=[16]", "optimizer": "momentum lr=0.05"}
    for topology in ("one_peer_exponential", "random_matching"):
        pushed, combined = (trajectory(each, topology, **fields) for each in ("sgp", "dpsgd order=adapt_then_combine"))
        np.testing.assert_array_equal(pushed, combined)


@dataclass
class Ledger(SGP):
    """Push-sum without gradients after the first, which keeps account of what every worker holds."""

    held: dict = field(default_factory=dict)  # rank -> (x, w) of those that hold something now
    after: dict = field(default_factory=lambda: defaultdict(list))  # round -> everybody's (x, w) after it

    def worker(self, me):
        g = yield me.gradient(me.x)
        x, w = me.update(me.x, g), 1.0
        self.held[me.rank] = x, w
        self.after[0].append((x, w))
        for number in range(1, 1000):
            me.neighbours.share(x, w)
            del self.held[me.rank]
            x, w = yield me.neighbours.pushed(late=self.overlap)
            self.held[me.rank] = x, w
            self.after[number].append((x, w))
            me.x = x / w
            yield me.gradient(me.x)


def run(protocol, topology, workers, updates, **fields):
    """The cluster after so many updates."""
    common = {
        "problem": "quadratic dim=3 noise=30",
        "straggler": "exponential",
        "network": "single_switch bandwidth_gbps=1e-3",
        "workload": "synthetic seconds=1 bytes=1e5",
    }
    cluster = cluster_of(protocol, workers=workers, topology=topology, until=f"updates={updates}", **common | fields)
    cluster.run()
    return cluster


@pytest.mark.parametrize("overlap", [0, 1, 3])
def test_models_and_weights_are_conserved_with_what_is_under_way(overlap, arrows):
    # Messages take 0.8 s or more beside gradients of 1 s on average: at the end of the run some are under way.
    ledger = Ledger(overlap)
    cluster = run(ledger, arrows, 5, 20)
    rounds = [(worker.rank, mine) for worker in cluster.workers for mine in worker.neighbours._rounds.values()]
    given = [(rank, each) for rank, mine in rounds for each in mine.given]
    messages = [delivered.args for delivered in cluster.world.fabric._delivered.values()]
    under_way = [(target.rank, each) for _, target, _, (each,) in messages]
    assert under_way
    pieces = [(each.shares[rank], each.x, each.w) for rank, each in given + under_way]
    pieces += [(1.0, x, w) for x, w in ledger.held.values()]
    assert sum(weight * w for weight, _, w in pieces) == pytest.approx(5.0, abs=1e-13)
    start = sum(cluster.tape.value(x) for x, _ in ledger.after[0])
    np.testing.assert_allclose(sum(weight * cluster.tape.value(x) for weight, x, _ in pieces), start, atol=1e-12)


def test_in_step_the_sums_over_workers_are_conserved_in_every_round(arrows):
    ledger = Ledger()
    cluster = run(ledger, arrows, 5, 15)
    start = sum(cluster.tape.value(x) for x, _ in ledger.after[0])
    assert max(w for _, w in ledger.after[10]) > 1.1
    for number in range(15):
        assert sum(w for _, w in ledger.after[number]) == pytest.approx(5.0, abs=1e-13)
        total = sum(cluster.tape.value(x) for x, _ in ledger.after[number])
        np.testing.assert_allclose(total, start, rtol=0, atol=1e-12)


@pytest.mark.parametrize("overlap", [0, 2])
@pytest.mark.parametrize("graph", ["arrows", "star"])
def test_without_gradients_everybody_ends_at_the_mean_though_weights_differ(overlap, graph, arrows):
    ledger = Ledger(overlap)
    cluster = run(ledger, arrows if graph == "arrows" else "star weights=uniform", 5, 200)
    mean = sum(cluster.tape.value(x) for x, _ in ledger.after[0]) / 5
    for worker in cluster.workers:
        np.testing.assert_allclose(cluster.tape.value(worker.x), mean, rtol=0, atol=1e-9)


@pytest.mark.parametrize("exponent", [1, 2, 4])
def test_one_peer_rounds_make_the_exact_average_of_a_power_of_two(exponent):
    ledger = Ledger()
    cluster = run(ledger, "one_peer_exponential", 2**exponent, exponent)
    mean = sum(cluster.tape.value(x) for x, _ in ledger.after[0]) / 2**exponent
    for x, w in ledger.after[exponent]:
        assert w == 1.0
        np.testing.assert_allclose(cluster.tape.value(x), mean, rtol=0, atol=1e-14)


def seconds(protocol, **fields):
    """Virtual seconds of ten updates; a gradient takes 1 s, a message 0.08 s alone on its links."""
    wires = {"workload": "synthetic seconds=1 bytes=1e8", "network": "single_switch bandwidth_gbps=10 latency_us=0"}
    return on_the_clock(protocol, 5, 10, straggler="none", **wires | fields).summary


@pytest.mark.parametrize(("topology", "messages"), [("one_peer_exponential", 1), ("exponential", 3), ("ring", 2)])
def test_every_round_waits_for_its_messages_and_with_overlap_for_none(topology, messages):
    assert seconds("sgp", topology=topology).virtual_seconds == pytest.approx(10 * (1.0 + 0.08 * messages))
    overlapped = seconds("sgp overlap=1", topology=topology)
    assert overlapped.virtual_seconds == pytest.approx(10.0)
    assert overlapped.communicate_fraction == pytest.approx(0.0, abs=1e-12)


def test_a_round_of_a_matching_costs_one_message():
    summary = seconds("dpsgd order=adapt_then_combine", topology="random_matching")
    assert summary.bytes_sent == pytest.approx(10 * 4 * 1e8)  # of five workers one has no partner
    assert summary.virtual_seconds <= 10 * 1.08 + 1e-9


#: Whose messages take next to no time.
QUICK = {"problem": "none", "network": "single_switch", "workload": "synthetic seconds=1 bytes=0"}


@pytest.mark.parametrize("overlap", [0, 1, 4])
def test_nobody_is_further_ahead_than_the_overlap_allows(overlap):
    # A worker that has finished its gradient m waits for the slow one's message of round m - tau, which follows that
    # worker's gradient m - tau: it has begun at most tau gradients more than its neighbour on the ring has.
    cluster = run(f"sgp overlap={overlap}", "ring", 3, 30, straggler="slow_node factor=20", **QUICK)
    begun = sorted(worker._step for worker in cluster.workers)
    assert begun[-1] - begun[0] <= overlap + 1
    assert begun[-1] >= 30 + overlap


def test_a_message_that_is_not_late_is_not_waited_for():
    # The slow worker takes 3 s, the other 1 s, messages nothing. Alone the fast one would take 10 s for ten gradients.
    # With tau = 20 it mixes what is there and never waits.
    cluster = run("sgp overlap=20", "ring", 2, 5, straggler="slow_node factor=3", **QUICK)
    assert cluster.environment.now == pytest.approx(15.0, rel=1e-4)
    assert sorted(worker._step for worker in cluster.workers) == [6, 15]
    assert cluster.world.timeline.fractions()[0] == pytest.approx(1.0)


@pytest.mark.slow
@pytest.mark.parametrize("overlap", [0, 1, 5])
@pytest.mark.parametrize("topology", [*DOUBLY, "star weights=uniform"])
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_the_smallest_clusters_push(topology, workers, overlap):
    if workers == 3 and topology == "hypercube":
        workers = 4
    fields = {"workers": workers, "problem": "quadratic dim=2", "straggler": "exponential", "until": "updates=7"}
    summary = simulated(f"sgp overlap={overlap}", topology=topology, **fields).summary
    assert (summary.status, summary.updates) == ("completed", 7)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("protocol", "topology"),
    [("sgp", "one_peer_exponential"), ("sgp overlap=2", "random_matching"), ("dpsgd", "exponential")],
)
def test_256_workers_learn_on_graphs_that_change(protocol, topology):
    fields = {"workers": 256, "problem": "quadratic dim=16", "straggler": "exponential", "until": "updates=20"}
    metrics = simulated(protocol, topology=topology, **fields).metrics
    # Noise of 1 in each coordinate with batches of 32 hardly counts in the mean of 256: (1 - 0.05)^40 = 0.13 is left.
    assert metrics[-1].test_loss == pytest.approx(0.95**40 * metrics[0].test_loss, rel=0.1)


@pytest.mark.parametrize("overlap", [0, 2])
@pytest.mark.parametrize("topology", ["arrows", "random_matching"])
def test_nothing_learned_gives_the_same_events(overlap, topology, arrows):
    assert_same_events(
        f"sgp overlap={overlap}",
        "quadratic",
        workers=5,
        topology=arrows if topology == "arrows" else topology,
        workload="synthetic seconds=0.01 bytes=1e6",
        straggler="exponential",
        until="updates=40",
    )


def test_on_a_directed_graph_the_noise_free_quadratic_is_solved(arrows):
    x = trajectory("sgp", arrows, updates=300, workers=5, problem="quadratic dim=2 noise=0 curvature=1")
    assert abs(x[-1]).max() < 1e-6


def test_decentralised_sgd_is_refused_where_weights_move_the_mean(arrows):
    message = (
        r"^topology: dpsgd needs a doubly stochastic mixing matrix, and that of {} is only column stochastic: some "
        "ranks get more than they give; use topology.weights=metropolis on an undirected graph, or protocol=sgp$"
    )
    with pytest.raises(ValueError, match=message.format("file")):
        cluster_of("dpsgd", workers=5, topology=arrows)
    with pytest.raises(ValueError, match=message.format("star")):
        cluster_of("dpsgd", workers=5, topology="star weights=uniform")


def test_decentralised_sgd_runs_on_a_directed_graph_that_is_balanced(tmp_path):
    cycle = written(nx.cycle_graph(5, create_using=nx.DiGraph), tmp_path / "cycle.json")
    fields = {"workers": 5, "problem": "quadratic dim=4 noise=1", "straggler": "none"}
    mixed = trajectory("dpsgd", cycle, **fields)
    np.testing.assert_allclose(mixed, trajectory("allreduce", "ring", **fields), rtol=0, atol=1e-12)
