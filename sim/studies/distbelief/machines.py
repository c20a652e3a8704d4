"""Sandblaster L-BFGS: a full batch in portions, and its time to a target beside Downpour SGD."""

from __future__ import annotations

from collections.abc import Iterator

from sim.results.rows import Summary
from sim.studies.distbelief.replicas import DIGITS, LESS, MORE, RULES, SAME, SECONDS
from sim.study.claim import Claim
from sim.study.derived import times
from sim.study.study import Part

FASHION = "problem=fashion_mlp problem.hidden=[64] seed=16000"
#: Of one core each; four links carry what about 20 of them push.
RACE = (
    f"{FASHION} device=cpu_core workers=4,16,64 server.shards=4 straggler=lognormal straggler.cv=0.2 "
    "until.target_accuracy=0.84"
)
#: Bounds are of time, as far as L-BFGS takes on 64: more machines have more epochs by then.
DOWNPOUR = f"{RACE} protocol=async_ps batch=64 until.seconds=0.6"
SIZES = (4, 16, 64)
#: What a full batch takes does not depend on what has been learned: few updates say it.
PORTIONS = (
    f"{FASHION} protocol=sandblaster protocol.portions=256 optimizer.lr=1 workers=16 network=ideal "
    "record.every_updates=100"
)
BARRIER = f"{DIGITS} protocol=hardsync workers=16 network=ideal"
SLOW, RANDOM = "straggler=slow_node straggler.factor=1,4,16", "straggler=lognormal straggler.cv=0.2,1"


def _race(name: str, words: str, rates: str) -> Part:
    quick = "problem=digits_mlp until.target_accuracy=0.5 until.epochs=4"
    return Part(name, words, seeds=10, over=f"optimizer.lr={rates}", tuning=2, quick=quick, quick_seeds=2)


PARTS = [
    Part("slow", f"{PORTIONS} {SLOW} until.updates=3", seeds=3, quick="problem=digits_mlp", quick_seeds=2),
    Part("slow_barrier", f"{BARRIER} {SLOW} until.updates=30", seeds=3, quick_seeds=2),
    Part("random", f"{PORTIONS} {RANDOM} until.updates=5", seeds=10, quick="problem=digits_mlp", quick_seeds=2),
    Part("random_barrier", f"{BARRIER} {RANDOM} until.updates=30", seeds=10, quick_seeds=2),
    _race("machines_fixed", f"{DOWNPOUR} {RULES['fixed']}", "0.004,0.012,0.04,0.12"),
    _race("machines_adagrad", f"{DOWNPOUR} {RULES['adagrad']}", "0.001,0.003,0.01,0.03"),
    _race("machines_sandblaster", f"{RACE} protocol=sandblaster batch=256 until.epochs=60", "0.25,0.5,1,2"),
]


def per_update(summary: Summary, run: object) -> float:
    """What an update takes (s)."""
    return (summary.virtual_seconds or 0.0) / (summary.updates or 1)


def claims() -> Iterator[Claim]:
    """B4, and what the paper's figures 4 and 5 say of machines."""
    for n in (4, 16):
        law = times({f"slow straggler.factor={n}": 1, "slow straggler.factor=1": -1}, per_update, 16 / (15 + 1 / n))
        statement = "a batch takes total work / sum of speeds, to one of 16 portions for each machine"
        yield Claim(f"B4 law {n}", statement, SAME, 100 / 16, law, f"one machine of 16 is {n} times as slow")
        yield _gain(f"B4 slow {n}", "portions suffer less than a barrier", "slow", "factor", n, 1)
    yield _gain("B4 growth", "they gain more, the slower it is", "slow", "factor", 16, 4)
    yield _gain("B4 random", "and with more random times", "random", "cv", 1, 0.2)
    yield SECONDS.claim("B4 machines", "more machines are sooner", LESS, "machines_sandblaster workers={}", 4, 64)
    for n in SIZES:
        runs = f"machines_{{}} workers={n}"
        yield SECONDS.claim(f"Fig 5 Adagrad {n}", "Adagrad is sooner than a fixed rate", LESS, runs, *RULES)
        yield SECONDS.claim(f"Fig 5 both {n}", "L-BFGS is later than it", MORE, runs, "adagrad", "sandblaster")
    few, many = "fixed workers=4", "sandblaster workers=64"
    yield SECONDS.claim("Fig 4", "L-BFGS on many is sooner than SGD on few", LESS, "machines_{}", few, many)


def _gain(name: str, statement: str, part: str, key: str, wild: float, calm: float) -> Claim:
    """How much less a batch in portions is slowed down than an update with a barrier is."""
    first, second = (f"straggler.{key}={value}" for value in (calm, wild))
    powers = {
        f"{part} {second}": 1,
        f"{part} {first}": -1,
        f"{part}_barrier {second}": -1,
        f"{part}_barrier {first}": 1,
    }
    return Claim(name, statement, LESS, 10.0, times(powers, per_update), f"16 machines, {second} beside {first}")
