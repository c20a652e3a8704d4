"""Elastic averaging in a tree (EASGD Tree, Zhang 2016): its moves, its clocks, and what they cost."""

import numpy as np
import pytest
from elastic import DIM, ETA, UPDATES, H, bowl
from experiments import cluster_of, simulated
from on_the_clock import CLOCK
from scattered import NOTHING, finished

from sim.connections.centres.centre import Centre
from sim.start import Start
from sim.world.worker import Worker


def roots(protocol, workers, **fields):
    """The root half a second after each step has begun, of workers that begin with different models.

    Returns these models, the roots and the cluster. At the instant of a step some have begun the next one, others not.
    """
    models, cluster, result = bowl(protocol, workers, record="every_seconds=0.5 trajectory=true", **fields)
    trajectory = result.trajectory
    return models, trajectory.x[trajectory.seconds % 1.0 == 0.5], cluster


class Node:
    """A node of the tree in slow motion; its clock is how far its children's steps are known, on average."""

    def __init__(self, children, period, upper_period):
        self.x, self.clock, self.inbox = np.ones(DIM), 0.0, []
        self.children, self.period, self.upper_period = children, period, upper_period
        self.parent = None
        for child in children:
            child.parent = self

    def pull(self, y, alpha):
        self.x = self.x + alpha * (y - self.x)

    def hear(self, y, alpha, *, from_child):
        if not self.children:
            self.inbox.append(y)
            return
        self.pull(y, alpha)
        if not from_child:
            return
        before, self.clock = self.clock, self.clock + self.period / len(self.children)
        if completes(before, self.clock, self.period):
            for child in self.children:
                child.hear(self.x, alpha, from_child=False)
        if self.parent is not None and completes(before, self.clock, self.upper_period):
            self.parent.hear(self.x, alpha, from_child=True)


def completes(before, after, period):
    """Whether a clock completes a period; 1e-9 is for thirds."""
    return (after + 1e-9) // period > (before + 1e-9) // period


def in_slow_motion(models, alpha, period, fan_out, upper_period):
    """The root in each step, where all workers take their steps at once and messages take no time."""
    leaves = level = [Node([], 0, 0) for _ in models]
    for leaf, x in zip(leaves, models, strict=True):
        leaf.x = x
    while level is leaves or len(level) > 1:
        tau = period if level is leaves else upper_period
        level = [Node(level[low : low + fan_out], tau, upper_period) for low in range(0, len(level), fan_out)]
    found = []
    for t in range(UPDATES):
        for leaf in leaves:
            for y in leaf.inbox:
                leaf.pull(y, alpha)
            leaf.inbox.clear()
            if t % period == 0:
                leaf.parent.hear(leaf.x, alpha, from_child=True)
        for leaf in leaves:
            leaf.x = leaf.x - ETA * H * leaf.x
        found.append(level[0].x)
    return np.array(found)


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "fan_out"), [(1, 2), (5, 8), (4, 2), (7, 2), (11, 3), (17, 4)])
@pytest.mark.parametrize(("period", "upper_period"), [(1, None), (1, 4), (2, 3), (3, 6)])
@pytest.mark.parametrize("shards", [1, 3])
def test_the_root_obeys_the_moves_and_the_clocks(workers, fan_out, period, upper_period, shards):
    protocol = f"easgd_tree alpha=0.2 period={period} fan_out={fan_out} upper_period={upper_period}"
    models, found, _ = roots(protocol, workers, server=f"shards={shards}", start=Start.together)
    expected = in_slow_motion(models, 0.2, period, fan_out, upper_period or period)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.fixture
def had(monkeypatch):
    """Every model that every node has had from its first move on, in order: (node, x)."""
    found = []

    def note(kind, name):
        before = getattr(kind, name)

        def noted(node, x):
            found.append((node, x))
            before(node, x)

        monkeypatch.setattr(kind, name, noted)

    note(Centre, "move")
    note(Worker, "moved")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("network", ["ideal", "single_switch bandwidth_gbps=0.05"], ids=["ideal", "slow wires"])
def test_without_gradients_all_models_stay_in_their_hull_and_meet(had, network):
    # Every move is x <- (1 - alpha) x + alpha y with a y that some node has had: a convex combination.
    protocol = "easgd_tree alpha=0.3 fan_out=2 upper_period=2"
    fields = {"optimizer": NOTHING, "straggler": "exponential", "updates": 600}
    models, _, cluster = roots(protocol, 7, network=network, **fields)
    low, high = np.minimum(models.min(axis=0), 1.0), np.maximum(models.max(axis=0), 1.0)
    last = {}
    for node, x in had:
        last[node] = cluster.tape.value(x).copy()
        assert (low - 1e-12 <= last[node]).all()
        assert (last[node] <= high + 1e-12).all()
    assert len(last) == 7 + 4 + 2 + 1
    assert np.ptp(list(last.values()), axis=0).max() < 1e-3 * (high - low).max()


def test_without_noise_every_node_comes_to_rest_at_the_optimum(had):
    _, found, cluster = roots("easgd_tree fan_out=3 upper_period=2", 11, updates=600)
    for x in dict(had).values():
        np.testing.assert_allclose(cluster.tape.value(x), 0.0, rtol=0, atol=1e-9)
    assert abs(found[-1]).max() < 1e-9


# -- with one centre


@pytest.mark.parametrize("fan_out", [5, 16])
def test_as_many_children_as_workers_are_one_centre(fan_out):
    for shards in (1, 3):
        _, _, cluster = roots(f"easgd_tree fan_out={fan_out}", 5, server=f"shards={shards}")
        assert len(cluster.deployment.servers) == shards


def test_one_centre_is_that_of_async_easgd_up_to_the_square_of_alpha():
    # There both ends of a spring move by the same difference, taken where they both are; here each moves by what it has
    # heard. The centre is moved alpha (x_i - x~) by every worker either way, and only x_i and x~ differ, by O(alpha).
    def apart(alpha):
        flat, tree = (roots(f"{each} alpha={alpha}", 5)[1] for each in ("async_easgd", "easgd_tree"))
        return abs(flat - tree).max()

    assert apart(2e-5) / apart(1e-5) == pytest.approx(4.0, rel=0.02)


# -- what it costs


def timing(protocol, workers, **fields):
    """A cluster that has run the clock alone."""
    cluster = cluster_of(protocol, workers=workers, **CLOCK | fields)
    return cluster, finished(cluster).summary


@pytest.mark.parametrize(("workers", "fan_out", "nodes"), [(5, 16, 0), (7, 2, 6), (16, 4, 4), (17, 4, 7), (30, 2, 29)])
@pytest.mark.parametrize(
    ("period", "upper_period", "lower", "upper"), [(2, 2, 11, 11), (2, 10, 11, 2), (4, 8, 6, 3), (4, 5, 6, 4)]
)
@pytest.mark.parametrize("shards", [1, 4])
def test_an_edge_carries_a_model_each_way_every_period(
    workers, fan_out, nodes, period, upper_period, lower, upper, shards
):
    # 21 steps: ceil(21 / tau_1) messages of each worker, at t = 0, tau_1, ...; the clocks of centres come to that times
    # tau_1, and complete tau_2 floor(that / tau_2) times. `nodes` are the centres that have a parent.
    protocol = f"easgd_tree period={period} fan_out={fan_out} upper_period={upper_period}"
    _, summary = timing(protocol, workers, server=f"shards={shards}", until="updates=21")
    assert summary.bytes_sent / 1e6 == pytest.approx(2 * (workers * lower + nodes * upper))


def test_nobody_waits_however_slow_wires_and_centres_are():
    fields = {"network": "single_switch bandwidth_gbps=1e-3", "server": "apply_rate=1e5 shards=2"}
    _, summary = timing("easgd_tree fan_out=2", 7, until="updates=40", start=Start.together, **fields)
    assert summary.virtual_seconds == pytest.approx(40.0)
    assert (summary.compute_fraction, summary.wait_fraction) == (1.0, 0.0)


@pytest.mark.parametrize("period", [2, 5])
def test_what_a_centre_hears_queues_for_its_cores(period):
    # One centre, four models of 1e6 B at once every `period` seconds, each of which takes 0.1 s: these wait 0, 0.1, 0.2
    # and 0.3 s. The run ends before the next four begin.
    protocol, server = f"easgd_tree period={period}", "apply_rate=1e7"
    _, summary = timing(protocol, 4, server=server, until=f"updates={10 * period - 1}", start=Start.together)
    assert summary.server_utilisation == pytest.approx(10 * 4 * 0.1 / summary.virtual_seconds)
    assert summary.server_mean_response_seconds == pytest.approx((0.1 + 0.2 + 0.3 + 0.4) / 4)


def test_an_edge_carries_one_message_at_a_time():
    # A model takes 8 s, and is due every second: of 7 + 4 + 2 edges none has more than one under way in a direction.
    network = "single_switch bandwidth_gbps=1e-3"
    cluster, summary = timing("easgd_tree fan_out=2", 7, network=network, until="updates=400")
    assert len(cluster.world.fabric._delivered) <= 2 * (7 + 4 + 2)
    assert summary.status == "completed"


# -- where it lives, and what it learns


def test_every_centre_has_hosts_of_its_own_for_its_shards():
    cluster = cluster_of("easgd_tree fan_out=4", workers=16, server="shards=3")
    assert len({*cluster.blueprint.hosts(0)}) == 16 + 3 + 4 * 3


def test_colocated_centres_live_with_workers_below_them():
    protocol, server = "easgd_tree fan_out=2", "colocated=true"
    cluster = cluster_of(protocol, workers=8, server=server)
    # The root with worker 0; those of (0..3), (4..7) with the last below their first child; the lowest with the first.
    assert [*cluster.deployment.servers] == [0, 1, 5, 0, 2, 4, 6]
    server = "colocated=true shards=2"  # the second shard with the next worker
    cluster = cluster_of(protocol, workers=4, problem="quadratic dim=4", server=server)
    assert [*cluster.deployment.servers] == [0, 1, 0, 1, 2, 3]


@pytest.mark.slow
def test_256_workers_of_a_tree_learn_the_digits():
    metrics = simulated(
        "easgd_tree fan_out=16 period=2 upper_period=4",
        workers=256,
        batch=8,
        problem="digits_mlp",
        optimizer="sgd lr=0.2",
        straggler="exponential",
        until="updates=80",
    ).metrics
    assert metrics[-1].test_accuracy > 0.85


# -- refusals


@pytest.mark.parametrize("arrangement", ["tree", "overlapped_tree"])
def test_aggregators_have_no_place_in_a_tree_of_centres(arrangement):
    with pytest.raises(
        ValueError, match=r"^server\.arrangement: .* use server\.arrangement=flat, and protocol\.fan_out"
    ):
        cluster_of("easgd_tree", server=f"arrangement={arrangement}")


def test_a_network_too_small_says_what_it_was_to_hold():
    with pytest.raises(ValueError, match=r"^network\..*workers=8, 2 shards, 6 centres of as many"):
        cluster_of("easgd_tree fan_out=2", workers=8, server="shards=2", network="ring hosts=4")
