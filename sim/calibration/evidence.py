"""What has been measured with one transport: throughputs, how steps scatter, and collectives by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sim.truth.table import Point, Table, Transport


class Repeats(NamedTuple):
    """Steps of one size that have been measured again and again.

    Attributes
    ----------
    table
        The job.
    point
        Their size, with the throughput of the mean step.
    spread
        Standard deviation of the steps as a share of their mean, > 0 (ratio).
    times
        How many steps, >= 2.
    """

    table: Table
    point: Point
    spread: float
    times: int


class Timing(NamedTuple):
    """One collective operation by itself: further evidence on what cards carry, and on a hop.

    Attributes
    ----------
    table
        The machines: their cards, and their line rate.
    nodes
        How many there were, >= 2.
    through_card
        What the cards of the busiest one have carried in the busier direction (B).
    hops
        How many hops one after the other the bytes have taken (count).
    seconds
        How long it took (s).
    """

    table: Table
    nodes: int
    through_card: float
    hops: float
    seconds: float


@dataclass(frozen=True)
class Evidence:
    """What has been measured with one transport.

    Parameters
    ----------
    transport
        Which.
    tables
        Tables, each with its points to learn from.
    repeats
        Steps that have been measured again and again.
    timings
        Collectives by themselves.
    """

    transport: Transport
    tables: tuple[tuple[Table, tuple[Point, ...]], ...]
    repeats: tuple[Repeats, ...] = ()
    timings: tuple[Timing, ...] = ()

    @property
    def sites(self) -> list[tuple[str, str]]:
        """The machines that there are, in the order of the tables."""
        measured = [table for table, points in self.tables if points]
        others = [*(repeats.table for repeats in self.repeats), *(timing.table for timing in self.timings)]
        return list(dict.fromkeys(table.site for table in (*measured, *others)))
