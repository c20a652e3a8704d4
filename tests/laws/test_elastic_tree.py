"""Elastic averaging in a tree (EASGD Tree, Zhang 2016): its moves, its clocks, and what they cost."""

import numpy as np
import pytest
from scattered import NOTHING, scattered

from sim.cluster.blueprint import Blueprint
from sim.cluster.cluster import Cluster
from sim.connections.centres.centre import Centre
from sim.experiment import Experiment
from sim.optimizers.sgd import SGD
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.none import NoProblem
from sim.problems.quadratic import Quadratic
from sim.protocols.async_easgd import AsyncEASGD
from sim.protocols.easgd_tree import EASGDTree
from sim.record import Record
from sim.results.summarise import summarise
from sim.server import Arrangement, Server
from sim.simulate import simulate
from sim.stragglers.exponential import Exponential
from sim.stragglers.none import NoStragglers
from sim.until import Until
from sim.workloads.synthetic import Synthetic
from sim.world.worker import Worker
from topologies.networks.ideal import Ideal
from topologies.networks.ring import Ring
from topologies.networks.single_switch import SingleSwitch

ETA, H, DIM, UPDATES = 0.1, 0.7, 7, 30


def roots(protocol, workers, **fields):
    """The root half a second after each step has begun, of workers that begin with different models.

    Returns these models, the roots and the cluster. At the instant of a step some have begun the next one, others not.
    """
    common = {
        "problem": Quadratic(dim=DIM, curvature=H, noise=0.0, start=1.0),
        "optimizer": SGD(ETA),
        "network": Ideal(),
        "workload": Synthetic(seconds=1.0, bytes=1e6),
        "until": Until(updates=UPDATES),
        "record": Record(every_seconds=0.5, trajectory=True),
    }
    models = np.random.default_rng(0).normal(size=(workers, DIM))
    cluster = scattered(Experiment(**common | {"workers": workers, "protocol": protocol} | fields), models)
    cluster.run()
    trajectory = summarise(cluster, wall_seconds=0.0).trajectory
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


@pytest.mark.parametrize(("workers", "fan_out"), [(1, 2), (5, 8), (4, 2), (7, 2), (11, 3), (17, 4)])
@pytest.mark.parametrize(("period", "upper_period"), [(1, None), (1, 4), (2, 3), (3, 6)])
@pytest.mark.parametrize("shards", [1, 3])
def test_the_root_obeys_the_moves_and_the_clocks(workers, fan_out, period, upper_period, shards):
    protocol = EASGDTree(alpha=0.2, period=period, fan_out=fan_out, upper_period=upper_period)
    models, found, _ = roots(protocol, workers, server=Server(shards=shards))
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


@pytest.mark.parametrize("network", [Ideal(), SingleSwitch(bandwidth_gbps=0.05)], ids=["ideal", "slow wires"])
def test_without_gradients_all_models_stay_in_their_hull_and_meet(had, network):
    # Every move is x <- (1 - alpha) x + alpha y with a y that some node has had: a convex combination.
    protocol = EASGDTree(alpha=0.3, fan_out=2, upper_period=2)
    fields = {"optimizer": NOTHING, "straggler": Exponential(), "until": Until(updates=1500)}
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
    _, found, cluster = roots(EASGDTree(fan_out=3, upper_period=2), 11, until=Until(updates=1500))
    for x in dict(had).values():
        np.testing.assert_allclose(cluster.tape.value(x), 0.0, rtol=0, atol=1e-9)
    assert abs(found[-1]).max() < 1e-9


# -- with one centre


@pytest.mark.parametrize("fan_out", [5, 16])
def test_as_many_children_as_workers_are_one_centre(fan_out):
    for shards in (1, 3):
        _, _, cluster = roots(EASGDTree(fan_out=fan_out), 5, server=Server(shards=shards))
        assert len(cluster.deployment.servers) == shards


def test_one_centre_is_that_of_async_easgd_up_to_the_square_of_alpha():
    # There both ends of a spring move by the same difference, taken where they both are; here each moves by what it has
    # heard. The centre is moved alpha (x_i - x~) by every worker either way, and only x_i and x~ differ, by O(alpha).
    def apart(alpha):
        flat, tree = (roots(each(alpha=alpha), 5)[1] for each in (AsyncEASGD, EASGDTree))
        return abs(flat - tree).max()

    assert apart(2e-5) / apart(1e-5) == pytest.approx(4.0, rel=0.02)


# -- what it costs


def timing(protocol, workers, **fields):
    """A cluster that has run the clock alone."""
    common = {"problem": NoProblem(), "workload": Synthetic(seconds=1.0, bytes=1e6), "network": Ideal()}
    cluster = Cluster(Blueprint(Experiment(**common | {"workers": workers, "protocol": protocol} | fields)), 0)
    cluster.run()
    return cluster, summarise(cluster, wall_seconds=0.0).summary


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
    protocol = EASGDTree(period=period, fan_out=fan_out, upper_period=upper_period)
    _, summary = timing(protocol, workers, server=Server(shards=shards), until=Until(updates=21))
    assert summary.bytes_sent / 1e6 == pytest.approx(2 * (workers * lower + nodes * upper))


def test_nobody_waits_however_slow_wires_and_centres_are():
    server = Server(apply_rate=1e5, shards=2)
    _, summary = timing(
        EASGDTree(fan_out=2),
        7,
        network=SingleSwitch(bandwidth_gbps=1e-3),
        straggler=NoStragglers(),
        server=server,
        until=Until(updates=40),
    )
    assert summary.virtual_seconds == pytest.approx(40.0)
    assert (summary.compute_fraction, summary.wait_fraction) == (1.0, 0.0)


@pytest.mark.parametrize("period", [2, 5])
def test_what_a_centre_hears_queues_for_its_cores(period):
    # One centre, four models of 1e6 B at once every `period` seconds, each of which takes 0.1 s: these wait 0, 0.1, 0.2
    # and 0.3 s. The run ends before the next four begin.
    protocol, server = EASGDTree(period=period), Server(apply_rate=1e7)
    _, summary = timing(protocol, 4, server=server, until=Until(updates=10 * period - 1))
    assert summary.server_utilisation == pytest.approx(10 * 4 * 0.1 / summary.virtual_seconds)
    assert summary.server_mean_response_seconds == pytest.approx((0.1 + 0.2 + 0.3 + 0.4) / 4)


def test_an_edge_carries_one_message_at_a_time():
    # A model takes 8 s, and is due every second: of 7 + 4 + 2 edges none has more than one under way in a direction.
    network = SingleSwitch(bandwidth_gbps=1e-3)
    cluster, summary = timing(EASGDTree(fan_out=2), 7, network=network, until=Until(updates=400))
    assert len(cluster.world.fabric._delivered) <= 2 * (7 + 4 + 2)
    assert summary.status == "completed"


# -- where it lives, and what it learns


def test_every_centre_has_hosts_of_its_own_for_its_shards():
    cluster = Cluster(Blueprint(Experiment(workers=16, protocol=EASGDTree(fan_out=4), server=Server(shards=3))), 0)
    assert len({*cluster.blueprint.hosts(0)}) == 16 + 3 + 4 * 3


def test_colocated_centres_live_with_workers_below_them():
    protocol, server = EASGDTree(fan_out=2), Server(colocated=True)
    cluster = Cluster(Blueprint(Experiment(workers=8, protocol=protocol, server=server)), 0)
    # The root with worker 0; those of (0..3), (4..7) with the last below their first child; the lowest with the first.
    assert [*cluster.deployment.servers] == [0, 1, 5, 0, 2, 4, 6]
    server = Server(colocated=True, shards=2)  # the second shard with the next worker
    cluster = Cluster(Blueprint(Experiment(workers=4, protocol=protocol, problem=Quadratic(dim=4), server=server)), 0)
    assert [*cluster.deployment.servers] == [0, 1, 0, 1, 2, 3]


def test_256_workers_of_a_tree_learn_the_digits():
    experiment = Experiment(
        workers=256,
        batch=8,
        protocol=EASGDTree(fan_out=16, period=2, upper_period=4),
        problem=DigitsMLP(),
        optimizer=SGD(0.2),
        straggler=Exponential(),
        until=Until(updates=80),
    )
    metrics = simulate(experiment).metrics
    assert metrics[-1].test_accuracy > 0.85


# -- refusals


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"alpha": 1.1}, r"^alpha: must be .* at most 1, got 1\.1"),
        ({"period": 0}, r"^period: must be at least 1, got 0"),
        ({"fan_out": 1}, r"^fan_out: must be at least 2 .* got 1"),
        ({"period": 4, "upper_period": 3}, r"^upper_period: must be at least 4, got 3"),
    ],
)
def test_fields_out_of_range_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        EASGDTree(**fields)


@pytest.mark.parametrize("arrangement", [Arrangement.tree, Arrangement.overlapped_tree])
def test_aggregators_have_no_place_in_a_tree_of_centres(arrangement):
    with pytest.raises(
        ValueError, match=r"^server\.arrangement: .* use server\.arrangement=flat, and protocol\.fan_out"
    ):
        Cluster(Blueprint(Experiment(protocol=EASGDTree(), server=Server(arrangement=arrangement))), 0)


def test_a_network_too_small_says_what_it_was_to_hold():
    with pytest.raises(ValueError, match=r"^network\..*workers=8, 2 shards, 6 centres of as many"):
        Cluster(
            Blueprint(
                Experiment(workers=8, protocol=EASGDTree(fan_out=2), server=Server(shards=2), network=Ring(hosts=4))
            ),
            0,
        )
