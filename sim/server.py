"""What the user says of a parameter server; `sim.connections.server` is the server at work."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from topologies.ranges import check


class Sharding(StrEnum):
    """How a model is dealt to shards.

    even: cut into shards of the same size. per_tensor: every tensor on one shard, the largest first, each to the shard
    that has least (TensorFlow's greedy strategy): the largest tensor is the hot spot. partitioned: like per_tensor,
    with tensors cut into parts of a fixed size first (BytePS; Jiang et al., OSDI 2020).
    """

    even = "even"
    per_tensor = "per_tensor"
    partitioned = "partitioned"


class Arrangement(StrEnum):
    """Rudra's server arrangements (Gupta et al. 2016, section 3): they change when things happen, not the algorithm.

    flat: every worker talks to the server (Rudra-base). tree: through aggregators, which add up gradients on their way
    to the server and pass weights on to the workers (Rudra-adv). overlapped_tree: besides, workers compute without
    waiting for a push or new weights, which are broadcast among the workers (Rudra-adv*).
    """

    flat = "flat"
    tree = "tree"
    overlapped_tree = "overlapped_tree"


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
