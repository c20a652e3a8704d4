"""Resilience: from how many failures on a method that goes on without its lost is sooner at the target; F1 to F6."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from sim.study.claim import Claim, Expected
from sim.study.crossing import ahead
from sim.study.interaction import gained
from sim.study.measure import itself, ratio
from sim.study.study import Drawing, Part, Study
from sim.study.table import Table

LESS, MORE, SAME = Expected.less, Expected.more, Expected.same
#: The clock is that of the study how_to_scale: with 4 images a gradient takes 38 ms, and a message 6.7 ms.
CLUSTER = (
    "problem=digits_mlp workload=resnet18 device=k80 network=single_switch network.bandwidth_gbps=56 batch=4 "
    "network.latency_us=2 straggler=lognormal straggler.cv=0.3 workers=64 until.target_accuracy=0.9 until.seconds=10 "
    "record.every_seconds=0.04 seed=41000"
)
#: Without failures all-reduce takes about 1.6 s. Where those are a day it takes 18 minutes to know that somebody has
#: failed, 5 to write a checkpoint and 9 to read it, and 90 minutes or 15 hours to repair a worker.
DETECTION, STORAGE = "faults.detection_seconds=0.02", "checkpoint.write_seconds=0.005 checkpoint.restore_seconds=0.01"
REPAIRS = ("0.1", "1")
#: Failures per hour of a worker that works; at `ONCE` one of all 64 fails in the 1.6 s.
RATES, ONCE = (2, 10, 50, 250, 1250), 35
#: Rate and repair that claims about one setting are of: 1.4 failures in 1.6 s, long repairs.
SOME, LONG = 50, REPAIRS[1]
#: The same budget for all methods and settings.
OVER = "optimizer.lr=0.016,0.06,0.25,1"
QUICK = "problem=digits_softmax workers=8 until.target_accuracy=0.3 until.seconds=0.4 optimizer.lr=0.1,0.3"
#: Name -> how it is called, the words of its runs, and those that it has besides where workers fail.
METHODS = {
    "checkpoint": (
        "all-reduce from checkpoints",
        "protocol=allreduce",
        f"faults.recover=checkpoint checkpoint.every_seconds=young_daly {STORAGE} {DETECTION}",
    ),
    "survivors": ("all-reduce of survivors", "protocol=allreduce", DETECTION),
    "backup": ("backup_sync with 4 backups", "protocol=backup_sync protocol.backups=4 server.shards=16", ""),
    "async": ("async_ps", "protocol=async_ps server.shards=16", ""),
    "gossip": ("gossip_pull", "protocol=gossip_pull", ""),
    "own": ("gossip_pull, worker 0's own model", "protocol=gossip_pull record.of=worker", ""),
    "diloco": ("DiLoCo, rounds of 5", "protocol=diloco protocol.period=5", DETECTION),
}
RESILIENT = tuple(name for name in METHODS if name != "checkpoint")
MEASURED = {"gossip": "; the mean of all models is measured, which no worker has", "diloco": "; the mean is measured"}
TIME = "seconds_to_target"
#: A tenth is what another machine or another straggler law would change (%).
MARGIN = 10.0


def _parts() -> Iterator[Part]:
    rates = f"faults.crash.rate_per_hour={','.join(map(str, RATES))}"
    crashes = f"faults=crash {rates} faults.crash.repair_seconds={','.join(REPAIRS)}"
    for name, (_, words, failing) in METHODS.items():
        if name != "survivors":  # without failures there is one all-reduce
            yield Part(f"{name}_0", f"{CLUSTER} {words}", 10, OVER, 1, QUICK, 2)
        yield Part(name, f"{CLUSTER} {words} {crashes} {failing}", 10, OVER, 1, QUICK, 2)


def _runs(name: str, rate: int, repair: str = LONG) -> str:
    """The part and settings of a method at a rate of failures."""
    if rate == 0:
        return f"{'checkpoint' if name == 'survivors' else name}_0"
    return f"{name} faults.crash.rate_per_hour={rate} faults.crash.repair_seconds={repair}"


def _ahead(claim: str, first: str, second: str, rate: int, repair: str = LONG) -> Claim:
    """Up to one failure during a run all-reduce is ahead, beyond that who goes on without the lost."""
    few, who, name = rate < ONCE, METHODS[first][0], f"{claim} {second} {rate}{f' {repair}' if rate else ''}"
    statement = f"{who} is at 90 % sooner" if few else f"it is at 90 % sooner than {who}"
    failures = f"{rate} failures an hour of each worker, repairs of {repair} s" if rate else "no failures"
    measure = ratio(_runs(first, rate, repair), _runs(second, rate, repair), TIME)
    conditions = f"{METHODS[second][0]}; {failures}{MEASURED.get(second, '')}"
    return Claim(name, statement, MORE if few else LESS, MARGIN, measure, conditions)


def _claims() -> Iterator[Claim]:
    yield from (_ahead("F1", "checkpoint", name, 0) for name in RESILIENT if name != "survivors")
    for name, rate, repair in itertools.product(RESILIENT, RATES, REPAIRS):
        if name != "survivors" or rate > ONCE:  # with few failures the two are nearly the same
            yield _ahead("F2", "checkpoint", name, rate, repair)
    for name, rate in itertools.product(RESILIENT, RATES):
        if name != "survivors":
            yield _ahead("F3", "survivors", name, rate)
    at = f"{SOME} failures an hour of each worker, repairs of {LONG} s"
    for name, (called, *_) in METHODS.items():
        measure, where = ratio(_runs(name, 0), _runs(name, SOME), TIME), f"{called}; {at}{MEASURED.get(name, '')}"
        if name == "checkpoint":
            yield Claim("F4 checkpoint", "it waits for repairs, and is later", MORE, MARGIN, measure, where)
        else:
            yield Claim(f"F4 {name}", "with one failure in a run it is as soon there", SAME, MARGIN, measure, where)
    for name in RESILIENT:
        before, after = ((_runs("checkpoint", SOME, each), _runs(name, SOME, each)) for each in REPAIRS)
        statement, where = "it gains on all-reduce from checkpoints", f"{METHODS[name][0]}; repairs ten times as long"
        yield Claim(f"F5 {name}", statement, LESS, MARGIN, gained(before, after, TIME), where)
    for rate in (0, *RATES):
        measure, statement = ratio(_runs("gossip", rate), _runs("own", rate), TIME), "a worker's own model is later"
        where = f"gossip_pull; worker 0's own model beside the mean; {rate} failures an hour, repairs of {LONG} s"
        yield Claim(f"F6 {rate}", statement, MORE, MARGIN, measure, where)


def _conclusion(table: Table) -> str:
    """Where resilience overtakes."""
    said = []
    for first, repair in itertools.product(("checkpoint", "survivors"), REPAIRS):
        at = {rate: table.at(_runs(first, rate, repair)) for rate in RATES}
        others = [name for name in RESILIENT if name != first]
        pairs = {name: {rate: (at[rate], table.at(_runs(name, rate, repair))) for rate in RATES} for name in others}
        found = "; ".join(f"{METHODS[name][0]} is {ahead(pair, TIME)}" for name, pair in pairs.items())
        said.append(f"Beside {METHODS[first][0]}, with repairs of {repair} s: {found}.")
    who = (
        f"Who is at the target sooner, over failures per hour of each worker ({ONCE} are one of all 64 in 1.6 s), by "
        "medians over the seeds, which have no intervals"
    )
    return f"{who}: whether a difference can be told is said by the claims. {' '.join(said)}"


STUDY = Study(
    source="Jin et al. 2016, Dean et al. 2012 and Chen et al. 2016, who claim resilience; statements F1 to F6 are ours",
    question="From how many failures on is a method that goes on without its lost sooner there than all-reduce?",
    parts=list(_parts()),
    claims=list(_claims()),
    control=itself("checkpoint_0", TIME),
    drawings=[
        Drawing(
            f"repairs_{repair.replace('.', '_')}",
            tuple(name for name in METHODS if name != "own"),
            f"--y {TIME} --x faults.crash.rate_per_hour --by protocol,faults.recover "
            f"--where faults.crash.repair_seconds={repair}",
            f"Time to 90 % test accuracy over the failures of a worker per hour, repairs of {repair} s on average, 64 "
            "workers; every method at the best of four learning rates. Of gossip and DiLoCo it is the mean.",
        )
        for repair in REPAIRS
    ],
    conclusion=_conclusion,
    leaves_open=(
        "A run of 20 steps stands for a job: what counts is failures per run, and repair, checkpoint and detection as "
        "shares of it. A real one has a thousand times the steps, and loses less work under way with a failure. "
        "Failures are exponential, independent and of workers alone: servers, links and machines of several workers do "
        "not fail. The perceptron has 17 226 parameters; rates are the best of four and constant."
    ),
    not_judged={
        "Dean et al.: a server that is lost costs little": "servers do not fail here; faults.server_crash has them",
        "Chen et al.: how many backups are best": "that is about stragglers; four are given here",
    },
)
