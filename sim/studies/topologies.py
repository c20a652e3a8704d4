"""Who should talk to whom: where the spectral gap of a graph decides, and where what its messages cost on the wires."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from sim.study.claim import Claim, Expected
from sim.study.measure import itself, ratio
from sim.study.study import Drawing, Part, Study

GRAPHS = "ring,torus,hypercube,exponential,one_peer_exponential,random_matching"
#: The wires, each with links of 1 Gb/s at the hosts: a message of the model takes about as long as two gradients.
WIRES = {
    "switch": "network=single_switch network.bandwidth_gbps=1",
    "leaf_spine": "network=leaf_spine network.bandwidth_gbps=1 network.hosts_per_leaf=8 network.oversubscription=4",
    "torus": "network=torus network.bandwidth_gbps=1",
    "wan": "network=wan network.bandwidth_gbps=1 network.wan_bandwidth_gbps=1 network.wan_latency_us=5000",
}
#: Workers -> how many seeds judge and how many choose the rate, updates at the most, and the quick form's workers.
SIZES = {16: (20, 2, 500, 8), 64: (10, 2, 500, 16), 256: (5, 1, 250, 32)}
PROTOCOLS = ("dpsgd", "sgp")
#: Where a worker's own model is looked at beside the mean of all.
OWN = 64
COMMON = (
    f"problem=digits_mlp partition=dirichlet partition.alpha=0.3 batch=8 topology={GRAPHS} straggler=lognormal "
    "straggler.cv=0.5 device=v100 until.target_accuracy=0.9 seed=17000"
)
#: Chosen for every protocol, graph, network and size, with the same budget.
OVER = "optimizer.lr=0.2,0.4"
QUICK = "until.target_accuracy=0.6 until.updates=40"


def _part(name: str, protocol: str, wires: str, workers: int, more: str = "") -> Part:
    seeds, tuning, updates, fewer = SIZES[workers]
    words = f"{COMMON} {WIRES[wires]} protocol={protocol} workers={workers} until.updates={updates} {more}"
    quick = f"{QUICK} workers={fewer}"
    return Part(f"{name}_{wires}_{workers}", words, seeds, over=OVER, tuning=tuning, quick=quick, quick_seeds=2)


PARTS = [
    *(_part(protocol, protocol, wires, workers) for protocol in PROTOCOLS for wires in WIRES for workers in SIZES),
    *(_part("own", "dpsgd", wires, OWN, "record.of=worker") for wires in WIRES),
]


#: Effects are ratios; a tenth is what another machine or another straggler law would change.
MARGIN = 10.0
_LESS, _MORE, _SAME = Expected.less, Expected.more, Expected.same
#: Of dpsgd at each size on one switch, in updates: the gap alone, since these do not depend on the wires.
_GAP = [
    ("G1", "a larger gap needs fewer updates: the exponential graph against the ring", _LESS, "ring", "exponential"),
    ("G2", "the torus, with a gap between, needs more than the exponential graph", _MORE, "exponential", "torus"),
    (
        "G3",
        "one peer in turn needs as many updates as all at once",
        _SAME,
        "exponential",
        "one_peer_exponential",
    ),
    ("G4", "random pairs need as many updates as the exponential graph", _SAME, "exponential", "random_matching"),
]
#: Of both protocols at each size on all wires, in seconds.
_WIRES = [
    (
        "W1",
        "the larger gap wins by the clock: the exponential graph against the ring",
        _LESS,
        "ring",
        "exponential",
    ),
    ("W2", "fewer messages win by the clock: one peer against all", _LESS, "exponential", "one_peer_exponential"),
    ("W3", "the graph of the wires wins: the torus against one peer", _LESS, "one_peer_exponential", "torus"),
]


def _claims() -> Iterator[Claim]:
    for workers in SIZES:
        for name, statement, expected, first, second in _GAP:
            part = f"dpsgd_switch_{workers} topology="
            measure = ratio(part + first, part + second, "updates_to_target")
            yield Claim(f"{name} {workers}", statement, expected, MARGIN, measure, f"dpsgd, {workers} workers")
    for wires, workers in itertools.product(WIRES, SIZES):
        for protocol, (name, statement, expected, first, second) in itertools.product(PROTOCOLS, _WIRES):
            part = f"{protocol}_{wires}_{workers} topology="
            measure = ratio(part + first, part + second, "seconds_to_target")
            conditions = f"{protocol}, {workers} workers, {wires}"
            yield Claim(f"{name} {protocol} {wires} {workers}", statement, expected, MARGIN, measure, conditions)
        one, other = (f"{protocol}_{wires}_{workers} topology=exponential" for protocol in PROTOCOLS)
        measure = ratio(one, other, "seconds_to_target")
        statement = "push-sum is as fast as doubly stochastic mixing on the exponential graph"
        yield Claim(f"S1 {wires} {workers}", statement, _SAME, MARGIN, measure, f"sgp, {workers} workers, {wires}")
    for wires in WIRES:
        own, conditions = f"own_{wires}_{OWN} topology=", f"dpsgd, {OWN} workers, {wires}; worker 0's own model"
        for name, statement, expected, first, second in _WIRES:
            measure = ratio(own + first, own + second, "seconds_to_target")
            yield Claim(f"{name} own {wires}", statement, expected, MARGIN, measure, conditions)
        for graph in ("ring", "exponential"):
            measure = ratio(f"dpsgd_{wires}_{OWN} topology={graph}", own + graph, "seconds_to_target")
            statement = f"on the {graph} graph a worker's own model gets there later than the mean of all"
            yield Claim(f"O1 {graph} {wires}", statement, _MORE, MARGIN, measure, conditions)


STUDY = Study(
    source="papers that rank graphs by their spectral gap (D-PSGD 2017, SGP 2019, Ying et al. 2021)",
    question="Whom should workers talk to: does the spectral gap decide, or what messages cost on the wires?",
    parts=PARTS,
    claims=list(_claims()),
    control=itself("dpsgd_switch_16 topology=exponential", "seconds_to_target"),
    drawings=[
        Drawing(
            f"seconds_{protocol}",
            tuple(part.name for part in PARTS if part.name.startswith(protocol)),
            "--y seconds_to_target --x workers --by topology --facets network",
            f"Seconds of {protocol} to 90 % test accuracy, each graph with its best learning rate.",
        )
        for protocol in PROTOCOLS
    ],
    leaves_open=(
        "One model of 17 226 parameters on 1440 images, whose messages take 0.55 ms at 1 Gb/s beside gradients of "
        "about 0.3 ms: larger messages favour graphs of few neighbours further. Accuracy is that of the mean of all "
        "models, which no worker has, but for the claims that say otherwise. Learning rates are chosen of two values; "
        "256 workers have five seeds, and 250 updates at the most."
    ),
)
