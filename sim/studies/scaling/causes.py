"""J2 to J5: what asynchronous methods give up, and what gossip costs."""

from __future__ import annotations

from collections.abc import Iterator

from sim.studies.scaling.races import CLUSTER, GOSSIP, OVER, PEERS, QUICK, SYNC, runs
from sim.study.claim import Claim, Expected, Measure
from sim.study.contraction import contracts, leaves, walks
from sim.study.interaction import gained
from sim.study.measure import ratio
from sim.study.study import Part

LESS, MORE, SAME = Expected.less, Expected.more, Expected.same
#: Only the end is looked at.
RARELY = "record.every_updates=10"
#: Label noise keeps the loss from zero; after 200 steps of this rate it stays where noise keeps it, or nearly.
FLOOR = f"{CLUSTER} problem=digits_softmax problem.label_noise=0.2 optimizer.lr=0.5 until.updates=200 {RARELY}"
EPOCHS = f"{CLUSTER} {RARELY} until.epochs=15 sweep.objective=[final_train_loss]"
#: Without tuning: of these only the clock, bytes, and one loss beside another at the same rate are looked at.
ROUTES = f"{CLUSTER} workers=32 optimizer.lr=0.1 until.epochs=10 {RARELY}"
#: From this update on the models of `ROUNDS` come together without learning; workers -> how many seeds. A first run, on
#: seeds from 31000, judged the round before, too, in which some pull models that have their last step before them.
STILL, ROUNDED = 4, {8: 240, 32: 80}
ROUNDS = (
    f"{CLUSTER} problem=digits_softmax network=ideal straggler=none start=together optimizer.lr=0.1 lr_schedule=step "
    f"lr_schedule.unit=updates lr_schedule.milestones=[{STILL - 1}] lr_schedule.gamma=1e-12 "
    f"until.updates={STILL + 8} record.every_updates=1 record.trajectory=true seed=32000"
)
PAIRS = "protocol=dpsgd topology=random_matching"


def _part(name: str, words: str, seeds: int = 10, over: str = "", quick: str = "until.updates=3") -> Part:
    return Part(name, words, seeds, over, 2, quick, 2)


PARTS = [
    _part("epochs_peers", f"{EPOCHS} {PEERS} workers=32,128", 10, OVER, f"{QUICK} until.updates=3"),
    _part("epochs_allreduce", f"{EPOCHS} {SYNC} workers=128", 10, OVER, f"{QUICK} until.updates=3"),
    _part("floor", f"{FLOOR} {GOSSIP},async_easgd,allreduce workers=8,128"),
    _part("latency", f"{ROUTES} {GOSSIP} network.latency_us=2,5000"),
    _part("queues", f"{ROUTES} protocol=gossip_push network.bandwidth_gbps=20,560"),
    *(_part(f"rounds_{p}", f"{ROUNDS} {GOSSIP} workers={p}", n, quick="") for p, n in ROUNDED.items()),
    *(_part(f"pairs_{p}", f"{ROUNDS} {PAIRS} workers={p}", n, quick="") for p, n in ROUNDED.items()),
]
LOSS, EPOCH = "final_train_loss", "seconds_per_epoch"
NAMES = {"easgd": "async_easgd", "pull": "gossip_pull", "push": "gossip_push"}
#: Effects are ratios. A twentieth of a loss or of a second is little beside what the methods differ by.
MARGIN = 5.0
#: A formula without its smaller terms would be off by more (%).
EXACT = 3.0
MEAN = "of gossip the mean of all models is measured, of elastic averaging the centre"


def _floors(protocol: str, figure: str) -> Measure:
    return ratio(f"floor workers=8 protocol={protocol}", f"floor workers=128 protocol={protocol}", figure)


def _j2() -> Iterator[Claim]:
    measures = {
        LOSS: ("the floor of its loss grows with the number of workers", MEAN),
        "mean_worker_loss": ("so does the floor of the workers' own losses", "the mean of the workers' own losses"),
        "consensus_distance": ("the models are farther apart with more workers", "distance from the mean of all"),
    }
    for figure, (statement, conditions) in measures.items():
        for name, protocol in NAMES.items():
            measure = _floors(protocol, figure)
            yield Claim(f"J2 {name} {figure}", statement, MORE, MARGIN, measure, f"8 and 128 workers; {conditions}")
    measure = _floors("allreduce", LOSS)
    yield Claim("J2 allreduce", "its floor does not grow, but falls", LESS, MARGIN, measure, "8 and 128 workers")


def _j3() -> Iterator[Claim]:
    for p in (32, 128):
        at = f"tau 1 and 10; {p} workers, 15 epochs; {MEAN}"
        ends = {name: (runs("epochs", f"{name}_1", p), runs("epochs", f"{name}_10", p)) for name in NAMES}
        for name, (one, ten) in ends.items():
            yield Claim(
                f"J3 time {name} {p}", "with tau 10 epochs are shorter", LESS, MARGIN, ratio(one, ten, EPOCH), at
            )
            yield Claim(f"J3 loss {name} {p}", "and end at a larger loss", MORE, MARGIN, ratio(one, ten, LOSS), at)
        for name in ("pull", "push"):
            measure = gained(ends["easgd"], ends[name], LOSS)
            yield Claim(f"J3 {name} {p}", "tau costs gossip more than elastic averaging", MORE, MARGIN, measure, at)


def _late() -> Iterator[Claim]:
    for name in NAMES:
        measure = ratio("epochs_allreduce", runs("epochs", f"{name}_1", 128), LOSS)
        statement = "beyond the crossing all-reduce reaches the smaller loss"
        yield Claim(f"J1 loss {name}", statement, MORE, MARGIN, measure, f"128 workers, 15 epochs, tau 1; {MEAN}")


def _j4() -> Iterator[Claim]:
    ways = {
        "pull latency": ("a pull waits for a round trip: epochs are longer with more latency", MORE),
        "push latency": ("a push is one-way, and nobody waits for it", SAME),
    }
    for name, (statement, expected) in ways.items():
        one, other = (f"latency protocol=gossip_{name[:4]} network.latency_us={us}" for us in (2, 5000))
        measure = ratio(one, other, EPOCH)
        yield Claim(f"J4 {name}", statement, expected, MARGIN, measure, "2 us and 5 ms a link; 32 workers")
    fast, slow = (f"queues network.bandwidth_gbps={gbps}" for gbps in (560, 20))
    at = "560 and 20 Gb/s, of which a model takes half a gradient's time; 32 workers, the mean of all models"
    statement = "pushes to one node queue, and newer ones take the place of those that are late"
    yield Claim("J4 push queues", statement, LESS, MARGIN, ratio(fast, slow, "bytes_sent"), at)
    yield Claim("J4 push loss", "what has queued is old, and costs loss", MORE, MARGIN, ratio(fast, slow, LOSS), at)
    for p in (32, 128):
        one, other = (runs("base", f"{name}_1", p) for name in ("pull", "push"))
        measure = ratio(one, other, "seconds_to_target")
        yield Claim(
            f"J4 time {p}", "push is at 90 % sooner than pull", LESS, 10.0, measure, f"{p} workers, tau 1; {MEAN}"
        )


def _round(name: str, p: int, statement: str, expected: Expected, margin: float, measure: Measure) -> Claim:
    return Claim(f"{name} {p}", statement, expected, margin, measure, f"{p} workers, 8 rounds without learning")


def _j5() -> Iterator[Claim]:
    for p in ROUNDED:
        left, squared = 1.0 - 1.0 / (p - 1), 1.0 - 1.0 / (p - 1) ** 2
        pull, push, pairs = f"rounds_{p} {GOSSIP[:20]}", f"rounds_{p} protocol=gossip_push", f"pairs_{p}"
        measure = leaves(pull, push, STILL)
        yield _round("J4 rounds", p, "a push contracts as a pull does", SAME, EXACT, measure)
        measure = contracts(pull, left / 2.0 - squared / (4.0 * p), STILL)
        yield _round("J5 pull", p, "a round contracts the spread by its closed form", SAME, EXACT, measure)
        measure = walks(pull, squared / (4.0 * p * p), STILL)
        yield _round("J5 walk", p, "and moves the mean by its closed form", SAME, 2.0 * MARGIN, measure)
        measure = contracts(pairs, left / 2.0, STILL)
        yield _round("J5 pairs", p, "random pairs contract by theirs", SAME, EXACT, measure)
        measure = walks(pairs, squared / (4.0 * p * p), STILL)
        yield _round("J5 mean", p, "and leave the mean where it is: no such step", LESS, 2.0 * MARGIN, measure)


CLAIMS = [*_late(), *_j2(), *_j3(), *_j4(), *_j5()]
