"""J1: who is sooner at the target, all-reduce or an asynchronous method, at which number of workers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from sim.study.claim import Claim, Expected
from sim.study.crossing import ahead
from sim.study.interaction import gained
from sim.study.measure import ratio
from sim.study.study import Part
from sim.study.table import Table

#: The clock is that of the paper's model and GPU: with 4 images a gradient takes 38 ms, and a message on FDR
#: InfiniBand 6.7 ms, so that neither is negligible. With the paper's 16, 128 workers would draw all digits at once.
CLUSTER = (
    "problem=digits_mlp workload=resnet18 device=k80 network=single_switch network.bandwidth_gbps=56 batch=4 "
    "network.latency_us=2 straggler=lognormal straggler.cv=0.3 seed=31000"
)
#: Five seconds are 130 gradients of a worker; evaluations are about one gradient apart, whatever the method.
SECONDS, EVERY = 5.0, 0.04
#: The same budget for all methods, sizes and clusters; with momentum a rate makes steps ten times as long.
OVER, OVER_MOMENTUM = "optimizer.lr=0.004,0.016,0.06,0.25,1", "optimizer.lr=0.0004,0.0016,0.006,0.025,0.1"
#: The quick form: a model of which the losses of 128 workers are soon evaluated.
QUICK = "problem=digits_softmax optimizer.lr=0.1,0.3"
SIZES = (2, 8, 32, 128)
SYNC, SHARDED, GOSSIP = "protocol=allreduce", "protocol=async_ps server.shards=16", "protocol=gossip_pull,gossip_push"
PEERS = f"{GOSSIP},async_easgd protocol.period=1,10"
#: Workers -> samples of each where all have 128 together, and the longer or shorter times that go with them.
TOTAL = {2: (64, 72.0, 0.6), 8: (16, 18.0, 0.15), 128: (1, 3.0, 0.02)}
#: What moves the crossing: words, and how asynchronous methods are expected to fare there.
MOVES = {
    "slow": ("network.bandwidth_gbps=5.6", Expected.less, "with a tenth of the bandwidth it does better"),
    "even": ("straggler=none", Expected.more, "without stragglers it does worse"),
    "heavy": ("straggler=exponential", Expected.less, "with exponential compute times it does better"),
    "momentum": ("optimizer=momentum optimizer.momentum=0.9", Expected.more, "with momentum it does worse"),
}
#: The clusters in words, for conditions and the conclusion.
CLUSTERS = {
    "base": "4 samples per worker",
    "own": "4 samples per worker, worker 0's own model",
    "total": "128 samples of all workers",
    "slow": "5.6 in place of 56 Gb/s",
    "even": "no stragglers",
    "heavy": "exponential compute times",
    "momentum": "momentum 0.9",
}
#: What races against all-reduce: name -> how it is called, its family of parts and its settings.
METHODS = {
    "ps_1": ("async_ps on one server", "servers", "server.shards=1"),
    "ps_4": ("async_ps on 4 servers", "servers", "server.shards=4"),
    "ps_16": ("async_ps on 16 servers", "ps", ""),
    **{
        f"{name}_{tau}": (f"{protocol}, tau {tau}", "peers", f"protocol={protocol} protocol.period={tau}")
        for name, protocol in (("easgd", "async_easgd"), ("pull", "gossip_pull"), ("push", "gossip_push"))
        for tau in (1, 10)
    },
}
#: Those that race on a cluster, and at which sizes.
FIELD = {
    "base": (tuple(METHODS), SIZES),
    "own": (("pull_1", "push_1"), (32, 128)),
    "total": (tuple(METHODS)[2:], tuple(TOTAL)),
    **dict.fromkeys(MOVES, (("ps_16", "pull_1"), SIZES[1:])),
}
MEASURED = {"ps": "the server's model", "easgd": "the centre"}
TIME = "seconds_to_target"
#: A tenth is what another machine or another straggler law would change (%).
MARGIN = 10.0


def _race(name: str, words: str, over: str = OVER, seconds: float = SECONDS, every: float = EVERY) -> Part:
    race = f"{CLUSTER} until.target_accuracy=0.9 until.seconds={seconds} record.every_seconds={every} {words}"
    quick = f"{QUICK} until.target_accuracy=0.3 until.seconds={seconds / 25}"
    return Part(name, race, 10, over, 2, quick, 2)


def _parts() -> Iterator[Part]:
    most = {"allreduce": SYNC, "ps": SHARDED, "peers": PEERS}
    some = {**most, "servers": "protocol=async_ps server.shards=1,4"}
    yield from (_race(f"base_{family}", f"{words} workers=2,8,32,128") for family, words in some.items())
    yield _race("own_peers", f"{GOSSIP} record.of=worker workers=32,128")
    for (p, (batch, *times)), (family, words) in itertools.product(TOTAL.items(), most.items()):
        yield _race(f"total_{family}_{p}", f"{words} workers={p} batch={batch}", OVER, *times)
    few = {**most, "peers": "protocol=gossip_pull"}
    for (move, (cluster, *_)), (family, words) in itertools.product(MOVES.items(), few.items()):
        over = OVER_MOMENTUM if move == "momentum" else OVER
        yield _race(f"{move}_{family}", f"{words} {cluster} workers=8,32,128", over)


PARTS = list(_parts())


def runs(cluster: str, method: str, workers: int) -> str:
    """The part and settings of all-reduce or another method on a cluster."""
    _, family, settings = METHODS.get(method, ("", method, ""))
    part = f"{cluster}_{family}_{workers}" if cluster == "total" else f"{cluster}_{family}"
    return f"{part} workers={workers} {settings}".rstrip()


def _sync(cluster: str, workers: int) -> str:
    return runs("base" if cluster == "own" else cluster, "allreduce", workers)


def _ahead(cluster: str, method: str, workers: int) -> Claim:
    """Up to 32 workers it is there before all-reduce, beyond after: the crossing that the paper has."""
    few = workers <= 32
    statement = "it is at 90 % sooner than all-reduce" if few else "all-reduce is at 90 % sooner"
    measured = MEASURED.get(method.partition("_")[0], "the mean of all models, which no worker has,")
    if cluster == "own":
        measured = "a worker's own model"
    name, words = METHODS[method][0], CLUSTERS[cluster]
    measure = ratio(_sync(cluster, workers), runs(cluster, method, workers), TIME)
    conditions = f"{name}; {workers} workers, {words}; {measured} is measured"
    expected = Expected.less if few else Expected.more
    return Claim(f"J1 {cluster} {method} {workers}", statement, expected, MARGIN, measure, conditions)


def claims() -> Iterator[Claim]:
    """J1 on every cluster, and what moves the crossing."""
    for cluster, (methods, sizes) in FIELD.items():
        for method, p in itertools.product(methods, sizes):
            yield _moved(cluster, method, p) if cluster in MOVES else _ahead(cluster, method, p)


def _moved(move: str, method: str, workers: int) -> Claim:
    """Whether a method gains on all-reduce where the cluster is another."""
    _, expected, statement = MOVES[move]
    before, after = ((_sync(each, workers), runs(each, method, workers)) for each in ("base", move))
    conditions = f"{METHODS[method][0]}; {workers} workers, {CLUSTERS[move]}"
    name, measure = f"J1 {move} {method} {workers}", gained(before, after, TIME)
    return Claim(name, f"{statement} beside all-reduce", expected, MARGIN, measure, conditions)


def conclusion(table: Table) -> str:
    """Where the crossings lie."""
    said = []
    for cluster, (methods, sizes) in FIELD.items():
        found = []
        for method in methods:
            pairs = {p: (table.at(_sync(cluster, p)), table.at(runs(cluster, method, p))) for p in sizes}
            found.append(f"{METHODS[method][0]} is {ahead(pairs, TIME)}")
        said.append(f"With {CLUSTERS[cluster]}: {'; '.join(found)}.")
    who = "Who is at the target before all-reduce, by medians over the seeds, which have no intervals"
    return f"{who}: whether a difference can be told is said by the claims. {' '.join(said)}"
