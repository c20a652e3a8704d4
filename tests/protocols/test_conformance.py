"""What every protocol promises; protocols are found by themselves."""

import dataclasses
from collections import Counter, defaultdict
from functools import cache, partial

import experiments
import numpy as np
import pytest
from experiments import cluster_of, names, simulated
from same_events import assert_same_events
from scattered import finished

from sim.connections.mixing.connect import Mixing
from sim.connections.server.receivers import Answer
from sim.connections.server.serves import Serves
from sim.fabric.fabric import Fabric
from sim.protocols import Protocol
from sim.protocols.async_ps import AsyncPS
from sim.simulate import simulate
from sim.until import Until
from sim.world.world import World

WORDS = {
    "workers": 6,
    "problem": "quadratic dim=4 noise=0.5",
    "straggler": "exponential",
    "workload": "synthetic seconds=0.01 bytes=1e6",
    "network": "single_switch",
    "until": "updates=200",
}
#: Protocols whose workers do something else by an option that is not the default.
VARIANTS = ["sharded stage=3", "ringmaster threshold=3 late=abandon"]


@pytest.fixture(params=[*names("protocol"), *VARIANTS])
def protocol(request):
    return request.param


@pytest.fixture
def experiment(protocol):
    return experiments.experiment(protocol, **WORDS)


def run(protocol, **words):
    return simulated(protocol, **WORDS | words)


@cache
def plain(protocol):
    """The run that several tests look at: its cluster and its result."""
    cluster = cluster_of(protocol, record="spans=true", **WORDS)
    return cluster, finished(cluster)


def without_wall_clock(summary):
    return dataclasses.replace(summary, wall_seconds=None)


def test_a_run_is_reproducible(protocol):
    (_, first), again = plain(protocol), run(protocol, record="spans=true")
    assert first.metrics == again.metrics
    assert first.staleness == again.staleness
    assert without_wall_clock(first.summary) == without_wall_clock(again.summary)


def test_another_seed_is_another_run(protocol):
    _, first = plain(protocol)
    assert first.summary.virtual_seconds != run(protocol, seed=1).summary.virtual_seconds


#: How many times more noise is left than steps along the mean gradient leave. The outer steps of DiLoCo, with their
#: momentum, are 0.7 / (1 - 0.9) = 7 times as long; L-BFGS takes the noise of 24 portions for curvature, but makes no
#: more of it than one portion has.
NOISIER = {"DiLoCo": 7, "Sandblaster": 24}


@pytest.mark.slow
def test_the_loss_on_a_quadratic_falls_to_its_noise_floor(experiment):
    # Each coordinate of SGD with k gradients in a step is the process x' = (1 - lr h) x + lr s N(0, 1) / sqrt(batch k),
    # so that E f = lr s^2 d / (2 (2 - lr h) batch k) in the end. Staleness adds lr h = 5 % for every version, of which
    # there are 5 here; and the noise of a centre that follows the workers, or of models that are not mixed evenly, is a
    # quarter less or more than that of their mean. Losses of 200 coordinates that forget within 1 / (lr h) = 20 updates
    # have 300 / 20 * 200 = 3000 degrees of freedom in 300 updates: their mean is off by 3 %. Before these begin, f has
    # fallen from 100 to less than 100 exp(-0.05 * 300) = 3e-5; with a tenth of the step it would be 5.
    # Where a gradient has a share of the learning rate only, both steps and noise are those of so much less.
    protocol = experiment.protocol
    share = protocol.lr_share(experiment.workers) if isinstance(protocol, Serves) else 1.0
    result = simulate(
        dataclasses.replace(
            experiment,
            problem=dataclasses.replace(experiment.problem, dim=200),
            until=Until(updates=round(600 / share)),
            record=dataclasses.replace(experiment.record, every_updates=round(10 / share)),
        )
    )
    gradients = sum(result.staleness.values()) / result.summary.updates or experiment.workers
    lr = 0.05 * share
    floor = lr * 0.5**2 * 200 / (2 * (2 - lr) * 32 * gradients)
    assert result.metrics[0].test_loss == 100.0
    left = np.mean([metric.test_loss for metric in result.metrics[-30:]])
    assert 2 / 3 * floor < left < 3 / 2 * floor * NOISIER.get(type(protocol).__name__, 1)


def test_nothing_learned_gives_the_same_events(protocol):
    fields = {word: said for word, said in WORDS.items() if word != "problem"} | {"until": "updates=60"}
    assert_same_events(protocol, **fields)


def test_nobody_starves(protocol):
    cluster, _ = plain(protocol)
    steps = [worker._step for worker in cluster.workers]
    assert min(steps) > 0.5 * np.mean(steps)


def test_every_message_is_received_once_and_in_order_or_is_in_flight_at_the_end(protocol, monkeypatch):
    sent, received, send = defaultdict(list), defaultdict(list), Fabric.send

    def noted(fabric, source, target, nbytes, delivered):
        channel, number = (source, target), sum(map(len, sent.values()))
        sent[channel].append(number)

        def note():
            received[channel].append(number)
            delivered()

        send(fabric, source, target, nbytes, note)

    monkeypatch.setattr(Fabric, "send", noted)
    cluster = cluster_of(protocol, **WORDS | {"until": "updates=50"})
    cluster.run()
    in_flight = 0
    for channel, numbers in sent.items():
        assert received[channel] == numbers[: len(received[channel])]
        in_flight += len(numbers) - len(received[channel])
    assert in_flight == len(cluster.world.fabric._delivered)


def most_under_way(monkeypatch, words, **fields):
    """Messages with content that were on their way at a time, in the channel with the most: from one to another.

    Of answers that come down a tree, those for one and the same worker: it asks once, and waits.
    """
    under_way, most, make = Counter(), Counter(), World.__init__

    def noting(world, *parts):
        make(world, *parts)
        world.send = partial(note, world.send)
        world.send_beside = partial(note, world.send_beside)

    def note(send, source, target, nbytes, waiting, deliver, *content):
        if nbytes == 0.0:
            return send(source, target, nbytes, waiting, deliver, *content)
        answers = content[0] if isinstance(content[0], list) else []
        asked = [answer.rank for answer in answers if isinstance(answer, Answer)]
        channels = [(source, target, rank) for rank in asked or [None]]
        for channel in channels:
            under_way[channel] += 1
            most[channel] = max(most[channel], under_way[channel])

        def delivered(*content):
            under_way.subtract(channels)
            deliver(*content)

        return send(source, target, nbytes, waiting, delivered, *content)

    monkeypatch.setattr(World, "__init__", noting)
    # A message takes at least 8 s, in which a worker might compute 800 gradients.
    swamped = {"network": "single_switch bandwidth_gbps=0.001", "until": "updates=200"}
    run(words, **swamped | fields)
    return max(most.values(), default=0)


@pytest.mark.slow
def test_nobody_sends_more_than_the_wire_carries(protocol, monkeypatch):
    # However slow it is: what has been handed over is what has been carried, and a message in each channel.
    assert most_under_way(monkeypatch, protocol) <= 1


#: What else may be sent without being waited for, by options that are not the default.
BESIDE = [
    ("async_ps n_fetch=1000", {}),
    ("async_ps n_push=3 n_fetch=7", {}),
    ("async_ps n_fetch=1000", {"server": "shards=3"}),
    ("async_ps n_fetch=1000", {"server": "arrangement=tree fan_out=2"}),
    ("async_ps", {"server": "arrangement=overlapped_tree fan_out=2"}),
    ("async_easgd momentum=0.5 period=3", {}),
    ("easgd_tree fan_out=2", {"server": "shards=2"}),
    ("k_sync k=2", {"server": "shards=2"}),
    ("k_batch_sync k=2", {}),
    ("backup_sync backups=2", {}),
    ("ringmaster threshold=2 late=abandon", {}),
    ("ringmaster threshold=2 late=abandon", {"server": "shards=2"}),
    ("ringmaster threshold=2 late=abandon", {"server": "arrangement=tree fan_out=2"}),
    ("dpsgd order=adapt_then_combine", {}),
    ("gossip_push", {"topology": "star"}),
    ("adpsgd", {"topology": "star"}),
    ("adpsgd bipartite=true", {"topology": "star"}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("words", "fields"), BESIDE)
def test_nor_by_any_option(words, fields, monkeypatch):
    problem = {"problem": "digits_mlp hidden=[8]"} if "shards" in str(fields) else {}
    assert most_under_way(monkeypatch, words, **fields | problem) <= 1


@pytest.mark.parametrize("overlap", [1, 2, 3])
def test_overlap_allows_as_many_messages_more(overlap, monkeypatch):
    fields = {"topology": "ring", "straggler": "pareto"}
    assert most_under_way(monkeypatch, f"sgp overlap={overlap}", **fields) == 1 + overlap


def test_the_one_who_does_is_found(monkeypatch):
    class Flood(Protocol):
        needs = (Mixing,)

        def worker(self, me):
            while True:
                me.neighbours.share(me.x)
                me.x = me.update(me.x, (yield me.gradient(me.x)))

    assert most_under_way(monkeypatch, Flood()) > 100


def test_a_push_that_does_not_wait_for_the_one_before_is_refused():
    class Hasty(AsyncPS):
        def worker(self, me):
            x, versions = yield me.server.pull()
            while True:
                me.server.push((yield me.gradient(x)), versions)

    with pytest.raises(RuntimeError, match=r"^me\.server: the push before .* `yield me\.server\.sent\(\)`"):
        run(Hasty(), network="single_switch bandwidth_gbps=0.001")


def test_every_moment_of_every_worker_is_accounted_for(protocol):
    _, result = plain(protocol)
    spans, summary = result.spans, result.summary
    total = (spans.end - spans.start)[spans.worker >= 0].sum()
    assert total == pytest.approx(6 * summary.virtual_seconds)
    assert summary.compute_fraction + summary.communicate_fraction + summary.wait_fraction == pytest.approx(1.0)


@pytest.mark.slow
def test_more_bandwidth_is_never_slower(protocol):
    seconds = [
        run(
            protocol, network=f"single_switch bandwidth_gbps={gbps}", straggler="none", until="updates=50"
        ).summary.virtual_seconds
        for gbps in (1, 10, 100)
    ]
    assert seconds == sorted(seconds, reverse=True)


def test_the_smallest_clusters_run(protocol):
    for workers in (1, 2, 3):
        summary = run(protocol, workers=workers, until="updates=10").summary
        assert (summary.status, summary.updates) == ("completed", 10)


@pytest.mark.slow
def test_a_server_may_be_sharded_and_slow(protocol):
    # Shards of unequal sizes answer at different times, and a queue stands before each.
    fields = {"problem": "digits_mlp hidden=[8]", "server": "shards=3 sharding=per_tensor apply_rate=1e8"}
    for workers in (1, 2, 6):
        summary = run(protocol, workers=workers, until="updates=60", **fields).summary
        assert (summary.status, summary.updates) == ("completed", 60)


@pytest.mark.slow
def test_256_workers_learn_the_digits(protocol):
    # Small steps: 255 gradients that are 255 updates old must not add up to more than the landscape bears.
    fields = {"workers": 256, "problem": "digits_mlp", "optimizer": "sgd lr=0.001", "until": "epochs=40"}
    metrics = run(protocol, **fields).metrics
    assert metrics[-1].train_loss < metrics[0].train_loss - 0.01
