"""What the files of a run say of the shards of its server."""

from __future__ import annotations

from math import fsum
from pathlib import Path

from sim.results.read import read_links, read_staleness_by_shard
from sim.results.rows import Link, Summary


def versions_apart(summary: Summary, run: Path) -> float:
    """How far apart the versions of the shards were at the instant when the run ended (versions).

    Every gradient that a shard applies is a version of its part, where one is applied at a time.
    """
    applied = [count.total() for count in read_staleness_by_shard(run / "staleness_by_shard.csv").values()]
    return float(max(applied) - min(applied))


def busiest(summary: Summary, run: Path) -> float:
    """Bytes into the busiest shard over the mean of all."""
    received = [link.bytes for link in _inward(run)]
    return max(received) * len(received) / fsum(received)


def utilisation(summary: Summary, run: Path) -> float:
    """Share of the line rate of the shards' links that gradients have come in at, 0 to 1."""
    links = _inward(run)
    return fsum(link.utilisation for link in links) / len(links)


def _inward(run: Path) -> list[Link]:
    """The links to the shards."""
    return [link for link in read_links(run / "links.csv") if link.target_kind == "server"]
