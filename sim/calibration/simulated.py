"""A calibrated cluster as an experiment, so that a simulation of it takes as long as the model says."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from scipy.optimize import brentq

from sim.calibration.cases import HOROVOD_BYTES, HOROVOD_CYCLE_SECONDS
from sim.calibration.largest import largest_of
from sim.calibration.own import Learned
from sim.calibration.tensors import known_workload, workload_of
from sim.collectives.operations.form import NoClosedFormError
from sim.collectives.ring import Ring
from sim.connections.connection import Connection
from sim.connections.group.buckets import Bucketing
from sim.connections.group.connect import Collectives
from sim.connections.server.connect import ParameterServer
from sim.devices.cpu_core import CPUCore
from sim.experiment import Experiment
from sim.predict_step import predict_step
from sim.protocols import Protocol
from sim.server import Server, Sharding
from sim.stragglers.lognormal import Lognormal
from sim.stragglers.none import NoStragglers
from sim.transports import Transport
from sim.truth.table import Point, Table
from sim.truth.table import Transport as Class
from sim.until import Until
from topologies.networks import Network
from topologies.networks.gpu_pod import GPUPod
from topologies.networks.single_switch import SingleSwitch
from topologies.options import options_in

#: Inside a machine nothing takes time: what it takes there is measured with the computing of one machine.
INSIDE_GBPS = 1e6
#: How far the rate of a card may be from the calibrated one (logarithm of the factor).
FAR = 2.0


def experiment_of(learned: Learned, transport: Transport, simulated: Callable[[Experiment], float]) -> Experiment:
    """The experiment that a calibrated cluster is, at the most devices that were measured.

    Parameters
    ----------
    learned
        What measurements have said.
    transport
        The option of transport, whose own figures are replaced.
    simulated
        How long a step of an experiment takes that has no closed form (s).

    Returns
    -------
    Experiment
        Its steps take, on average over the measured sizes, as long as is predicted of them: the rate of its
        cards is chosen so. Rules that differ (a simulation delays the last bucket alone by what was hidden, and a
        barrier waits for devices) are made up for there and in the scatter.
    """
    now, points = learned.after, learned.points
    largest = max(points, key=lambda point: point.devices)
    calibrated = replace(
        transport,
        efficiency=1.0,
        flow_cap_gbps=None,
        nic_cap_gbps=now["card"].middle * learned.table.nics / _cards(learned.table, largest),
        overhead_seconds=now["latency"].middle,
        interference=now["interference"].middle,
        overlap=True,
    )
    alike = [_at(learned.table, point, calibrated) for point in points]
    scatter = now["scatter"].middle
    seconds = [
        _seconds(point, said, learned.table, scatter) for point, said in zip(points, learned.predicted, strict=True)
    ]
    rate = _rate(alike, seconds, calibrated, simulated)
    late = scatter * largest_of(largest.nodes).mean / largest_of(largest.devices).mean
    return replace(
        _at(learned.table, largest, replace(calibrated, nic_cap_gbps=rate)),
        straggler=Lognormal(late),
        until=Until(updates=50),
    )


def _at(table: Table, point: Point, transport: Transport) -> Experiment:
    """Without scatter, at one size."""
    workload = replace(workload_of(known_workload(table.model)), accumulation=point.accumulation)
    flops = workload.sample_flops * table.units / table.seconds
    served = table.transport is Class.grpc_ps
    return Experiment(
        workers=point.devices,
        batch=round(table.units),
        protocol=_protocol(ParameterServer if served else Collectives, horovod="Horovod" in table.method),
        server=_servers(point) if served else Server(),
        collective=Ring(),
        workload=workload,
        device=CPUCore(peak_flops=flops, efficiency=1.0, overhead_seconds=0.0),
        straggler=NoStragglers(),
        network=_network(table, point),
        transport=transport,
    )


def _protocol(connection: type[Connection], *, horovod: bool) -> Protocol:
    """The one whose workers step together and average gradients over that connection."""
    chosen = synchronous(connection)
    rule = {"bucketing": Bucketing.horovod, "cycle_seconds": HOROVOD_CYCLE_SECONDS, "fusion_bytes": HOROVOD_BYTES}
    for name, value in rule.items() if horovod else ():
        if hasattr(chosen, name):  # a server has no buckets
            setattr(chosen, name, value)
    return chosen


def synchronous(connection: type[Connection]) -> Protocol:
    """Synchronous SGD over a kind of connection.

    Parameters
    ----------
    connection
        That gradients are averaged over.
    """
    options: list[tuple[str, type[Protocol]]] = list(options_in("sim.protocols", Protocol))
    return next(option for _, option in options if option.lockstep and connection in option.needs)()


def _servers(point: Point) -> Server:
    shards = point.servers or point.nodes
    return Server(shards=shards, sharding=Sharding.per_tensor, colocated=True, local_sum=_inside(point) > 1)


def _cards(table: Table, point: Point) -> int:
    """Network cards of a machine: a pod has no more than devices, so that several may be one."""
    inside = _inside(point)
    return table.nics if inside == 1 else min(table.nics, inside)


def _inside(point: Point) -> int:
    return math.ceil(point.devices / point.nodes)


def _network(table: Table, point: Point) -> Network:
    assert table.line_gbps is not None, "a user says what the line rate is"
    cards = _cards(table, point)
    return wires(_inside(point), cards, table.line_gbps / cards)


def wires(inside: int, cards: int, gbps: float) -> Network:
    """Machines whose cards are all that takes time.

    Parameters
    ----------
    inside
        Devices of a machine, >= 1.
    cards
        Network cards of a machine, >= 1; of several devices no more than these.
    gbps
        Line rate of a card (Gb/s).
    """
    if inside == 1:
        return SingleSwitch(bandwidth_gbps=gbps, latency_us=0.0, nics=cards)
    return GPUPod(
        gpus_per_machine=inside,
        intra_bandwidth_gbps=INSIDE_GBPS,
        intra_latency_us=0.0,
        rails=cards,
        bandwidth_gbps=gbps,
        latency_us=0.0,
    )


def _seconds(point: Point, throughput: float, table: Table, scatter: float) -> float:
    """What a step takes without the wait for the slowest (s)."""
    step = point.devices * table.units * point.accumulation / throughput
    return step - scatter * largest_of(point.nodes).mean * point.accumulation * table.seconds


def _rate(
    alike: Sequence[Experiment],
    seconds: Sequence[float],
    transport: Transport,
    simulated: Callable[[Experiment], float],
) -> float:
    """What cards have to carry for steps to take so long on average, as logarithms (Gb/s)."""
    begin = transport.nic_cap_gbps
    assert begin is not None, "a calibrated card has a rate"

    def takes(experiment: Experiment) -> float:
        try:
            return predict_step(experiment).seconds
        except NoClosedFormError:
            return simulated(experiment)

    def longer(factor: float) -> float:
        at = replace(transport, nic_cap_gbps=begin * math.exp(factor))
        steps = [takes(replace(each, transport=at)) for each in alike]
        return math.fsum(math.log(step / said) for step, said in zip(steps, seconds, strict=True))

    if not longer(FAR) < 0.0 < longer(-FAR):
        return begin  # bytes decide nothing: any rate is as good
    return begin * math.exp(brentq(longer, -FAR, FAR, xtol=3e-3))
