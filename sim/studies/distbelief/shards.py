"""A server in shards: what its links can take, what each carries, and whether all are at one version."""

from __future__ import annotations

from collections.abc import Iterator

from sim.results.rows import Summary
from sim.studies.distbelief.replicas import DIGITS, MORE, SAME
from sim.study.claim import Claim
from sim.study.derived import beyond, times
from sim.study.shards import busiest, utilisation, versions_apart
from sim.study.study import Part

#: 64 replicas would push 35 times as much as one link of 1 Gb/s carries.
LOADED = f"{DIGITS} protocol=async_ps workers=64 network.bandwidth_gbps=1 optimizer.lr=0.003 until.updates=1000"
SHARDS = (1, 2, 4, 8)


def _part(name: str, words: str) -> Part:
    return Part(name, f"{LOADED} {words}", seeds=20, quick="until.updates=90", quick_seeds=2)


PARTS = [
    _part("shards", f"server.shards={','.join(map(str, SHARDS))}"),
    _part("tensors", "server.shards=4 server.sharding=per_tensor"),
]


def rate(summary: Summary, run: object) -> float:
    """Updates in a second."""
    return summary.updates_per_second or 0.0


def claims() -> Iterator[Claim]:
    """B6."""
    for n in SHARDS:
        runs, conditions = f"shards server.shards={n}", f"{n} shards at 1 Gb/s, 64 replicas"
        yield Claim(f"B6 cap {n}", "throughput is S x link / M", SAME, 10.0, times({runs: 1}, utilisation), conditions)
        if n > 1:
            growth = times({runs: 1, "shards server.shards=1": -1}, rate, float(n))
            yield Claim(f"B6 growth {n}", "it grows with S", SAME, 10.0, growth, conditions)
    for name, runs in (("even", "shards server.shards=4"), ("per_tensor", "tensors")):
        load, apart = times({runs: 1}, busiest), beyond(runs, versions_apart, 0.0, "versions")
        conditions = f"4 shards, server.sharding={name}; at the end of a run"
        yield Claim(f"B6 load {name}", "each shard has a load of M / S", SAME, 1.0, load, conditions)
        yield Claim(f"B6 versions {name}", "shards are at different versions", MORE, 1.0, apart, conditions)
