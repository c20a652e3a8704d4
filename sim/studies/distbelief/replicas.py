"""Downpour SGD: how many replicas may work without waiting, and what helps when they are too many."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product

from sim.plot.outcome import cut_off, outcome
from sim.results.rows import Summary
from sim.study.claim import Claim, Expected
from sim.study.compared import Compared
from sim.study.derived import times
from sim.study.events import ended_below, late
from sim.study.measure import change, more_often, ratio
from sim.study.study import Part
from sim.study.table import Table

LESS, MORE, SAME = Expected.less, Expected.more, Expected.same
#: A gradient takes a millisecond, in which a link of 10 Gb/s carries 18 models.
DIGITS = "problem=digits_mlp batch=16 device=v100 straggler=lognormal straggler.cv=0.2 seed=16000"
RULES = {"fixed": "optimizer=sgd", "adagrad": "optimizer=adagrad"}
#: The best rates of one replica, and the ends of those that are chosen from: looked at in pilot runs on other seeds.
KEPT = {"fixed": "optimizer.lr=0.1", "adagrad": "optimizer.lr=0.03"}
RATES = "optimizer.lr=0.003,0.01,0.03,0.1"
TARGET = f"{DIGITS} protocol=async_ps until.target_accuracy=0.93"
RACE = f"{TARGET} until.epochs=20"
#: At a rate with which some seeds end badly in pilot runs; without a target, which the one replica might reach alone.
WARM = f"{DIGITS} protocol=async_ps optimizer.lr=0.03 workers=64 protocol.warm_start=0,100,400 until.epochs=15"
#: One link that 16 replicas would fill nine times over; rarer pushes have more epochs by then.
NARROW = f"{TARGET} workers=16 network.bandwidth_gbps=1 until.seconds=0.8"
SWARM = f"{DIGITS} network=ideal optimizer.lr=0.03 until.updates=1350"
GAPS = (2, 4, 8)
QUICK = "until.target_accuracy=0.5 until.epochs=2"


def _part(name: str, words: str, over: str = "", quick: str = QUICK) -> Part:
    return Part(name, words, seeds=20, over=over, tuning=2, quick=quick, quick_seeds=2)


PARTS = [
    *(_part(f"kept_{rule}", f"{RACE} {words} workers=4,16,32,64,128 {KEPT[rule]}") for rule, words in RULES.items()),
    *(_part(f"race_{rule}", f"{RACE} {RULES[rule]} workers=1,4,16,64,128", RATES) for rule in RULES),
    *(_part(f"warm_{rule}", f"{WARM} {RULES[rule]}", quick="until.epochs=2") for rule in RULES),
    *(_part(f"every_{n}", f"{NARROW} protocol.n_push={n} protocol.n_fetch={n}", RATES) for n in (1, *GAPS)),
    _part("alone", f"{SWARM} protocol=local workers=1", quick="until.updates=90"),
    _part(
        "swarm",
        f"{SWARM} protocol=async_ps workers=1,16,64 protocol.serial=false,true",
        quick="until.updates=90",
    ),
]

#: What matters: one seed of ten, a point of accuracy, a tenth of a time, of samples or of bytes.
LATE = Compared(partial(more_often, event=late), 10.0)
LOST = Compared(partial(more_often, event=ended_below(0.9)), 10.0)
END = Compared(partial(change, figure="final_test_accuracy", unit="of 1"), 0.01)
SECONDS = Compared(partial(ratio, figure="seconds_to_target"), 10.0)
SAMPLES = Compared(partial(ratio, figure="samples_to_target"), 10.0)


def per_gradient(summary: Summary, run: object) -> float:
    """Traffic of a gradient (B)."""
    return (summary.bytes_sent or 0.0) / (summary.gradients or 1)


def claims() -> Iterator[Claim]:
    """B1, B2, B3, B5 and the swarm."""
    yield LATE.claim("B1 kept", "at a kept rate more replicas fail", MORE, "kept_fixed workers={}", 16, 32)
    yield LATE.claim("B1 chosen", "more replicas fail at the best rate, too", MORE, "race_fixed workers={}", 16, 128)
    for n in (32, 64, 128):
        yield LATE.claim(f"B1 kept {n}", "Adagrad fails less often", LESS, f"kept_{{}} workers={n}", *RULES)
    yield LATE.claim("B1 best", "Adagrad fails less often, each at its best", LESS, "race_{} workers=128", *RULES)
    for rule, n in product(RULES, (100, 400)):
        runs = f"warm_{rule} protocol.warm_start={{}}"
        yield LOST.claim(f"B2 {rule} {n} fails", "a warm start has fewer fail", LESS, runs, 0, n)
        yield END.claim(f"B2 {rule} {n} ends", "a warm start ends better", MORE, runs, 0, n)
    for n in GAPS:
        traffic, conditions = times({f"every_{n}": 1, "every_1": -1}, per_gradient), f"every_1, then every_{n}"
        yield Claim(f"B3 bytes {n}", "rarer pushes send less for a gradient", LESS, 10.0, traffic, conditions)
        yield SAMPLES.claim(f"B3 samples {n}", "they need more samples", MORE, "every_{}", 1, n)
        yield SECONDS.claim(f"B3 seconds {n}", "they are sooner there", LESS, "every_{}", 1, n)
    one = "swarm workers=1 protocol.serial=false"
    yield END.claim("B3 one", "a push for each gradient: one replica ends as SGD does", SAME, "{}", "alone", one)
    for rule, n in product(RULES, (1, 128)):
        statement = f"{'a single one' if n == 1 else n} takes longer than 16 machines"
        yield SECONDS.claim(f"B5 {rule} {n}", statement, MORE, f"race_{rule} workers={{}}", 16, n)
    for n in (16, 64):
        runs = f"swarm workers={n} protocol.serial={{}}"
        swarm, serial = runs.format("false"), runs.format("true")
        yield END.claim(f"swarm {n}", "many end better after as many updates", MORE, "{}", one, swarm)
        yield END.claim(f"swarm {n} serial", "without staleness many end as one does", SAME, "{}", one, serial)
        yield END.claim(f"swarm {n} stale", "staleness costs", LESS, "{}", serial, swarm)


def reached(table: Table) -> str:
    """Up to how many replicas all seeds come to the target."""
    said = []
    for kind, rule in product(("kept", "race"), RULES):
        cells = table.cells(f"{kind}_{rule}")
        good = [int(cell.row["workers"]) for cell in cells if not cut_off(outcome(cell, "seconds_to_target", None))]
        said.append(
            f"{max(good, default=0)} with {rule}, its rate {'that of one' if kind == 'kept' else 'chosen anew'}"
        )
    return f"The most replicas of which all seeds reached the target: {', '.join(said)}."
