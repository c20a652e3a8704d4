"""A published table: how fast one job has trained on more and more devices of one cluster."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from sim.workloads import Tensor


class Transport(StrEnum):
    """What gradients have travelled by: the class that errors are averaged over."""

    rdma = "rdma"
    tcp = "tcp"
    grpc_ps = "grpc_ps"


class Point(NamedTuple):
    """One measurement.

    Attributes
    ----------
    devices
        How many have trained, >= 1.
    nodes
        In how many machines, >= 1.
    throughput
        What they have trained on together (1/s), in the unit of the table.
    servers
        How many parameter servers there were, >= 1; None: one a machine, or none at all.
    accumulation
        Micro-batches of a gradient, >= 1.
    """

    devices: int
    nodes: int
    throughput: float
    servers: int | None
    accumulation: int

    @property
    def each(self) -> float:
        """What one device has trained on (1/s)."""
        return self.throughput / self.devices


@dataclass(frozen=True)
class Table:
    """One job on one cluster.

    Parameters
    ----------
    id
        Its name.
    cluster
        Name of the cluster, which other tables may be of.
    device
        What has trained.
    transport
        What gradients have travelled by.
    elastic
        Whether that was TCP over the elastic network adapter of AWS.
    method
        How gradients have been added up, in the words of the source.
    model
        Name of what was trained.
    gradient_bytes
        Size of its gradient as it travels (B).
    largest_bytes
        Size of its largest tensor, where the source says so (B); None: as in the table of tensors.
    line_gbps
        What a machine's cards carry together (Gb/s); None: nobody knows.
    nics
        How many cards that are, >= 1.
    units
        What one device has trained on in one micro-batch, in the unit of throughput (count).
    points
        All measurements.
    source
        Where they are published.
    tensors
        What the gradient consists of, in the order of the forward pass; None: as the model's name says.
    """

    id: str
    cluster: str
    device: str
    transport: Transport
    elastic: bool
    method: str
    model: str
    gradient_bytes: float
    largest_bytes: float | None
    line_gbps: float | None
    nics: int
    units: float
    points: tuple[Point, ...]
    source: str
    tensors: tuple[Tensor, ...] | None = None

    @cached_property
    def anchor(self) -> Point | None:
        """The point of most devices on one machine, which a planner can measure; None where there is none."""
        alone = [point for point in self.points if point.nodes == 1]
        return max(alone, key=lambda point: point.devices, default=None)

    def beyond(self, nodes: int = 1) -> tuple[Point, ...]:
        """The points on more machines than so many; none where there is no anchor to predict them from.

        Parameters
        ----------
        nodes
            How many machines, >= 1.
        """
        if self.anchor is None:
            return ()
        return tuple(point for point in self.points if point.nodes > nodes)

    def up_to(self, nodes: int) -> tuple[Point, ...]:
        """The points on several machines, but no more than so many.

        Parameters
        ----------
        nodes
            How many machines, >= 1.
        """
        return tuple(point for point in self.beyond() if point.nodes <= nodes)

    @property
    def site(self) -> tuple[str, str]:
        """The machines: of one kind, in one cluster. What is learned on them holds for them."""
        return self.cluster, self.device

    @property
    def figures(self) -> tuple[object, ...]:
        """What has been measured of what: the same table under another name has the same."""
        return (self.transport, self.model, self.gradient_bytes, self.points)

    @property
    def seconds(self) -> float:
        """How long a micro-batch takes on one machine (s), communication inside it included."""
        assert self.anchor is not None, "only a table with an anchor is predicted"
        return self.units / self.anchor.each
