"""What the user says of a parameter server; `sim.connections.server` is the server at work."""

from __future__ import annotations

from dataclasses import dataclass

from sim.connections.server.arrangement import Arrangement
from sim.connections.server.sharding import Sharding
from topologies.ranges import check


@dataclass
class Server:
    """The parameter server, where the protocol has one.

    Parameters
    ----------
    shards
        Hosts that share the parameters, 1 to 100 000.
    sharding
        How parameters are dealt to shards: even, per_tensor or partitioned.
    part_bytes
        Largest part of a tensor (B), for partitioned; > 0.
    colocated
        Shards and aggregators live on the workers' hosts (shard s on that of worker s, an aggregator on that of one
        of its workers), not on hosts of their own.
    arrangement
        flat: every worker talks to the shards (Rudra-base); tree: through aggregators (Rudra-adv); overlapped_tree:
        and computes meanwhile (Rudra-adv*).
    fan_out
        Children of a node, where the arrangement is a tree, 2 to 100 000.
    cores
        Pushes applied at a time by each shard, or added up at a time by each aggregator, >= 1.
    apply_rate
        Bytes of gradient that one core applies or adds up per second (B/s), > 0; null = instant.
    """

    shards: int = 1
    sharding: Sharding = Sharding.even
    part_bytes: float = 4e6
    colocated: bool = False
    arrangement: Arrangement = Arrangement.flat
    fan_out: int = 4
    cores: int = 1
    apply_rate: float | None = None

    def __post_init__(self) -> None:
        check("shards", self.shards, at_least=1, at_most=100_000)
        check("part_bytes", self.part_bytes, above=0.0)
        check("fan_out", self.fan_out, at_least=2, at_most=100_000)
        check("cores", self.cores, at_least=1)
        check("apply_rate", self.apply_rate, above=0.0)

    def apply_seconds(self, nbytes: float) -> float:
        """How long a core applies or adds up a gradient of so many bytes (s)."""
        return 0.0 if self.apply_rate is None else nbytes / self.apply_rate
