"""Laws of gradient tracking: what it keeps, where it ends, and what it is on graphs that mix at once."""

import json
from collections import defaultdict

import networkx as nx
import numpy as np
import pytest
from bowls import DIM, Bowls, OwnBowl
from experiments import cluster_of, option, simulated, trajectory
from on_the_clock import on_the_clock
from quadratic_gradients import Gradients

from sim.evidence.difference import compare
from sim.protocols.dpsgd import Order
from sim.streams import stream
from sim.world.worker import Worker

#: Graphs that stay and graphs that change, with directions and without; all doubly stochastic on 6 workers.
GRAPHS = ["ring", "star", "exponential", "one_peer_exponential", "random_matching", "base_graph", "base_graph k=2"]
WORKERS = 6
NOISY = "quadratic dim=4 curvature=0.7 noise=3"


def matrices(topology, workers, count, seed=0):
    """The mixing matrices of so many rounds, as a run of that seed has them."""
    rounds = option("topology", topology).rounds(workers, stream(seed, "topology"))
    return [rounds.at(number).matrix() for number in range(count)]


def twin(weights, gradient, x, lr, momentum=0.0):
    """The paper's two lines in NumPy, `gradient` of all workers at all models ``[n, d]``; models after each step."""
    g = y = gradient(0, x)
    velocity, models = np.zeros_like(x), [x]
    for number, each in enumerate(weights, 1):
        velocity = momentum * velocity + y
        x = each @ (x - lr * velocity)
        before, g = g, gradient(number, x)
        y = each @ y + g - before
        models.append(x)
    return np.array(models)


def words_of_bowls(bowls, updates, lr, topology="ring"):
    """Words of a run whose workers have a bowl each."""
    return {
        "workers": bowls.workers,
        "topology": topology,
        "problem": bowls,
        "partition": OwnBowl(),
        "batch": 1,
        "optimizer": f"sgd lr={lr}",
        "straggler": "exponential",
        "until": f"updates={updates}",
    }


def on_bowls(protocol, updates, lr, topology="ring"):
    """Every worker's model in the end, ``[8, DIM]``, each with a bowl of its own, and the bowls."""
    bowls = Bowls(8)
    cluster = cluster_of(protocol, **words_of_bowls(bowls, updates, lr, topology))
    cluster.run()
    return np.array([cluster.tape.value(worker.x) for worker in cluster.workers]), bowls


@pytest.mark.parametrize("topology", GRAPHS)
def test_it_is_the_papers_algorithm_on_bowls_that_differ(topology):
    bowls = Bowls(WORKERS)
    found = trajectory("gradient_tracking", **words_of_bowls(bowls, 40, 0.1, topology))
    weights = matrices(topology, WORKERS, 40)
    models = twin(weights, lambda number, x: bowls.gradients(x), np.ones((WORKERS, DIM)), 0.1)
    np.testing.assert_allclose(found, models.mean(axis=1), rtol=0, atol=1e-12)


@pytest.mark.parametrize("optimizer", ["sgd lr=0.1", "momentum lr=0.1 momentum=0.8"])
@pytest.mark.parametrize("topology", GRAPHS)
def test_it_is_the_papers_algorithm_with_noise_and_momentum(topology, optimizer):
    fields = {"topology": topology, "problem": NOISY, "optimizer": optimizer, "straggler": "exponential", "seed": 3}
    found = trajectory("gradient_tracking", workers=WORKERS, until="updates=30", **fields)
    gradient = Gradients(NOISY, seed=3, batch=32)
    models = twin(
        matrices(topology, WORKERS, 30, seed=3),
        lambda number, x: np.array([gradient(rank, number, each) for rank, each in enumerate(x)]),
        np.tile(gradient.initial, (WORKERS, 1)),
        lr=0.1,
        momentum=0.8 if "momentum" in optimizer else 0.0,
    )
    np.testing.assert_allclose(found, models.mean(axis=1), rtol=0, atol=1e-12)


@pytest.fixture
def noted(monkeypatch):
    """What every worker has stepped along, and its gradients, in order: ``noted["y"][rank][step]``."""
    found = {"y": defaultdict(list), "g": defaultdict(list)}
    update, gradient = Worker.update, Worker.gradient

    def noting_update(me, x, y):
        found["y"][me.rank].append(y)
        return update(me, x, y)

    def noting_gradient(me, x):
        event = gradient(me, x)
        found["g"][me.rank].append(event._value)
        return event

    monkeypatch.setattr(Worker, "update", noting_update)
    monkeypatch.setattr(Worker, "gradient", noting_gradient)
    return found


@pytest.mark.parametrize("topology", [*GRAPHS, "cycle"])
@pytest.mark.parametrize(
    ("problem", "rounding"), [(NOISY, 1e-14), ("digits_softmax", 1e-7)], ids=["float64", "float32"]
)
def test_the_mean_of_what_is_tracked_is_that_of_the_latest_gradients(topology, problem, rounding, noted, tmp_path):
    # sum_i y_i' = sum_ij W_ij y_j + sum_i (g_i' - g_i) = sum_j y_j + sum_i g_i' - sum_i g_i, as columns sum to 1; and
    # y = g at first. Rows count only for the models.
    if topology == "cycle":
        path = tmp_path / "cycle.json"
        cycle = nx.cycle_graph(WORKERS, create_using=nx.DiGraph)
        path.write_text(json.dumps(nx.node_link_data(cycle, edges="edges")))
        topology = f"file path={path}"
    partition = "dirichlet alpha=0.1" if "digits" in problem else "shared"
    cluster = cluster_of(
        "gradient_tracking",
        workers=WORKERS,
        topology=topology,
        problem=problem,
        partition=partition,
        straggler="exponential",
        until="updates=20",
    )
    cluster.run()
    value = cluster.tape.value
    for step in range(20):
        (tracked, latest) = (np.array([value(noted[what][r][step]) for r in range(WORKERS)]) for what in ("y", "g"))
        scale = max(1.0, abs(latest).max())
        np.testing.assert_allclose(tracked.mean(axis=0), latest.mean(axis=0), rtol=0, atol=20 * rounding * scale)
        assert step == 0 or abs(tracked - latest).max() > 1e-4 * scale


@pytest.mark.parametrize("topology", ["ring", "exponential", "one_peer_exponential", "base_graph", "random_matching"])
def test_with_a_constant_rate_everybody_ends_at_the_optimum_of_the_mean(topology):
    # The mean curvature of a coordinate is 0.75 or more here, so that in the end a step leaves about 1 - 0.1 * 0.75:
    # 400 of them 3e-14.
    models, bowls = on_bowls("gradient_tracking", 400, lr=0.1, topology=topology)
    assert (bowls.h.mean(axis=0) > 0.75).all()
    np.testing.assert_allclose(models, np.tile(bowls.optimum, (8, 1)), rtol=0, atol=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("order", list(Order))
def test_where_decentralised_sgd_keeps_a_bias_that_grows_with_the_rate(order):
    # It stands still where x = W x - lr h (x - c), or x = W (x - lr h (x - c)) if models adapt first: a linear system
    # for each coordinate. With lr = 0 all models would be equal, and the mean gradient 0.
    biases = []
    for lr in (0.1, 0.05):
        models, bowls = on_bowls(f"dpsgd order={order.name}", 600, lr=lr)
        (weights,) = matrices("ring", 8, 1)
        after = np.eye(8) if order is Order.lian else weights
        resting = [
            np.linalg.solve(np.eye(8) - weights + lr * after * h, lr * after @ (h * c))
            for h, c in zip(bowls.h.T, bowls.c.T, strict=True)
        ]
        np.testing.assert_allclose(models, np.array(resting).T, rtol=0, atol=1e-8)
        biases.append(np.linalg.norm(models - bowls.optimum))
    assert biases[1] > 0.05
    assert biases[0] / biases[1] == pytest.approx(2.0, rel=0.2)


def test_in_the_end_a_step_multiplies_the_error_by_the_largest_eigenvalue_below_1():
    # Of one coordinate (x, y) <- [[W, -lr W], [H (W - 1), W - lr H W]] (x, y), H = diag(h). The eigenvalue 1 belongs to
    # sum y - sum h (x - c), which is 0 from the first to the last; all others decide how fast the rest is forgotten.
    lr, (weights,) = 0.1, matrices("ring", 8, 1)
    slowest = []
    for h in Bowls(8).h.T:
        one, curvature = np.eye(8), np.diag(h)
        step = np.block([[weights, -lr * weights], [curvature @ (weights - one), weights - lr * curvature @ weights]])
        moduli = np.sort(abs(np.linalg.eigvals(step)))
        assert moduli[-1] == pytest.approx(1.0, abs=1e-12)
        slowest.append(moduli[-2])
    bowls = Bowls(8)
    errors = np.linalg.norm(trajectory("gradient_tracking", **words_of_bowls(bowls, 220, lr)) - bowls.optimum, axis=1)
    assert errors[220] > 1e-12  # far above rounding
    assert (errors[220] / errors[160]) ** (1 / 60) == pytest.approx(max(slowest), rel=5e-3)


@pytest.mark.parametrize("optimizer", ["sgd lr=0.1", "momentum lr=0.05", "nesterov lr=0.05"])
def test_on_the_complete_graph_it_is_synchronous_sgd(optimizer):
    # W = J: every worker has the mean of all x_i - lr u_i, u_i = beta u_i + y_i, and the mean of y_i is that of the
    # gradients, all taken at that one point. In float32, to the rounding of the tracked differences.
    fields = {"workers": WORKERS, "problem": "digits_mlp hidden=[16]", "optimizer": optimizer, "until": "updates=20"}
    fields |= {"partition": "dirichlet alpha=0.1"}
    synchronous = trajectory("allreduce", **fields)
    tracked = trajectory("gradient_tracking", topology="complete", **fields)
    np.testing.assert_allclose(tracked, synchronous, rtol=0, atol=5e-6 * abs(synchronous).max())
    mixed = trajectory("dpsgd", topology="complete", **fields)
    assert abs(mixed - synchronous).max() > 1e-3 * abs(synchronous).max()


@pytest.mark.parametrize("topology", GRAPHS)
def test_the_mean_on_identical_quadratics_is_the_synchronous_trajectory(topology):
    # W is doubly stochastic and the gradient linear, so the mean obeys x <- x - lr (h x + mean noise).
    fields = {"workers": WORKERS, "problem": NOISY, "straggler": "exponential", "until": "updates=20"}
    tracked = trajectory("gradient_tracking", topology=topology, **fields)
    np.testing.assert_allclose(tracked, trajectory("allreduce", **fields), rtol=0, atol=1e-12)


def test_a_message_has_two_vectors_and_everybody_waits_for_it():
    # A gradient takes 1 s; 2e8 B to both neighbours over a link of 1.25e9 B/s 0.32 s.
    wires = {"workload": "synthetic seconds=1 bytes=1e8", "network": "single_switch bandwidth_gbps=10 latency_us=0"}
    summary = on_the_clock("gradient_tracking", 5, 10, straggler="none", topology="ring", **wires).summary
    assert summary.virtual_seconds == pytest.approx(10 * 1.32)
    assert summary.bytes_sent == pytest.approx(10 * 5 * 2 * 2e8)


def test_it_is_refused_where_weights_move_the_mean():
    message = (
        r"^topology: gradient_tracking needs a doubly stochastic mixing matrix, and that of star is only column "
        "stochastic: some ranks get more than they give; use topology.weights=metropolis on an undirected graph, or "
        "protocol=sgp$"
    )
    with pytest.raises(ValueError, match=message):
        cluster_of("gradient_tracking", workers=5, topology="star weights=uniform")


@pytest.mark.slow
def test_where_workers_have_few_classes_it_learns_more_of_an_update_and_takes_longer_for_one():
    # No closed form: pairs of runs of one seed, digits of one or two classes a worker, a ring of 16. After 400 updates
    # the training loss is 0.015 where that of D-PSGD is 0.087 +- 0.01; the exchange of two vectors, which all wait for,
    # takes 2.4 times as long as a gradient beside which one is exchanged.
    words = {"workers": 16, "topology": "ring", "problem": "digits_mlp", "partition": "dirichlet alpha=0.1"}
    words |= {"optimizer": "sgd lr=0.1", "straggler": "lognormal", "until": "updates=400"}
    runs = {
        protocol: {seed: simulated(protocol, seed=seed, **words).summary for seed in range(5)}
        for protocol in ("dpsgd", "gradient_tracking")
    }

    def difference(figure):
        first, second = ({seed: getattr(each, figure) for seed, each in of.items()} for of in runs.values())
        return compare(first, second)

    assert difference("final_train_loss").high < -0.05
    assert difference("final_test_loss").high < 0.0
    assert difference("virtual_seconds").low > 0.05
