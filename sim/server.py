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
    """One parameter server with a queue in front of its cores.

    Parameters
    ----------
    shards
        Hosts that share the parameters, 1 to 100 000.
    sharding
        How: even, per_tensor (every tensor on one shard) or partitioned (tensors cut into parts first).
    part_bytes
        Largest part of a tensor, for partitioned (B), > 0.
    colocated
        Shards and aggregators live on the workers' hosts, not on hosts of their own. Shards go round the machines, one
        on each in turn, on the hosts of its workers in the order of their ranks: without machines, shard s lives with
        worker s. An aggregator lives on the host of one of its workers.
    local_sum
        Gradients are summed inside a machine before one push per machine (true or false). The first worker of a machine
        adds up the gradients of all, on cores as a shard has them, as an aggregator does (see arrangement), pushes
        the sum, and passes the answer on inside.
    arrangement
        flat (Rudra-base), tree (of aggregators: adv) or overlapped_tree (workers compute meanwhile: adv*). Where it is
        flat, every worker talks to the shards.
    fan_out
        Children of a node, where the arrangement is a tree, 2 to 100 000.
    cores
        Pushes that each shard applies, or each aggregator adds up, at a time, >= 1.
    apply_rate
        Gradient that one core applies or adds up per second (B/s), > 0; None: instant.
    """

    shards: int = 1
    sharding: Sharding = Sharding.even
    part_bytes: float = 4e6
    colocated: bool = False
    local_sum: bool = False
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
